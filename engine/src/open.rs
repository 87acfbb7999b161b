//! Owns opening a store: from a directory to an engine, to write or to read.
//!
//! Invariant: opening brings back every point that a commit answered for. What is not as it was written either keeps the
//! store from opening or is told as a finding.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::Error;
use crate::cardinality::Cardinality;
use crate::catalog::Catalog;
use crate::disk::Disk;
use crate::engine::Engine;
use crate::finding::{Finding, Findings};
use crate::hot::{ChunkCache, HotWindow};
use crate::index::Index;
use crate::latch::Latch;
use crate::maintain;
use crate::manifest::{Manifest, State, segment_number};
use crate::options::Options;
use crate::policy::PolicyRules;
use crate::present::Present;
use crate::quarantine::{self, Damaged};
use crate::registry::Registry;
use crate::shared::{Gate, Pressure, Shared};
use crate::stats::{Counters, add};
use crate::view::{OpenSegment, SegmentSet, View};
use crate::wal::{self, Lanes, Replay};
use crate::writer::store_point;

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
        let findings = Findings::default();
        remove_strays(&*disk, manifest.state(), &findings)?;
        let (segments, damaged) = SegmentSet::open(&*disk, manifest.state())?;
        check_names(&*disk, segments.iter(), &registry)?;
        let engine = Self::assemble(disk, options, now, Parts { manifest, registry, segments, findings })?;
        for Damaged { entry, fault } in damaged {
            maintain::set_aside(&engine.shared, &entry, fault)?;
        }
        let replayed = engine.replay(now)?;
        sync_old_logs(&*engine.shared.disk, &replayed.files)?;
        if replayed.is_series_unknown {
            // Names were lost with an unsynced tail. New series will get those numbers: the log must go first.
            engine.flush(now)?;
        }
        Ok(engine)
    }

    /// Opens the store on `disk` to read it, with everything accepted up to now, whether or not another process has
    /// it open. Nothing is written; writers and upkeep are refused.
    pub fn open_to_read(disk: Arc<dyn Disk>, now: i64) -> Result<Self, Error> {
        consistently(&*disk, |state| {
            let registry = Registry::open(disk.clone(), false)?;
            let manifest = Manifest::read_only(state.clone());
            let findings = Findings::default();
            let (segments, damaged) = SegmentSet::open(&*disk, state)?;
            check_names(&*disk, segments.iter(), &registry)?;
            damaged.into_iter().for_each(|damaged| findings.add(Finding::LeftOut(damaged.fault)));
            let parts = Parts { manifest, registry, segments, findings };
            let engine = Self::assemble(disk.clone(), Options::default(), now, parts)?;
            engine.replay(now)?;
            engine.shared.latch.close("the store was opened to read");
            Ok(engine)
        })
    }

    fn assemble(disk: Arc<dyn Disk>, options: Options, now: i64, parts: Parts) -> Result<Self, Error> {
        let Parts { manifest, registry, segments, findings } = parts;
        let index = Index::open(&*disk, &registry)?;
        let used = manifest.state().segments.values().map(|entry| entry.number.max(entry.sequence));
        let newest = used.chain(quarantine::numbers(&*disk)?).max();
        let torn = manifest.state().torn().cloned().into_iter().chain(registry.torn().cloned());
        torn.for_each(|torn| findings.add(Finding::TornTail(torn)));
        let present = Present::new(now, manifest.state().moment, options.is_clock_trusted);
        let open = Arc::new(HotWindow::new(present.steady(now)));
        let view = View { open: open.clone(), frozen: None, segments: Arc::new(segments) };
        let cardinality = Cardinality::new(options.cardinality.clone(), &registry, now);
        let shared = Shared {
            cardinality,
            lanes: Lanes::new(disk.clone()),
            catalog: RwLock::new(Catalog::new(registry, index)?),
            rules: RwLock::new(None),
            gate: RwLock::new(Gate { open, generation: 0, epoch: 0 }),
            view: RwLock::new(Arc::new(view)),
            manifest: Mutex::new(manifest),
            flushing: Mutex::new(None),
            is_flush_waiting: AtomicBool::new(false),
            maintenance: Mutex::default(),
            damaged: Mutex::default(),
            sequence: AtomicU64::new(1),
            segment_number: AtomicU64::new(newest.map_or(1, |newest| newest + 1)),
            names_pending: AtomicBool::new(false),
            wal_bytes: AtomicU64::new(0),
            present,
            latch: Latch::default(),
            counters: Counters::default(),
            findings,
            pressure: Pressure::default(),
            disk,
            options,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Replays the log into the hot window.
    fn replay(&self, now: i64) -> Result<Replayed, Error> {
        let shared = &self.shared;
        let floor = shared.manifest.lock().state().wal_floor;
        let mut gate = shared.gate.write();
        // When the points came is known only from the log: as early as need be.
        let window = Arc::new(HotWindow::new(i64::MIN));
        let (mut cache, mut points, mut dropped) = (ChunkCache::default(), 0, 0);
        let mut is_series_unknown = false;
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
                    is_series_unknown |= replayed.point.series >= id_end;
                }
            })?
        };
        if points > 0 {
            window.add_points(points);
            gate.open = window.clone();
            let mut view = shared.view.write();
            *view = Arc::new(View { open: window, ..View::clone(&view) });
        }
        gate.generation = report.generation.max(floor) + 1;
        if let Some(accepted_at) = report.accepted_at {
            shared.present.recall(accepted_at, now);
        }
        shared.sequence.store(report.sequence + 1, Ordering::Relaxed);
        shared.wal_bytes.store(report.bytes, Ordering::Relaxed);
        add(&shared.counters.points_replayed, points);
        add(&shared.counters.points_replayed_dropped, dropped);
        tell(shared, &report, dropped);
        Ok(Replayed { files: report.files, is_series_unknown })
    }
}

