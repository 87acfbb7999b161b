//! Owns accepting points: from a name and a value to a record in the log and a cell in the hot window.
//!
//! Invariant: after `commit` answers, every point pushed before it is in the log (it survives the death of the
//! process) and readable. A writer belongs to one thread and owns one lane of the log.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumbago_protocol::Refusal;

use crate::Error;
use crate::catalog::{Place, PolicyFacts};
use crate::hot::{ChunkCache, HotWindow};
use crate::shared::Shared;
use crate::stats::add;
use crate::wal::{BatchHeader, Lane, LoggedPoint};

/// Accepts points.
pub struct Writer {
    shared: Arc<Shared>,
    lane: Lane,
    /// Pushed, not yet committed: what the log takes, and where each goes.
    points: Vec<LoggedPoint>,
    places: Vec<Place>,
    previous: u32,
    epoch: u64,
    now: i64,
    created: u64,
    cache: ChunkCache,
    policy: Option<(u16, Arc<PolicyFacts>)>,
}

/// What a commit did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    /// Points accepted.
    pub points: u64,
    /// Series created for them.
    pub new_series: u64,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            lane: shared.lanes.lane(),
            shared,
            points: Vec::new(),
            places: Vec::new(),
            previous: 0,
            epoch: 0,
            now: i64::MIN,
            created: 0,
            cache: ChunkCache::default(),
            policy: None,
        }
    }

    /// Queues a point of the canonical `name` for the next commit, or says why it is refused.
    pub fn push(&mut self, name: &str, value: f64, timestamp: i64, now: i64) -> Result<(), Refusal> {
        if !value.is_finite() {
            return Err(if value.is_nan() { Refusal::ValueNan } else { Refusal::ValueInfinite });
        }
        if timestamp < 0 {
            return Err(Refusal::TimestampNegative);
        }
        let (clock, now) = (now, self.shared.steady(now));
        // Where the clock and what is believed of it differ, a point is refused only if both are against it.
        if timestamp > now.max(clock).saturating_add(self.shared.options.future_secs_max) {
            return Err(Refusal::TooFarInFuture);
        }
        if self.points.is_empty() {
            self.epoch = self.shared.gate.read().epoch;
        }
        self.now = now;
        let (series, place) = self.resolve(name, timestamp, now)?;
        self.previous = series;
        self.points.push(LoggedPoint { series, timestamp, value });
        self.places.push(place);
        Ok(())
    }

    /// Points queued since the last commit.
    pub fn pending(&self) -> usize {
        self.points.len()
    }

    fn resolve(&mut self, name: &str, timestamp: i64, now: i64) -> Result<(u32, Place), Refusal> {
        let shared = self.shared.clone();
        let catalog = shared.catalog.read();
        if let Some(series) = catalog.registry.predict(self.previous, name)
            && let Some(place) = catalog.place(series)
        {
            self.refresh_policy(place.policy, |policy| catalog.policy(policy).clone());
            self.check_age(timestamp, now)?;
            return Ok((series, place));
        }
        drop(catalog);
        self.create(name, timestamp, now)
    }

    /// A point that is too old creates no series.
    fn create(&mut self, name: &str, timestamp: i64, now: i64) -> Result<(u32, Place), Refusal> {
        let Some(rules) = self.shared.rules.read().clone() else { return Err(Refusal::StoreUnavailable) };
        if timestamp < now - rules.policy_for(name).retention_secs_max() {
            return Err(Refusal::TooOld);
        }
        let shared = self.shared.clone();
        let mut catalog = shared.catalog.write();
        // A reload may have come while this waited: a series is created under the rules of the moment.
        let rules = shared.rules.read().clone().unwrap_or(rules);
        if let Some(series) = catalog.registry.get(name)
            && let Some(place) = catalog.place(series)
        {
            self.refresh_policy(place.policy, |policy| catalog.policy(policy).clone());
            self.check_age(timestamp, now)?;
            return Ok((series, place));
        }
        let created = catalog.create(name, &*rules).map_err(|error| match error {
            Error::Caller(_) | Error::OverLimit(_) => Refusal::SeriesLimit,
            _ => Refusal::StoreUnavailable,
        })?;
        shared.names_pending.store(true, Ordering::Release);
        self.created += 1;
        Ok(created)
    }

    fn refresh_policy(&mut self, number: u16, facts: impl FnOnce(u16) -> Arc<PolicyFacts>) {
        if self.policy.as_ref().is_none_or(|(cached, _)| *cached != number) {
            self.policy = Some((number, facts(number)));
        }
    }

    fn check_age(&self, timestamp: i64, now: i64) -> Result<(), Refusal> {
        let too_old = |policy: &Arc<PolicyFacts>| timestamp < now.saturating_sub(policy.retention_secs_max());
        match &self.policy {
            Some((_, policy)) if too_old(policy) => Err(Refusal::TooOld),
            _ => Ok(()),
        }
    }

    /// Logs and stores everything pushed. After `Error::DiskFull` the points are still pending, and committing again
    /// can succeed. Any other error means that the engine has latched: the points of this batch were not accepted and
    /// nothing will be until a restart.
    pub fn commit(&mut self) -> Result<Committed, Error> {
        if self.points.is_empty() {
            return Ok(Committed::default());
        }
        let result = self.commit_batch();
        if !result.as_ref().is_err_and(Error::is_disk_full) {
            self.discard();
        }
        result
    }

    /// Forgets everything pushed since the last commit. The series created for it stay.
    pub fn discard(&mut self) {
        self.points.clear();
        self.places.clear();
        self.cache.clear();
        self.created = 0;
    }

    fn commit_batch(&mut self) -> Result<Committed, Error> {
        let shared = self.shared.clone();
        shared.wait_for_room()?;
        shared.latch.check()?;
        shared.write_names()?;
        let gate = shared.gate.read();
        if gate.epoch != self.epoch {
            self.renew_places();
        }
        // The batch may have waited past a freeze: nothing in a window is older than the window.
        self.now = self.now.max(gate.open.opened_at());
        let sequence = shared.sequence.fetch_add(1, Ordering::Relaxed);
        let header = BatchHeader { sequence, accepted_at: self.now };
        let appended = self.lane.append(&shared.lanes, gate.generation, header, &self.points);
        let written_bytes = shared.latch.guard(appended)?;
        let late_born = self.store(&gate.open);
        drop(gate);
        let points = self.points.len() as u64;
        shared.wal_bytes.fetch_add(written_bytes, Ordering::Relaxed);
        add(&shared.counters.wal_written_bytes, written_bytes);
        add(&shared.counters.points, points);
        add(&shared.counters.points_late_born, late_born);
        add(&shared.counters.series_created, self.created);
        Ok(Committed { points, new_series: self.created })
    }

    /// Stores the batch in `window`; answers how many points were late-born.
    fn store(&mut self, window: &HotWindow) -> u64 {
        let mut late_born = 0;
        let now = self.now;
        for index in 0..self.points.len() {
            let (point, place) = (self.points[index], self.places[index]);
            let shared = &self.shared;
            if self.policy.as_ref().is_none_or(|(cached, _)| *cached != place.policy) {
                self.policy = Some((place.policy, shared.catalog.read().policy(place.policy).clone()));
            }
            let Some((_, policy)) = &self.policy else { continue };
            late_born += store_point(window, &mut self.cache, policy, place, point, now);
        }
        window.add_points(self.points.len() as u64);
        late_born
    }

    /// A schema change came between push and commit: looks every place up again. Points of a series that is gone are
    /// dropped with it.
    fn renew_places(&mut self) {
        let catalog = self.shared.catalog.read();
        let renewed: Vec<(LoggedPoint, Place)> = self
            .points
            .iter()
            .filter_map(|point| catalog.place(point.series).map(|place| (*point, place)))
            .collect();
        drop(catalog);
        (self.points, self.places) = renewed.into_iter().unzip();
    }
}

/// Stores one point at `place` as of `now`; answers 1 if it was late-born, else 0.
pub(crate) fn store_point(
    window: &HotWindow,
    cache: &mut ChunkCache,
    policy: &PolicyFacts,
    place: Place,
    point: LoggedPoint,
    now: i64,
) -> u64 {
    let level = &policy.levels[0];
    let number = point.timestamp.div_euclid(level.step_secs);
    let born_day = policy.born_day(0, number * level.step_secs, now);
    window.store(cache, place.class, born_day, number, place.column, point.value);
    u64::from(born_day != 0)
}

impl Drop for Writer {
    /// What was pushed is still committed: a writer that goes away loses nothing it can keep.
    fn drop(&mut self) {
        match self.commit() {
            Ok(_) => {}
            // Never counted: its sender has not been told that it is stored.
            Err(error) if error.is_disk_full() => {}
            Err(error) => self.shared.latch.close(&error.to_string()),
        }
    }
}
