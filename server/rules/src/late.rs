//! Points for slots that were closed: which moments have to be computed once more.
//!
//! Invariant: only points are computed again, never events; only T that were committed, and not longer ago than the
//! options say. What is computed again touches what reads it in turn.

use std::sync::Arc;

use crate::Core;
use crate::schedule::next_at;

impl Core {
    /// Tells of points that came in for slots which were closed, the first and the last of them in seconds since the epoch.
    /// Answers how many moments are to be computed again because of it.
    pub fn touched(&mut self, series: &str, from_slot_secs: i64, until_slot_secs: i64) -> usize {
        self.order
            .readers(series)
            .into_iter()
            .map(|rule| self.touch(rule, from_slot_secs, until_slot_secs))
            .sum()
    }

    /// Tells the rules that read from one what it has made, as far as they were there already.
    pub(crate) fn touch_downstream(&mut self, rule: usize, at_secs: i64, slots: &[(Arc<str>, i64)]) {
        let is_ahead = |reader: usize| {
            self.rules[reader].upstream.contains(&rule) && self.progress[reader].cursor.until >= at_secs
        };
        if slots.is_empty() || !(0..self.rules.len()).any(is_ahead) {
            return;
        }
        for (series, slot) in slots {
            self.touched(series, *slot, *slot);
        }
    }

    fn touch(&mut self, rule: usize, from_slot_secs: i64, until_slot_secs: i64) -> usize {
        let (compiled, progress) = (&self.rules[rule], &mut self.progress[rule]);
        progress.evaluation.forget_from(from_slot_secs);
        if !compiled.is_record() {
            return 0;
        }
        let cursor = &progress.cursor;
        let oldest = cursor.since.max(cursor.until.saturating_sub(self.options.late_secs));
        let coarsest = cursor.steps.last().copied().unwrap_or(0);
        let reach = match compiled.lookback {
            Some(lookback) => {
                let slots = coarsest.saturating_mul(lookback.reach_slots.saturating_add(1));
                slots.saturating_add(lookback.reach_secs)
            }
            None => compiled.window_secs.max(self.options.late_secs).saturating_add(coarsest),
        };
        let last = until_slot_secs.saturating_add(reach).min(cursor.until);
        let before = self.late.len();
        let mut at = from_slot_secs.max(oldest);
        loop {
            at = next_at(compiled.interval_secs, &cursor.steps, at);
            if at > last || cursor.steps.is_empty() {
                break;
            }
            self.late.insert((at, compiled.rank, rule));
        }
        self.late.len() - before
    }
}
