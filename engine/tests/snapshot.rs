//! Snapshots under full load: each is a sound store of its own that has every point acknowledged before it was begun.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use plumbago_engine::{
    Archive, Disk, Engine, Error, FetchQuery, Options, Policy, PolicyRules, RealDisk, Selector,
    take_snapshot, verify,
};
use plumbago_protocol::Aggregation;

const NOW: i64 = 1_800_000_000;
const START: i64 = NOW - 80_000;
const WRITERS: usize = 3;
const SERIES: usize = 20;
/// More would leave the retention.
const BATCHES_MAX: i64 = 8_000;

struct TenSeconds;

impl PolicyRules for TenSeconds {
    fn policy_for(&self, _name: &str) -> Policy {
        let archive = |step_secs, retention_secs| Archive { step_secs, retention_secs };
        Policy::new(vec![archive(10, 86_400), archive(60, 604_800)], 0.5, Aggregation::Average).unwrap()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

fn open(folder: &Path) -> Engine {
    // Much smaller than usual, so that flushes and merges never rest.
    let options = Options {
        hot_points_min: 2_000,
        hot_points_per_series: 1,
        fresh_segments_max: 2,
        ..Options::default()
    };
    Engine::open(Arc::new(RealDisk::new(folder)), options, Arc::new(TenSeconds), NOW).unwrap()
}

/// Commits batches, each one value for every series of this writer, and says how many have been acknowledged.
fn write(engine: &Engine, writer: usize, acknowledged: &AtomicI64, is_over: &AtomicBool) {
    let mut lane = engine.writer();
    let names: Vec<String> = (0..SERIES).map(|series| format!("writer{writer}.series{series}")).collect();
    for batch in 0..BATCHES_MAX {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        for name in &names {
            lane.push(name, batch as f64, START + batch * 10, NOW).unwrap();
        }
        lane.commit().unwrap();
        acknowledged.store(batch + 1, Ordering::Release);
    }
}

fn known(engine: &Engine, name: &str) -> Vec<f64> {
    let query = FetchQuery {
        selector: Selector::Name(name.to_owned()),
        from: START - 10,
        until: NOW,
        now: NOW,
        series_max: 1,
        points_max: 100_000,
    };
    let columns = engine.fetch(&query).unwrap();
    columns.iter().flat_map(|column| &column.values).copied().filter(|value| !value.is_nan()).collect()
}

fn assert_sound(folder: &Path) {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(folder));
    assert!(verify(&disk).unwrap().faults.is_empty());
}

/// The snapshot verifies, starts, and has what was acknowledged; what is done to it stays with it.
fn check(folder: &Path, acknowledged: &[i64]) {
    assert_sound(folder);
    let engine = open(folder);
    for (writer, acknowledged) in acknowledged.iter().enumerate() {
        for series in [0, SERIES - 1] {
            let values = known(&engine, &format!("writer{writer}.series{series}"));
            assert!(values.len() as i64 >= *acknowledged, "{} of {acknowledged}", values.len());
            assert!(values.iter().zip(0_i64..).all(|(value, batch)| *value == batch as f64));
        }
    }
    let mut writer = engine.writer();
    writer.push("only.in.the.snapshot", 1.0, NOW, NOW).unwrap();
    writer.commit().unwrap();
    drop(writer);
    engine.compact(NOW, |_| ()).unwrap();
    engine.close(NOW).unwrap();
}

#[test]
fn snapshots_under_full_load_are_sound_and_complete_and_independent() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let acknowledged: Vec<AtomicI64> = (0..WRITERS).map(|_| AtomicI64::new(0)).collect();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (engine, acknowledged, is_over) = (&engine, &acknowledged, &is_over);
        for (writer, acknowledged) in acknowledged.iter().enumerate() {
            scope.spawn(move || write(engine, writer, acknowledged, is_over));
        }
        scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                engine.flush_if_due(NOW).unwrap();
                engine.merge_if_due(NOW).unwrap();
                std::thread::yield_now();
            }
        });
        for attempt in 0..6 {
            let before: Vec<i64> = acknowledged.iter().map(|count| count.load(Ordering::Acquire)).collect();
            // From within, and as another process would.
            let taken = match attempt % 2 {
                0 => engine.snapshot("load").unwrap(),
                _ => take_snapshot(&RealDisk::new(folder.path()), "load").unwrap(),
            };
            let number = if attempt == 0 { String::new() } else { format!("-{}", attempt + 1) };
            assert_eq!(taken.path, format!("snapshots/load{number}"));
            check(&folder.path().join(&taken.path), &before);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    engine.close(NOW).unwrap();
    assert!(!engine.names(1_000).iter().any(|name| name.contains("snapshot")));
    assert_sound(folder.path());
}

#[test]
fn snapshots_of_one_name_taken_at_once_have_a_folder_each() {
    const TAKERS: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut writer = engine.writer();
    writer.push("writer0.series0", 0.0, START, NOW).unwrap();
    writer.commit().unwrap();
    let barrier = std::sync::Barrier::new(TAKERS);
    let take = || {
        barrier.wait();
        // As another process would, which no lock of this one keeps apart.
        take_snapshot(&RealDisk::new(folder.path()), "once").unwrap().path
    };
    for round in 0..5 {
        let mut paths: Vec<String> = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..TAKERS).map(|_| scope.spawn(take)).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).collect()
        });
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), TAKERS, "round {round}");
        for path in paths {
            assert_sound(&folder.path().join(&path));
            assert_eq!(known(&open(&folder.path().join(&path)), "writer0.series0"), [0.0]);
        }
    }
}

#[test]
fn a_label_leads_nowhere_else_and_what_fails_leaves_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for label in ["", "..", "../x", "/tmp/x", "a/b", "a b", "ä"] {
        assert!(matches!(engine.snapshot(label), Err(Error::Caller(_))), "{label}");
    }
    std::fs::remove_file(folder.path().join("names.log")).unwrap();
    assert!(matches!(engine.snapshot("x"), Err(Error::Io { .. })));
    assert!(!folder.path().join("snapshots/x/manifest.log").exists());
}
