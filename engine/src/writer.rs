//! Owns accepting points: from a name and a value to a record in the log and a cell in the hot window. Names are looked
//! up many at a time, under one hold of the catalog's lock.
//!
//! Invariant: after `commit` answers, every point pushed before it is in the log (it survives the death of the
//! process) and readable. A writer belongs to one thread and owns one lane of the log.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumbago_protocol::{Refusal, line};

use crate::Error;
use crate::arrivals::{Arrival, Arrivals};
use crate::catalog::{Catalog, Place, PolicyFacts};
use crate::hot::{ChunkCache, HotWindow};
use crate::registry::Registry;
use crate::shared::Shared;
use crate::stats::add;
use crate::wal::{BatchHeader, Lane, LoggedPoint};

/// Names that are looked up together: enough to wait for memory together, few enough to stay in the nearest cache.
const GROUP: usize = 32;

/// Accepts points.
pub struct Writer {
    shared: Arc<Shared>,
    lane: Lane,
    /// Accepted, not yet committed: what the log takes, and where each goes.
    points: Vec<LoggedPoint>,
    places: Vec<Place>,
    previous: u32,
    /// Whether names come in an order that was not seen before, so that predicting them is a waste.
    is_disordered: bool,
    epoch: u64,
    now: i64,
    created: u64,
    cache: ChunkCache,
    /// What the catalog says of policies, by number; those it has learned since are missing. A number's facts never
    /// change.
    policies: Vec<Arc<PolicyFacts>>,
}

/// What a commit did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Committed {
    /// Points accepted.
    pub points: u64,
    /// Series created for them.
    pub new_series: u64,
}

