//! Owns accepting points: from a name and a value to a record in the log and a cell in the hot window. Names are looked
//! up many at a time, under one hold of the catalog's lock.
//!
//! Invariant: after `commit` answers, every point pushed before it is in the log (it survives the death of the
//! process) and readable, or was refused with a reason: none goes without a word. A writer belongs to one thread and
//! owns one lane of the log. How a series comes to be is `creation`'s, what becomes of points whose series changed
//! since they were looked up `renewal`'s.

mod creation;
mod refused;
mod renewal;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumbago_protocol::Refusal;

pub use refused::{Refused, RefusedPoint};

use crate::Error;
use crate::arrivals::{Arrival, Arrivals};
use crate::catalog::{Catalog, Place, PolicyFacts};
use crate::hot::{ChunkCache, HotWindow};
use crate::registry::Registry;
use crate::shared::{Gate, Shared};
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
    /// Refused since they were accepted; the next commit tells.
    refused: Vec<RefusedPoint>,
    previous: u32,
    /// Whether names come in an order that was not seen before, so that predicting them is a waste.
    is_disordered: bool,
    /// The gate's when the first of the points was accepted.
    epoch: u64,
    /// Whether a series was gone when its point was queued: its place is not known yet.
    is_place_missing: bool,
    now: i64,
    created: u64,
    cache: ChunkCache,
    /// What the catalog says of policies, by number; those it has learned since are missing. A number's facts never
    /// change.
    policies: Vec<Arc<PolicyFacts>>,
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Committed {
    /// Points accepted.
    pub points: u64,
    /// Series created for them.
    pub new_series: u64,
    /// Points that were queued and could not be stored after all: their series was deleted meanwhile, and a new one is
    /// refused. Hardly ever any.
    pub refused: Vec<RefusedPoint>,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            lane: shared.lanes.lane(),
            shared,
            points: Vec::new(),
            places: Vec::new(),
            refused: Vec::new(),
            previous: 0,
            is_disordered: false,
            epoch: 0,
            is_place_missing: false,
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
                for ((index, id), point) in ids.iter_mut().enumerate().zip(group) {
                    if id.is_none() {
                        *id = self.meet(arrivals, point, latest).unwrap_or_else(|refused| {
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

    #[inline]
    fn queue(&mut self, catalog: &Catalog, series: u32, point: &Arrival, latest: i64) -> Result<(), Refusal> {
        check_point(point, latest)?;
        let logged = LoggedPoint { series, timestamp: point.timestamp, value: point.value };
        let Some(place) = catalog.place(series) else {
            // Deleted in this very moment.
            self.is_place_missing = true;
            self.points.push(logged);
            self.places.push(Place::UNKNOWN);
            return Ok(());
        };
        if self.policies.len() <= usize::from(place.policy) {
            self.policies = catalog.policies().to_vec();
        }
        let too_old = |policy: &Arc<PolicyFacts>| {
            point.timestamp < self.now.saturating_sub(policy.retention_secs_max())
        };
        if self.policies.get(usize::from(place.policy)).is_some_and(too_old) {
            return Err(Refusal::TooOld);
        }
        self.points.push(logged);
        self.places.push(place);
        Ok(())
    }

    /// Logs and stores everything pushed, but for the points that the answer says are refused. After `Error::DiskFull` the points are still pending, and committing again
    /// can succeed. Any other error means that the engine has latched: the points of this batch were not accepted and
    /// nothing will be until a restart.
    pub fn commit(&mut self) -> Result<Committed, Error> {
        if self.points.is_empty() && self.refused.is_empty() {
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
        self.refused.clear();
        self.is_place_missing = false;
        self.cache.clear();
        self.created = 0;
    }

    fn commit_batch(&mut self) -> Result<Committed, Error> {
        let shared = self.shared.clone();
        shared.wait_for_room()?;
        shared.latch.check()?;
        shared.write_names()?;
        let gate = shared.gate.read();
        if gate.epoch != self.epoch || self.is_place_missing {
            self.renew_places();
            self.epoch = gate.epoch;
            // A series that took another's place must have its name in the log before the points.
            shared.write_names()?;
        }
        // The batch may have waited past a freeze: nothing in a window is older than the window.
        self.now = self.now.max(gate.open.opened_at());
        let written_bytes = match self.points.is_empty() {
            true => 0,
            false => self.log(&shared, &gate)?,
        };
        let late_born = self.store(&gate.open);
        drop(gate);
        let points = self.points.len() as u64;
        shared.wal_bytes.fetch_add(written_bytes, Ordering::Relaxed);
        add(&shared.counters.wal_written_bytes, written_bytes);
        add(&shared.counters.points, points);
        add(&shared.counters.points_late_born, late_born);
        add(&shared.counters.series_created, self.created);
        let refused = std::mem::take(&mut self.refused);
        Ok(Committed { points, new_series: self.created, refused })
    }

    /// Appends the batch to the log; answers the bytes written.
    fn log(&mut self, shared: &Shared, gate: &Gate) -> Result<u64, Error> {
        let sequence = shared.sequence.fetch_add(1, Ordering::Relaxed);
        let header = BatchHeader { sequence, accepted_at: self.now };
        shared.latch.guard(self.lane.append(&shared.lanes, gate.generation, header, &self.points))
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
