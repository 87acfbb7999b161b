//! Whether the simulation would notice: on a disk that lies about its syncs, it must fail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::crash;

/// Workloads after which an unnoticed lie is taken for one that cannot be noticed.
const SEEDS_MAX: u64 = 100;

/// Whether some workload fails when syncs of `path` do nothing.
pub(crate) fn is_noticed(path: &str) -> bool {
    (0..SEEDS_MAX).any(|seed| {
        let tried = catch_unwind(AssertUnwindSafe(|| crash::crash_everywhere_on(seed, false, Some(path))));
        tried.is_err()
    })
}
