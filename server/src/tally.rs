//! What answering one request has read from the store, for the log.
//!
//! It only counts; nothing is decided by it. Threads that help a query add to the tally of the same request.

use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of one value as it is read.
const VALUE_BYTES: u64 = 8;

/// The counts of one request.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    series: AtomicU64,
    points: AtomicU64,
}

impl Tally {
    /// So many series were read, with so many values together, missing ones included.
    pub(crate) fn add(&self, series: usize, points: usize) {
        self.series.fetch_add(series as u64, Ordering::Relaxed);
        self.points.fetch_add(points as u64, Ordering::Relaxed);
    }

    /// Series that were read; one that was read twice counts twice.
    pub(crate) fn series(&self) -> u64 {
        self.series.load(Ordering::Relaxed)
    }

    /// Values that were read, missing ones included.
    pub(crate) fn points(&self) -> u64 {
        self.points.load(Ordering::Relaxed)
    }

    /// Bytes of these values.
    pub(crate) fn bytes(&self) -> u64 {
        self.points().saturating_mul(VALUE_BYTES)
    }
}
