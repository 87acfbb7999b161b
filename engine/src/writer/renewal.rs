//! Owns points whose series changed between their lookup and their commit.
//!
//! Invariant: no point is dropped without a word. Where its series was put under another policy, or renamed, it goes with
//! the series. Where the series was deleted, it goes to a new one of that name, as if it had come after the deletion, or
//! is refused as it would have been then. The caller holds the gate, so that nothing is deleted meanwhile.

use plumbago_protocol::Refusal;

use super::{Refused, RefusedPoint, Writer};
use crate::catalog::{Catalog, Place};
use crate::wal::LoggedPoint;

impl Writer {
    /// Looks the place of every point up again.
    #[cold]
    pub(super) fn renew_places(&mut self) {
        let points = std::mem::take(&mut self.points);
        self.places.clear();
        for mut point in points {
            match self.place_again(&mut point) {
                Ok(place) => {
                    self.points.push(point);
                    self.places.push(place);
                }
                Err(refused) => self.refused.push(refused),
            }
        }
        self.policies = self.shared.catalog.read().policies().to_vec();
        self.is_place_missing = false;
    }

    /// Where `point` goes now; it is told if that is another series than before.
    fn place_again(&mut self, point: &mut LoggedPoint) -> Result<Place, RefusedPoint> {
        let name = {
            let catalog = self.shared.catalog.read();
            if let Some(place) = catalog.place(point.series) {
                return Ok(place);
            }
            catalog.registry.former_name(point.series).unwrap_or_default().to_owned()
        };
        match self.successor_of(&name, point.timestamp) {
            Ok((series, place)) => {
                point.series = series;
                Ok(place)
            }
            Err(refused) => {
                Err(RefusedPoint { name, value: point.value, timestamp: point.timestamp, refused })
            }
        }
    }

    /// The series that is called `name` now, created if need be, for a point of that time.
    fn successor_of(&mut self, name: &str, timestamp: i64) -> Result<(u32, Place), Refused> {
        let placed = |catalog: &Catalog, series: u32| {
            let place = catalog.place(series)?;
            Some((series, place, catalog.policy(place.policy).retention_secs_max()))
        };
        let known = {
            let catalog = self.shared.catalog.read();
            catalog.registry.get(name).and_then(|series| placed(&catalog, series))
        };
        let found = match known {
            Some(found) => Some(found),
            None => {
                let series = self.create(name, timestamp)?;
                placed(&self.shared.catalog.read(), series)
            }
        };
        // What was found under the gate cannot be gone.
        let (series, place, retention_secs) = found.ok_or(Refused::from(Refusal::StoreUnavailable))?;
        if timestamp < self.now.saturating_sub(retention_secs) {
            return Err(Refusal::TooOld.into());
        }
        Ok((series, place))
    }
}
