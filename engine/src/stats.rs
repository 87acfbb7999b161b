//! Owns the engine's counters, and what the server shows of them.
//!
//! Invariant: counters only grow while the process lives; gauges are read when they are asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counters, incremented from any thread.
        #[derive(Default)]
        pub(crate) struct Counters { $(pub(crate) $name: AtomicU64,)* }

        /// What the engine did since it was opened, and how it stands.
        #[derive(Debug, Clone, Default)]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
            /// Live series.
            pub series: u64,
            /// Points in the hot windows.
            pub hot_points: u64,
            /// Memory of the hot windows, in bytes.
            pub hot_bytes: u64,
            /// Segments, fresh and settled.
            pub segments: u64,
            /// Segments not rolled up yet.
            pub segments_fresh: u64,
            /// Bytes of all segments.
            pub segment_bytes: u64,
            /// Cells in all segments.
            pub segment_cells: u64,
            /// Bytes in the live generation of the write-ahead log.
            pub wal_bytes: u64,
            /// Files of damaged segments that nobody has looked after yet.
            pub segments_quarantined: u64,
            /// How often the clock was set, ahead or back, since the store was opened.
            pub clock_leaps: u64,
            /// How far the clock is ahead of what is believed of it, in seconds.
            pub clock_ahead_secs: i64,
            /// Why nothing is accepted any more, if so.
            pub latched: Option<Arc<str>>,
        }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats { $($name: self.$name.load(Ordering::Relaxed),)* ..Stats::default() }
            }
        }
    };
}

// A macro, so that a counter and its place in what is shown cannot drift apart.
counters! {
    /// Points accepted.
    points,
    /// Points accepted whose bucket had expired from the finest archive already.
    points_late_born,
    /// Coarser values that a late point replaced because their finer points had expired.
    values_replaced,
    /// Series created.
    series_created,
    /// Series deleted.
    series_deleted,
    /// Points found in the write-ahead log at start.
    points_replayed,
    /// Points in the log at start whose series had been deleted or whose name was lost with an unsynced tail.
    points_replayed_dropped,
    /// Bytes at the end of log files at start that were an append cut short.
    wal_torn_bytes,
    /// Damaged places in the write-ahead log at start.
    wal_damage,
    /// Bytes appended to the write-ahead log.
    wal_written_bytes,
    /// Hot windows flushed.
    flushes,
    /// Flushes given up because the disk was full; each was tried again.
    flushes_abandoned,
    /// Merges of segments.
    merges,
    /// Merges given up because the disk was full.
    merges_abandoned,
    /// Bytes of segments written.
    segment_written_bytes,
    /// Segments removed because they had expired.
    segments_expired,
    /// Cells in segments removed because they had expired.
    cells_expired,
    /// Segments found damaged, and set aside.
    segments_set_aside,
    /// Times a writer waited for the hot window to be flushed.
    writer_waits,
}

/// Adds to a counter.
pub(crate) fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}
