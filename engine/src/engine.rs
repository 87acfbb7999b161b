//! Owns opening, closing and upkeep of a store.
//!
//! Invariant: opening brings back every point that a commit answered for; closing leaves nothing to replay.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use crate::Error;
use crate::cardinality::Cardinality;
use crate::catalog::Catalog;
use crate::disk::Disk;
use crate::hot::{ChunkCache, HotWindow};
use crate::index::Index;
use crate::latch::Latch;
use crate::maintain;
use crate::manifest::{Level, Manifest, State};
use crate::options::Options;
use crate::policy::PolicyRules;
use crate::registry::Registry;
use crate::shared::{Gate, Pressure, Shared};
use crate::stats::{Counters, Stats, add};
use crate::view::{SegmentSet, View};
use crate::wal::{self, Lanes, Replay};
use crate::writer::{Writer, store_point};

/// A store, open for reading and writing; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

impl Engine {
    /// Opens the store on `disk`, made if it is not there, and replays its log. The caller holds the directory's
    /// lock. Series whose policy `rules` has changed since the last time are brought under the new one.
    pub fn open(
        disk: Arc<dyn Disk>,
        options: Options,
        rules: Arc<dyn PolicyRules>,
        now: i64,
    ) -> Result<Self, Error> {
        let engine = Self::open_as_it_is(disk, options, now)?;
        engine.apply_rules(rules, now)?;
        Ok(engine)
    }

    /// Opens the store on `disk` for upkeep: every series keeps its policy, and none is created.
    pub fn open_as_it_is(disk: Arc<dyn Disk>, options: Options, now: i64) -> Result<Self, Error> {
        let manifest = Manifest::open(&*disk)?;
        let registry = Registry::open(disk.clone(), true)?;
        remove_strays(&*disk, manifest.state())?;
        let engine = Self::assemble(disk, options, now, manifest, registry)?;
        engine.shared.sync_old_logs()?;
        if engine.replay()? {
            // Names were lost with an unsynced tail. New series will get those numbers: the log must go first.
            maintain::flush(&engine.shared, now)?;
        }
        Ok(engine)
    }

    /// Opens the store on `disk` to read it, with everything accepted up to now, whether or not another process has
    /// it open. Nothing is written; writers and upkeep are refused.
    pub fn open_to_read(disk: Arc<dyn Disk>, now: i64) -> Result<Self, Error> {
        consistently(&*disk, |state| {
            let registry = Registry::open(disk.clone(), false)?;
            let manifest = Manifest::read_only(state.clone());
            let engine = Self::assemble(disk.clone(), Options::default(), now, manifest, registry)?;
            engine.replay()?;
            engine.shared.latch.close("the store was opened to read");
            Ok(engine)
        })
    }

