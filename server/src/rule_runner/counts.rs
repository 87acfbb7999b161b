//! What the rules counted since the server started.

use plumbago_rules::Work;

use crate::metrics::Counter;

/// The numbers that only grow, whichever rules run.
#[derive(Debug, Default)]
pub(crate) struct RuleCounts {
    /// Moments at which a rule was evaluated for the first time.
    pub(crate) evaluations: Counter,
    /// Evaluations, first ones or not, that decided nothing because of an error.
    pub(crate) failures: Counter,
    /// Moments that were computed once more.
    pub(crate) recomputed: Counter,
    /// Points of record rules, those that were computed once more included.
    pub(crate) points: Counter,
    /// Points that a record rule reads and that came after it was evaluated.
    pub(crate) late_points: Counter,
    /// Late points for which nothing is computed once more, since they are of too many series at once.
    pub(crate) late_points_not_recomputed: Counter,
}

impl RuleCounts {
    /// Counts a step that was done.
    pub(super) fn stepped(&self, work: Work, is_failure: bool, points: usize) {
        match work {
            Work::Begin => {}
            Work::Evaluate { .. } => self.evaluations.increment(),
            Work::Recompute { .. } => self.recomputed.increment(),
        }
        self.failures.add(u64::from(is_failure));
        self.points.add(u64::try_from(points).unwrap_or(u64::MAX));
    }
}
