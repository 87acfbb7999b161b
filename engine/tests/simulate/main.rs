//! Seeded workloads on a disk that fails: a crash at every operation, device errors, a disk that is full for a while.
//!
//! `PLUMBAGO_SIMULATE_POINTS` sets how many crashes are tried (6,000 by default), `PLUMBAGO_SIMULATE_SEED` repeats a
//! single workload and prints what it does: the seed of one that fails is printed.

#[allow(dead_code, reason = "shared with the model test")]
#[path = "../model/random.rs"]
mod random;
#[path = "../model/reference.rs"]
mod reference;

mod check;
mod crash;
mod faults;
mod history;
mod rules;
mod sensitivity;
mod workload;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

const SEED: &str = "PLUMBAGO_SIMULATE_SEED";

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Runs `work` on one seed after another, on every processor, until its answers add up to `wanted`; answers the sum.
fn until(wanted: u64, work: impl Fn(u64, bool) -> u64 + Sync) -> u64 {
    if let Some(seed) = number(SEED) {
        return work(seed, true).max(wanted);
    }
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < wanted {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match catch_unwind(AssertUnwindSafe(|| work(seed, false))) {
                        Ok(count) => done.fetch_add(count, Ordering::Relaxed),
                        Err(cause) => {
                            eprintln!("the workload with {SEED}={seed} failed");
                            std::panic::resume_unwind(cause);
                        }
                    };
                }
            });
        }
    });
    done.into_inner()
}

#[test]
fn every_crash_is_recovered_from() {
    let wanted = number("PLUMBAGO_SIMULATE_POINTS").unwrap_or(6_000);
    let tried = until(wanted, crash::crash_everywhere);
    println!("{tried} crash points tried");
    assert!(tried >= wanted);
}

#[test]
fn a_sync_that_is_left_out_is_noticed() {
    for path in ["wal/", "wal", "names.log", "segments/", "segments", "manifest.log", ""] {
        assert!(sensitivity::is_noticed(path), "nobody notices when `{path}` is not synced");
    }
}

#[test]
fn a_device_error_latches_and_loses_nothing_that_was_counted() {
    let wanted = number("PLUMBAGO_SIMULATE_POINTS").unwrap_or(6_000) / 20;
    let tried = until(wanted, faults::device_errors);
    println!("{tried} device errors tried");
    assert!(tried >= wanted);
}

#[test]
fn a_full_disk_is_waited_for() {
    let wanted = number("PLUMBAGO_SIMULATE_POINTS").unwrap_or(6_000) / 20;
    let tried = until(wanted, faults::full_disks);
    println!("{tried} full disks tried");
    assert!(tried >= wanted);
}