    fn assemble(
        disk: Arc<dyn Disk>,
        options: Options,
        now: i64,
        manifest: Manifest,
        registry: Registry,
    ) -> Result<Self, Error> {
        let index = Index::open(&*disk, &registry)?;
        let segments = Arc::new(SegmentSet::open(&*disk, manifest.state())?);
        let newest = manifest.state().segments.values().map(|entry| entry.number.max(entry.sequence)).max();
        let open = Arc::new(HotWindow::new(now));
        let view = View { open: open.clone(), frozen: None, segments };
        let cardinality = Cardinality::new(options.cardinality.clone(), &registry, now);
        let shared = Shared {
            cardinality,
            lanes: Lanes::new(disk.clone()),
            catalog: RwLock::new(Catalog::new(registry, index)?),
            rules: RwLock::new(None),
            gate: RwLock::new(Gate { open, generation: 0, epoch: 0 }),
            view: RwLock::new(Arc::new(view)),
            manifest: Mutex::new(manifest),
            flushing: Mutex::default(),
            maintenance: Mutex::default(),
            lane_count: AtomicU64::new(0),
            sequence: AtomicU64::new(1),
            segment_number: AtomicU64::new(newest.map_or(1, |newest| newest + 1)),
            names_pending: AtomicBool::new(false),
            wal_bytes: AtomicU64::new(0),
            now_max: AtomicI64::new(now),
            latch: Latch::default(),
            counters: Counters::default(),
            pressure: Pressure::default(),
            disk,
            options,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Replays the log; answers whether it held points of series nobody knows.
    fn replay(&self) -> Result<bool, Error> {
        let shared = &self.shared;
        let floor = shared.manifest.lock().state().wal_floor;
        let mut gate = shared.gate.write();
        // When the points came is known only from the log: as early as need be.
        let window = Arc::new(HotWindow::new(i64::MIN));
        let (mut cache, mut points, mut dropped, mut unknown) = (ChunkCache::default(), 0, 0, false);
        let report = {
            let catalog = shared.catalog.read();
            let id_end = catalog.registry.id_end();
            wal::replay(&*shared.disk, floor, |replayed| match catalog.place(replayed.point.series) {
                Some(place) => {
                    let policy = catalog.policy(place.policy);
                    let (point, accepted_at) = (replayed.point, replayed.accepted_at);
                    store_point(&window, &mut cache, policy, place, point, accepted_at);
                    points += 1;
                }
                None => {
                    dropped += 1;
                    unknown |= replayed.point.series >= id_end;
                }
            })?
        };
        if points > 0 {
            window.add_points(points);
            self.use_window(&mut gate, window);
        }
        gate.generation = report.generation.max(floor) + 1;
        self.count_replay(&report, points, dropped);
        Ok(unknown)
    }

    fn use_window(&self, gate: &mut Gate, window: Arc<HotWindow>) {
        gate.open = window.clone();
        let mut view = self.shared.view.write();
        *view = Arc::new(View { open: window, ..View::clone(&view) });
    }

    fn count_replay(&self, report: &Replay, points: u64, dropped: u64) {
        let shared = &self.shared;
        shared.sequence.store(report.sequence + 1, std::sync::atomic::Ordering::Relaxed);
        shared.wal_bytes.store(report.bytes, std::sync::atomic::Ordering::Relaxed);
        add(&shared.counters.points_replayed, points);
        add(&shared.counters.points_replayed_dropped, dropped);
        add(&shared.counters.wal_torn_bytes, report.torn_bytes);
        add(&shared.counters.wal_damage, report.damage.len() as u64);
    }

    /// A writer with its own lane of the log, for one thread.
    pub fn writer(&self) -> Writer {
        Writer::new(self.shared.clone())
    }

    /// Flushes the hot window if it is time.
    pub fn flush_if_due(&self, now: i64) -> Result<bool, Error> {
        let now = self.shared.steady(now);
        let due = self.shared.flush_wanted(now);
        if due {
            maintain::flush(&self.shared, now)?;
        }
        Ok(due)
    }

    /// Does one pending merge; when there is none, expiry and upkeep of the name index. Answers whether there may be
    /// more to do.
    pub fn merge_if_due(&self, now: i64) -> Result<bool, Error> {
        let now = self.shared.steady(now);
        let merged = maintain::merge_next(&self.shared, now, false)?;
        if !merged {
            maintain::expire(&self.shared, now)?;
            maintain::freeze_index_if_due(&self.shared)?;
        }
        Ok(merged)
    }

    /// Waits until a flush may be due, but no longer than `timeout`.
    pub fn wait_for_flush(&self, timeout: Duration) {
        let mut guard = self.shared.pressure.lock.lock();
        self.shared.pressure.wanted.wait_for(&mut guard, timeout);
    }

    /// Makes every point accepted so far survive a loss of power.
    pub fn sync(&self) -> Result<(), Error> {
        let shared = &self.shared;
        shared.latch.check()?;
        shared.latch.guard(maintain::sync_names(shared).and_then(|()| shared.lanes.sync()))
    }

    /// Writes the hot window into segments, whatever its size.
    pub fn flush(&self, now: i64) -> Result<(), Error> {
        maintain::flush(&self.shared, self.shared.steady(now))
    }

    /// Does every pending flush and merge at once. `progress` hears the number of merges done.
    pub fn compact(&self, now: i64, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        let now = self.shared.steady(now);
        maintain::flush(&self.shared, now)?;
        let mut merges = 0;
        while maintain::merge_next(&self.shared, now, true)? {
            merges += 1;
            progress(merges);
        }
        maintain::expire(&self.shared, now)
    }

    /// Seals the hot window and removes the log: the next start replays nothing. Writers must be gone.
    pub fn close(&self, now: i64) -> Result<(), Error> {
        self.flush(now)?;
        let mut catalog = self.shared.catalog.write();
        catalog.index.freeze()?;
        catalog.index.save(&*self.shared.disk)
    }

    /// Counters and gauges.
    pub fn stats(&self) -> Stats {
        let shared = &self.shared;
        let view = shared.view();
        let mut stats = shared.counters.snapshot();
        stats.series = shared.catalog.read().registry.live_count() as u64;
        for window in view.windows() {
            stats.hot_points += window.points();
            stats.hot_bytes += window.bytes();
        }
        for open in view.segments.iter() {
            stats.segments += 1;
            stats.segments_fresh += u64::from(open.entry.level == Level::Fresh);
            stats.segment_bytes += open.entry.bytes;
            stats.segment_cells += open.entry.cells;
        }
        stats.wal_bytes = shared.wal_bytes.load(std::sync::atomic::Ordering::Relaxed);
        stats.latched = shared.latch.reason();
        stats
    }
}

/// How often a reader begins anew when another process changes the store under its hands.
const READ_TRIES: usize = 100;

/// Reads by `read` from a state of the manifest that still holds when it is done: a flush or merge by another process
/// moves points from one file to another.
pub(crate) fn consistently<T>(
    disk: &dyn Disk,
    mut read: impl FnMut(&State) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        let state = State::read(disk)?;
        let result = read(&state);
        tries += 1;
        if State::read(disk)?.length_bytes() == state.length_bytes() {
            return result;
        }
        if tries == READ_TRIES {
            return Err(Error::Caller("the store changes faster than it can be read; try again".to_owned()));
        }
    }
}

/// Removes files that a crash left behind: segments the manifest does not list, logs below its floor.
fn remove_strays(disk: &dyn Disk, state: &State) -> Result<(), Error> {
    let listed: std::collections::BTreeSet<String> =
        state.segments.values().map(|entry| entry.path()).collect();
    let mut strays = Vec::new();
    for folder in ["segments", wal::FOLDER] {
        let names = disk.list(folder).map_err(|error| Error::io(folder, "list", error))?;
        strays.extend(names.into_iter().filter_map(|name| {
            let path = format!("{folder}/{name}");
            let old_log = wal::parse_name(&name).is_some_and(|(old, _)| old < state.wal_floor);
            let stray = old_log || (Path::new(&name).extension()? == "seg" && !listed.contains(&path));
            stray.then_some(path)
        }));
    }
    for path in strays {
        disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
    }
    Ok(())
}
