//! Measures the store as a whole: sealing a hot window into segments, replaying the log, merging and rolling up,
//! fetching by glob, and opening.
//!
//! One element is one point, or one series when opening. The disk is memory, but for the opening of a store that was
//! closed, whose files are mapped. Sizes: `PLUMBAGO_BENCH_SERIES`, `PLUMBAGO_BENCH_REPLAY_POINTS`,
//! `PLUMBAGO_BENCH_NAMES`.

use std::cell::Cell;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use plumbago_benches::{
    Load, START, STEP_SECS, copied, feed, name_count, open, quick, replay_points, series_count, time_of,
};
use plumbago_engine::{Engine, FetchQuery, FetchedColumn, MemoryDisk, RealDisk, Selector};
use plumbago_protocol::Glob;

/// Points of a series in the window that is sealed.
const SEAL_STEPS: usize = 60;
/// Windows that a merge finds.
const MERGE_WINDOWS: usize = 6;
/// Points of a series that a fetch reads: half an hour.
const FETCH_STEPS: usize = 180;

fn seal(criterion: &mut Criterion) {
    let load = Load::new(series_count(), SEAL_STEPS);
    let points = (load.names.len() * SEAL_STEPS) as u64;
    let engine = open(MemoryDisk::new(), START);
    let mut group = criterion.benchmark_group("seal");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(points));
    let windows = Cell::new(0);
    let fill = || {
        let first = windows.get() * SEAL_STEPS;
        windows.set(windows.get() + 1);
        feed(&engine, &load, first..first + SEAL_STEPS)
    };
    group.bench_function("flush", |bencher| {
        bencher.iter_batched(fill, |now| engine.flush(now).expect("memory"), BatchSize::PerIteration);
    });
    group.finish();
    let stats = engine.stats();
    assert_eq!((stats.hot_points, stats.segment_cells), (0, points * windows.get() as u64));
    if windows.get() > 0 {
        println!("seal: {:.3} bytes a point", stats.segment_bytes as f64 / stats.segment_cells as f64);
    }
}

fn replay(criterion: &mut Criterion) {
    let steps = replay_points().div_ceil(series_count());
    let load = Load::new(series_count(), steps);
    let points = (load.names.len() * steps) as u64;
    let disk = MemoryDisk::new();
    let now = feed(&open(disk.clone(), START), &load, 0..steps);
    let reopened = open(disk.clone(), now);
    let stats = reopened.stats();
    assert_eq!((stats.points_replayed, stats.hot_points, stats.segments), (points, points, 0));
    println!("replay: {:.3} bytes a point in the log", stats.wal_bytes as f64 / points as f64);
    let mut group = criterion.benchmark_group("replay");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(points));
    group.bench_function("open", |bencher| bencher.iter_with_large_drop(|| open(disk.clone(), now)));
    group.finish();
}

fn merge(criterion: &mut Criterion) {
    let steps = MERGE_WINDOWS * SEAL_STEPS;
    let load = Load::new(series_count(), steps);
    let points = (load.names.len() * steps) as u64;
    let disk = MemoryDisk::new();
    let engine = open(disk.clone(), START);
    for window in 0..MERGE_WINDOWS {
        let first = window * SEAL_STEPS;
        engine.flush(feed(&engine, &load, first..first + SEAL_STEPS)).expect("memory");
    }
    assert_eq!(engine.stats().segments_fresh, MERGE_WINDOWS as u64);
    let now = time_of(steps);
    let mut group = criterion.benchmark_group("merge");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(points));
    group.bench_function("compact", |bencher| {
        let compact = |engine: Engine| {
            engine.compact(now, |_| ()).expect("memory");
            let stats = engine.stats();
            // Six points make a minute, ten minutes the next value.
            let cells = points + points / 6 + points / 60;
            assert_eq!((stats.segments_fresh, stats.segment_cells), (0, cells));
            engine
        };
        bencher.iter_batched(|| open(copied(&disk), now), compact, BatchSize::PerIteration);
    });
    group.finish();
}

/// Fetches what `glob` matches over all steps of the load.
fn fetch_all(engine: &Engine, glob: &Glob, now: i64) -> Vec<FetchedColumn> {
    let selector = Selector::Glob(glob.clone());
    let query = FetchQuery {
        selector,
        from: START - STEP_SECS,
        until: now,
        now,
        series_max: usize::MAX,
        points_max: usize::MAX,
    };
    engine.fetch(&query).expect("a good query")
}

fn fetch(criterion: &mut Criterion) {
    let load = Load::new(series_count(), FETCH_STEPS);
    let from_hot = open(MemoryDisk::new(), START);
    let now = feed(&from_hot, &load, 0..FETCH_STEPS);
    let from_segments = open(MemoryDisk::new(), START);
    feed(&from_segments, &load, 0..FETCH_STEPS);
    from_segments.compact(now, |_| ()).expect("memory");
    assert_eq!(from_segments.stats().hot_points, 0);
    assert_eq!(from_hot.stats().segments, 0);
    let mut group = criterion.benchmark_group("fetch");
    for (place, engine) in [("hot_window", &from_hot), ("segments", &from_segments)] {
        // Of 50 metrics of a host five are the user time of processors.
        for (part, text) in [("tenth", "*.*.*.cpu.*.user"), ("all", "*.*.*.*.*.*")] {
            let glob = Glob::parse(text).expect("well-formed");
            let columns = fetch_all(engine, &glob, now);
            let expected = load.names.iter().filter(|name| glob.matches_path(name)).count();
            assert_eq!(columns.len(), expected);
            assert!(columns.iter().all(|column| column.values.len() == FETCH_STEPS));
            let of_first = |column: &&FetchedColumn| *column.name == *load.names[0];
            assert_eq!(columns.iter().find(of_first).expect("found").values, load.columns[0]);
            group.throughput(Throughput::Elements((expected * FETCH_STEPS) as u64));
            println!("{part}: {expected} series");
            group.bench_function(format!("{place}/{part}"), |bencher| {
                bencher.iter_with_large_drop(|| fetch_all(black_box(engine), &glob, now));
            });
        }
    }
    group.finish();
}

fn start(criterion: &mut Criterion) {
    let load = Load::new(name_count(), 1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = || RealDisk::new(folder.path());
    let engine = open(disk(), START);
    let now = feed(&engine, &load, 0..1);
    engine.close(now).expect("a working disk");
    drop(engine);
    let stats = open(disk(), now).stats();
    assert_eq!((stats.series, stats.points_replayed), (load.names.len() as u64, 0));
    assert_eq!(stats.segment_cells, load.names.len() as u64);
    let mut group = criterion.benchmark_group("start");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(load.names.len() as u64));
    group.bench_function("open_after_close", |bencher| {
        bencher.iter_with_large_drop(|| open(disk(), now));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = quick();
    targets = seal, replay, merge, fetch, start
}
criterion_main!(benches);
