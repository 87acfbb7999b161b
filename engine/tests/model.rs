//! Random interleavings of append, fetch, delete, rename, restart and schema change, against a plain reference.
//!
//! `PLUMBAGO_MODEL_RUNS` sets the number of runs (10,000 by default), `PLUMBAGO_MODEL_SEED` repeats a single one
//! and prints what it does: the seed of a run that fails is printed.

#[path = "model/random.rs"]
mod random;
#[path = "model/reference.rs"]
mod reference;
#[path = "model/workload.rs"]
mod workload;

use std::panic::{AssertUnwindSafe, catch_unwind};

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn the_engine_answers_as_the_reference_does() {
    if let Some(seed) = number("PLUMBAGO_MODEL_SEED") {
        return run(seed, true);
    }
    let runs = number("PLUMBAGO_MODEL_RUNS").unwrap_or(10_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || (thread..runs).step_by(threads as usize).for_each(run_reporting));
        }
    });
}

fn run(seed: u64, is_told: bool) {
    workload::Run::new(seed, is_told).go(60);
}

fn run_reporting(seed: u64) {
    if let Err(cause) = catch_unwind(AssertUnwindSafe(|| run(seed, false))) {
        eprintln!("the run with PLUMBAGO_MODEL_SEED={seed} failed");
        std::panic::resume_unwind(cause);
    }
}
