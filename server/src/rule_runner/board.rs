//! What is known of the rules from outside their thread: for HTTP, for metrics, for `/readyz`.
//!
//! Invariant: what is read here is of one moment: after a step, never in the middle of one. What is counted goes on from
//! one set of rules to the next.

use std::sync::Arc;

use parking_lot::Mutex;
use plumbago_rules::{Alarm, RuleSet, RuleStatus};

use super::RuleCounts;

/// The rules and how they are doing.
#[derive(Debug, Default)]
pub(crate) struct RuleBoard {
    shown: Mutex<Shown>,
    counts: RuleCounts,
}

/// What the board shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    /// The rules that run.
    pub(crate) set: Arc<RuleSet>,
    /// How each of them is doing, in the order of the set.
    pub(crate) rules: Vec<ShownRule>,
    /// What is wrong with the files, one line each; empty when what runs is what they say.
    pub(crate) faults: Vec<String>,
    /// What is wrong with the alerting file since the start, one line each.
    pub(crate) alerting_faults: Vec<String>,
    /// Alarms that are pending or fire.
    pub(crate) alarms: Arc<Vec<Alarm>>,
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

impl Shown {
    /// By how much the rule that is furthest behind is behind, in milliseconds.
    pub(crate) fn lag_ms(&self, now_ms: i64) -> i64 {
        self.rules.iter().map(|rule| rule.lag_ms(now_ms)).max().unwrap_or(0)
    }

    /// What is wrong with any file, one line each.
    pub(crate) fn all_faults(&self) -> impl Iterator<Item = &String> {
        self.faults.iter().chain(&self.alerting_faults)
    }

    /// What somebody has to see to, one line each; empty while all is well.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let faults: Vec<&String> = self.all_faults().collect();
        if let Some(first) = faults.first() {
            let more = match faults.len() {
                1 => String::new(),
                all => format!(" ({} more)", all - 1),
            };
            lines.push(format!("the files are wrong, what was read before goes on: {first}{more}"));
        }
        lines.extend(self.trouble.as_ref().map(|trouble| format!("rules: {trouble}")));
        lines
    }
}

impl ShownRule {
    /// By how much it is behind, in milliseconds: the time since its next moment was due, also while nothing moves.
    pub(crate) fn lag_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(self.status.next_ms).max(0)
    }
}

impl RuleBoard {
    /// A board of a server whose alerting file has these faults.
    pub(crate) fn with_faults(alerting_faults: Vec<String>) -> RuleBoard {
        let shown = Shown { alerting_faults, ..Shown::default() };
        RuleBoard { shown: Mutex::new(shown), ..RuleBoard::default() }
    }

    /// What it shows now.
    pub(crate) fn read(&self) -> Shown {
        self.shown.lock().clone()
    }

    /// The first thing that is wrong with any file.
    pub(crate) fn first_fault(&self) -> Option<String> {
        self.shown.lock().all_faults().next().cloned()
    }

    /// What was counted since the start of the server.
    pub(crate) fn counts(&self) -> &RuleCounts {
        &self.counts
    }

    /// Changes what it shows.
    pub(super) fn change(&self, change: impl FnOnce(&mut Shown)) {
        change(&mut self.shown.lock());
    }
}
