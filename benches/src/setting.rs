//! How much the benchmarks measure, and for how long.
//!
//! Owns the environment variables that change the sizes. The defaults keep a run of everything below four minutes on
//! two busy cores.

use std::env;
use std::time::Duration;

use criterion::Criterion;

/// Names in the benchmarks of registry, index and start: `PLUMBAGO_BENCH_NAMES`, 100,000 unless set.
pub fn name_count() -> usize {
    number("PLUMBAGO_BENCH_NAMES", 100_000)
}

/// Series in the benchmarks of ingest, store and queries: `PLUMBAGO_BENCH_SERIES`, 10,000 unless set.
pub fn series_count() -> usize {
    number("PLUMBAGO_BENCH_SERIES", 10_000)
}

/// Points in the log that is replayed, at least one a series: `PLUMBAGO_BENCH_REPLAY_POINTS`, 1,000,000 unless set.
pub fn replay_points() -> usize {
    number("PLUMBAGO_BENCH_REPLAY_POINTS", 1_000_000)
}

/// Criterion with short measurements: ten samples within half a second.
pub fn quick() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
}

/// The number in the variable `name`. One that cannot be read ends the run: figures of another size than the one
/// asked for would mislead.
fn number(name: &str, default: usize) -> usize {
    match env::var(name) {
        Ok(text) => match text.replace(['_', ','], "").parse() {
            Ok(number) if number >= 10_000 => number,
            _ => panic!("{name} is {text:?}, not a number of at least 10,000"),
        },
        Err(_) => default,
    }
}