/// Why a point was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub refusal: Refusal,
    /// Which rule, prefix and limit it was, where a limit on series was the reason.
    pub limit: Option<String>,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, limit: None }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.limit {
            None => self.refusal.fmt(f),
            Some(limit) => write!(f, "{}: {limit}", self.refusal),
        }
    }
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            lane: shared.lanes.lane(),
            shared,
            points: Vec::new(),
            places: Vec::new(),
            previous: 0,
            is_disordered: false,
            epoch: 0,
            now: i64::MIN,
            created: 0,
            cache: ChunkCache::default(),
            policies: Vec::new(),
        }
    }

    /// Queues a point of `name` for the next commit, or says why it is refused.
    pub fn push(&mut self, name: &str, value: f64, timestamp: i64, now: i64) -> Result<(), Refusal> {
        let mut arrivals = Arrivals::default();
        arrivals.push(name.as_bytes(), 0..name.len(), value, timestamp);
        let mut outcome = Ok(());
        self.accept(&arrivals, now, |_, refused| outcome = Err(refused.refusal));
        outcome
    }

    /// Queues `arrivals` for the next commit, but for those that are refused: `refuse` learns of their positions and
    /// reasons, in no certain order.
    pub fn accept(&mut self, arrivals: &Arrivals, now: i64, mut refuse: impl FnMut(usize, Refused)) {
        let (clock, now) = (now, self.shared.steady(now));
        if self.points.is_empty() {
            self.epoch = self.shared.gate.read().epoch;
        }
        self.now = now;
        let shared = self.shared.clone();
        // Where the clock and what is believed of it differ, a point is refused only if both are against it.
        let latest = now.max(clock).saturating_add(shared.options.future_secs_max);
        let mut catalog = shared.catalog.read();
        let mut position = 0;
        for group in arrivals.points().chunks(GROUP) {
            let mut names = [&b""[..]; GROUP];
            let mut ids = [None; GROUP];
            for (name, point) in names.iter_mut().zip(group) {
                *name = arrivals.name(point);
            }
            let (names, ids) = (&names[..group.len()], &mut ids[..group.len()]);
            self.look_up(&catalog.registry, names, ids);
            if ids.contains(&None) {
                drop(catalog);
                for ((index, id), (point, name)) in ids.iter_mut().enumerate().zip(group.iter().zip(names)) {
                    if id.is_none() {
                        *id = self.meet(name, point, latest).unwrap_or_else(|refused| {
                            refuse(position + index, refused);
                            None
                        });
                    }
                }
                catalog = shared.catalog.read();
            }
            ids.iter().flatten().for_each(|id| catalog.expect_place(*id));
            for ((index, id), point) in ids.iter().enumerate().zip(group) {
                if let Some(series) = *id
                    && let Err(refusal) = self.queue(&catalog, series, point, latest)
                {
                    refuse(position + index, refusal.into());
                }
            }
            position += group.len();
        }
    }

    /// Points queued since the last commit.
    pub fn pending(&self) -> usize {
        self.points.len()
    }

    /// Finds the ids of `names`, where they are known. Agents send their series in the same order every time, so that
    /// each is expected behind the one before it; where that fails, the rest of the group is looked up together.
    fn look_up(&mut self, registry: &Registry, names: &[&[u8]], ids: &mut [Option<u32>]) {
        let mut known = 0;
        if !self.is_disordered {
            for (name, id) in names.iter().zip(ids.iter_mut()) {
                let Some(next) = registry.predict(self.previous, name) else { break };
                (*id, self.previous, known) = (Some(next), next, known + 1);
            }
        }
        registry.get_many(&names[known..], &mut ids[known..]);
        let mut expected = known;
        for id in ids[known..].iter().flatten() {
            expected += usize::from(registry.follow(self.previous, *id));
            self.previous = *id;
        }
        self.is_disordered = expected * 2 < names.len();
    }

    /// The series of a name that is not known as it was received.
    #[cold]
    fn meet(&mut self, name: &[u8], point: &Arrival, latest: i64) -> Result<Option<u32>, Refused> {
        check_point(point, latest)?;
        let canonical = line::name(name)?;
        if *canonical.as_bytes() != *name
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
    fn create(&mut self, name: &str, timestamp: i64) -> Result<u32, Refused> {
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

    #[inline]
    fn queue(&mut self, catalog: &Catalog, series: u32, point: &Arrival, latest: i64) -> Result<(), Refusal> {
        check_point(point, latest)?;
        // Deleted in this very moment: as if the point had come before.
        let Some(place) = catalog.place(series) else { return Ok(()) };
        if self.policies.len() <= usize::from(place.policy) {
            self.policies = catalog.policies().to_vec();
        }
        let too_old = |policy: &Arc<PolicyFacts>| {
            point.timestamp < self.now.saturating_sub(policy.retention_secs_max())
        };
        if self.policies.get(usize::from(place.policy)).is_some_and(too_old) {
            return Err(Refusal::TooOld);
        }
        self.points.push(LoggedPoint { series, timestamp: point.timestamp, value: point.value });
        self.places.push(place);
        Ok(())
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
        for (points, places) in self.points.chunks(GROUP).zip(self.places.chunks(GROUP)) {
            let aim = |at: usize| (places[at].policy, places[at].class, points[at].timestamp);
            let mut first = 0;
            while first < points.len() {
                let (policy, class, timestamp) = aim(first);
                let more = (first + 1..points.len()).take_while(|at| aim(*at) == (policy, class, timestamp));
                let end = first + 1 + more.count();
                // `queue` and `renew_places` have made sure of the policy's facts.
                let (born_day, number) = slot_of(&self.policies[usize::from(policy)], timestamp, self.now);
                let target = window.target(&mut self.cache, class, born_day, number);
                if is_scattered(&places[first..end]) {
                    places[first..end].iter().for_each(|place| target.expect_row(place.column));
                    places[first..end].iter().for_each(|place| target.expect(place.column));
                }
                for (point, place) in points[first..end].iter().zip(&places[first..end]) {
                    target.store(place.column, point.value);
                }
                late_born += if born_day == 0 { 0 } else { (end - first) as u64 };
                first = end;
            }
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
        self.policies = catalog.policies().to_vec();
        drop(catalog);
        (self.points, self.places) = renewed.into_iter().unzip();
    }
}

/// Whether the columns are not simply one after the other.
fn is_scattered(places: &[Place]) -> bool {
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return false };
    last.column.wrapping_sub(first.column) as usize >= places.len()
}

/// Refuses what no series takes.
#[inline]
fn check_point(point: &Arrival, latest: i64) -> Result<(), Refusal> {
    if !point.value.is_finite() {
        return Err(if point.value.is_nan() { Refusal::ValueNan } else { Refusal::ValueInfinite });
    }
    if point.timestamp < 0 {
        return Err(Refusal::TimestampNegative);
    }
    if point.timestamp > latest { Err(Refusal::TooFarInFuture) } else { Ok(()) }
}

/// The day to file a point under and the number of its slot, as of `now`.
fn slot_of(policy: &PolicyFacts, timestamp: i64, now: i64) -> (u32, i64) {
    let step_secs = policy.levels[0].step_secs;
    let number = timestamp.div_euclid(step_secs);
    (policy.born_day(0, number * step_secs, now), number)
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
    let (born_day, number) = slot_of(policy, point.timestamp, now);
    window.target(cache, place.class, born_day, number).store(place.column, point.value);
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
