//! Owns the engine's tunables and their defaults. How they are configured is the server's business.

use crate::cardinality::CardinalityLimits;

/// What an operator may tune.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Points with a timestamp further ahead of `now` than this are refused, in seconds.
    pub future_secs_max: i64,
    /// Points in the hot window that call for a flush, as a multiple of the number of series.
    pub hot_points_per_series: u64,
    /// Points in the hot window below which only age calls for a flush.
    pub hot_points_min: u64,
    /// Memory of the hot window that calls for a flush, in bytes; at twice this, writers wait.
    pub hot_bytes_max: u64,
    /// Bytes in the write-ahead log that call for a flush; at four times this, writers wait.
    pub wal_bytes_max: u64,
    /// Seconds of `now` after which a hot window is flushed, however small.
    pub hot_age_secs_max: i64,
    /// Fresh segments of one partition that call for a merge.
    pub fresh_segments_max: usize,
    /// Whether `now` is believed whatever it says. If not, `Engine::keep_time` must be called, and nothing expires
    /// because of a clock that was set until that has stood for a while.
    pub is_clock_trusted: bool,
    /// Limits on the number of series.
    pub cardinality: CardinalityLimits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            future_secs_max: 86_400,
            hot_points_per_series: 64,
            hot_points_min: 1_000_000,
            hot_bytes_max: 256 << 20,
            wal_bytes_max: 256 << 20,
            hot_age_secs_max: 900,
            fresh_segments_max: 8,
            is_clock_trusted: true,
            cardinality: CardinalityLimits::default(),
        }
    }
}
