//! What is known of the rules from outside their thread: for HTTP, for metrics, for `/readyz`.
//!
//! Invariant: what is read here is of one moment: after a step, never in the middle of one.

use std::sync::Arc;

use parking_lot::Mutex;
use plumbago_rules::{RuleSet, RuleStatus};

/// The rules and how they are doing.
#[derive(Debug, Default)]
pub(crate) struct RuleBoard(Mutex<Shown>);

/// What the board shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// The rules that run.
    pub(crate) set: Arc<RuleSet>,
    /// How each of them is doing, in the order of the set.
    pub(crate) rules: Vec<ShownRule>,
    /// What is wrong with the files in the folder, one line each; empty when the rules that run are those in it.
    pub(crate) faults: Vec<String>,
    /// Late points that came for too many series at once, so that nothing was computed again for them.
    pub(crate) late_dropped: u64,
    /// Why points or events cannot be stored now, if so.
    pub(crate) trouble: Option<String>,
}

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct ShownRule {
    /// What the core knows.
    pub(crate) status: RuleStatus,
    /// When it was evaluated last, in milliseconds since the epoch.
    pub(crate) evaluated_at_ms: Option<i64>,
    /// How long that took, in microseconds.
    pub(crate) duration_us: u64,
}

impl RuleBoard {
    /// What it shows now.
    pub(crate) fn read(&self) -> Shown {
        self.0.lock().clone()
    }

    /// Changes what it shows.
    pub(super) fn change(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.0.lock());
    }
}