/// What is read of a store before it is an engine.
struct Parts {
    manifest: Manifest,
    registry: Registry,
    segments: SegmentSet,
    findings: Findings,
}

/// What the rest of opening must know of a replay.
struct Replayed {
    /// Files of the log, with their lengths in bytes.
    files: Vec<(String, u64)>,
    /// Whether there were points of series whose names are lost.
    is_series_unknown: bool,
}

/// Counts and tells what was left out of a replay.
fn tell(shared: &Shared, report: &Replay, dropped: u64) {
    add(&shared.counters.wal_torn_bytes, report.torn_bytes());
    add(&shared.counters.wal_damage, report.damage.len() as u64);
    report.torn.iter().for_each(|torn| shared.findings.add(Finding::TornTail(torn.clone())));
    report.damage.iter().for_each(|damage| shared.findings.add(Finding::LogDamage(damage.clone())));
    if dropped > 0 {
        shared.findings.add(Finding::PointsDropped(dropped));
    }
}

/// Makes what an earlier process logged durable: it may have died before its next sync.
fn sync_old_logs(disk: &dyn Disk, files: &[(String, u64)]) -> Result<(), Error> {
    for (path, length_bytes) in files {
        let io = |operation| move |error| Error::io(path, operation, error);
        let file = disk.append_at(path, *length_bytes).map_err(io("open"))?;
        file.sync().map_err(io("sync"))?;
    }
    disk.sync_folder(wal::FOLDER).map_err(|error| Error::io(wal::FOLDER, "sync", error))
}

/// How often a reader begins anew when another process changes the store under its hands.
pub(crate) const READ_TRIES: usize = 100;

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

/// A segment is written when the names it refers to are durable. If they are gone all the same, the next new series would
/// get their numbers, and with them the cells of others.
pub(crate) fn check_names<'a>(
    disk: &dyn Disk,
    mut segments: impl Iterator<Item = &'a Arc<OpenSegment>>,
    registry: &Registry,
) -> Result<(), Error> {
    let unnamed = |open: &&Arc<OpenSegment>| open.segment.last_id() >= Some(registry.id_end());
    let Some(open) = segments.find(unnamed) else { return Ok(()) };
    let end = disk.length_bytes("names.log").unwrap_or(0);
    let offset = registry.torn().map_or(end, |torn| torn.offset);
    let expected = format!("the names of all series in {}", open.entry.path());
    Err(Error::corrupt("names.log", offset, expected, format!("{} series", registry.id_end())))
}

/// Removes files that a crash left behind: segments the manifest does not list, logs below its floor. Segments that a
/// manifest which ends with an unreadable edit does not list are kept instead.
fn remove_strays(disk: &dyn Disk, state: &State, findings: &Findings) -> Result<(), Error> {
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
        if let Some(number) = segment_number(&path).filter(|_| state.torn().is_some()) {
            quarantine::keep(disk, number)?;
            findings.add(Finding::Stray { path: quarantine::path(number) });
        }
        disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
    }
    Ok(())
}
