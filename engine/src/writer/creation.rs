//! Owns what happens to a point whose name nobody knows: the way from the bytes of a name to a new series.
//!
//! Invariant: a series is created if every limit on series admits it, under the rules of the moment, and only for a point
//! that it can keep. Nothing is left behind by one that is refused.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumbago_protocol::Refusal;

use super::{Refused, Writer, check_point};
use crate::Error;
use crate::arrivals::{Arrival, Arrivals};

impl Writer {
    /// The series of a name that is not known as it was received.
    #[cold]
    pub(super) fn meet(
        &mut self,
        arrivals: &Arrivals,
        point: &Arrival,
        latest: i64,
    ) -> Result<Option<u32>, Refused> {
        check_point(point, latest)?;
        let canonical = arrivals.canonical_name(point)?;
        if *canonical.as_bytes() != *arrivals.name(point)
            && let Some(id) = self.shared.catalog.read().registry.get(&canonical)
        {
            return Ok(Some(id));
        }
        let id = self.create(&canonical, point.timestamp)?;
        self.shared.catalog.read().registry.follow(self.previous, id);
        self.previous = id;
        Ok(Some(id))
    }

    /// The series called `name`, which is created unless another writer has done so. A point that is too old creates
    /// no series.
    pub(super) fn create(&mut self, name: &str, timestamp: i64) -> Result<u32, Refused> {
        let Some(rules) = self.shared.rules.read().clone() else {
            return Err(Refusal::StoreUnavailable.into());
        };
        let policy = rules.policy_for(name);
        if timestamp < self.now - policy.retention_secs_max() {
            return Err(Refusal::TooOld.into());
        }
        let reservation = match self.shared.cardinality.reserve(name, self.now) {
            Ok(reservation) => reservation,
            // The last place may have been taken for this very series, by another writer or a moment ago.
            Err(refused) => {
                let created = self.shared.catalog.read().registry.get(name);
                return created.ok_or_else(|| {
                    self.shared.cardinality.count_refused(&refused);
                    Refused { refusal: refused.refusal, limit: Some(refused.detail) }
                });
            }
        };
        let mut catalog = self.shared.catalog.write();
        if let Some(series) = catalog.registry.get(name) {
            return Ok(series);
        }
        // A reload may have come while this waited: a series is created under the rules of the moment.
        let policy = match &*self.shared.rules.read() {
            Some(current) if !Arc::ptr_eq(current, &rules) => current.policy_for(name),
            _ => policy,
        };
        let (series, _) = catalog.create(name, &policy).map_err(|error| match error {
            Error::Caller(limit) | Error::OverLimit(limit) => {
                Refused { refusal: Refusal::SeriesLimit, limit: Some(limit) }
            }
            _ => Refusal::StoreUnavailable.into(),
        })?;
        reservation.keep(series);
        self.shared.names_pending.store(true, Ordering::Release);
        self.created += 1;
        Ok(series)
    }
}
