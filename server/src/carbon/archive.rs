//! One archive of a series, as carbon's files describe it.

/// Points of `step_secs`, kept for `retention_secs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Archive {
    /// Seconds that one point stands for; more than zero.
    pub step_secs: u32,
    /// Seconds that a point is kept; a multiple of the step.
    pub retention_secs: u32,
}

impl Archive {
    /// How many points it holds.
    pub(crate) fn points(self) -> u32 {
        self.retention_secs.checked_div(self.step_secs).unwrap_or(0)
    }
}
