//! Measures how long a store takes to open: after a clean stop, and after a sudden death whose log is to be replayed.
//!
//! `PLUMBAGO_BENCH_NAMES` series, 100,000 unless set, on files in the page cache. After a clean stop there is one
//! segment and nothing to replay. After a sudden death every series has two points in the log, and the tree cache is as
//! old as the store was when the upkeep last wrote it.

use std::path::Path;
use std::time::{Duration, Instant};

use plumbago_benches::{Load, START, feed, name_count, open, tagged_names, time_of};
use plumbago_engine::{Engine, RealDisk};
use rustix::time::{ClockId, clock_gettime};

/// Openings of which the fastest and the median count.
const RUNS: usize = 7;

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn opened(folder: &Path, now: i64) -> Engine {
    open(RealDisk::new(folder), now)
}

fn measure(state: &str, folder: &Path, now: i64, check: impl Fn(&Engine)) {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (wall, cpu) = (Instant::now(), cpu_time());
        let engine = opened(folder, now);
        runs.push((wall.elapsed(), cpu_time() - cpu));
        check(&engine);
    }
    runs.sort_unstable();
    let (least, median) = (runs[0], runs[RUNS / 2]);
    println!("| {state} | {least:.1?} | {median:.1?} |");
}

fn main() {
    let filters: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| "start".contains(filter.as_str())) {
        return;
    }
    let load = Load::new(name_count(), 2);
    println!(
        "{} series\n\n| state | fastest (wall, CPU) | median (wall, CPU) |\n|---|---|---|",
        load.names.len()
    );
    measure_all("", &load);
    let names = tagged_names(name_count());
    measure_all("tagged, ", &Load { names, ..load });
}

/// Measures stores of the load; `kind` says what is special about its names.
fn measure_all(kind: &str, load: &Load) {
    let series = load.names.len() as u64;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = opened(folder.path(), START);
    let now = feed(&engine, load, 0..2);
    while engine.merge_if_due(now).expect("a working disk") {}
    drop(engine);
    measure(&format!("{kind}all in the log"), folder.path(), now, |engine| {
        let stats = engine.stats();
        assert_eq!((stats.series, stats.points_replayed), (series, 2 * series));
    });
    let engine = opened(folder.path(), now);
    engine.close(now).expect("a working disk");
    drop(engine);
    measure(&format!("{kind}closed"), folder.path(), now, |engine| {
        let stats = engine.stats();
        assert_eq!((stats.series, stats.points_replayed, stats.segment_cells), (series, 0, 2 * series));
    });
    let engine = opened(folder.path(), now);
    let now = time_of(4);
    feed(&engine, load, 2..4);
    drop(engine);
    measure(&format!("{kind}closed once, then in the log"), folder.path(), now, |engine| {
        let stats = engine.stats();
        assert_eq!((stats.series, stats.points_replayed), (series, 2 * series));
    });
}
