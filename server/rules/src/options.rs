//! The settings of `[rules]` that the core follows.

/// How far the core looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Late points within this many seconds have recorded points computed again.
    pub late_secs: i64,
    /// After downtime event rules catch up over at most this many seconds.
    pub catch_up_secs: i64,
    /// After downtime record rules catch up over at most this many seconds: as far as the store reaches.
    pub reach_secs: i64,
    /// How many values all rules together may hold that were evaluated ahead of their turn.
    pub ahead_values_max: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { late_secs: 3600, catch_up_secs: 86_400, reach_secs: i64::MAX, ahead_values_max: 8 << 20 }
    }
}
