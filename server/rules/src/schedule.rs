//! When a rule is evaluated: at which T, and which rule first.
//!
//! Invariant: a T is the end of a slot. Two rules that are due at one moment go by T, then by rank, so that a rule is never
//! evaluated at T before those that it reads from.

use std::collections::{BTreeSet, HashMap};

/// How often a rule is evaluated as long as no step of a result is known, in seconds, if its group has no interval.
pub(crate) const UNKNOWN_STEP_SECS: i64 = 10;

/// The seconds between two T of results with a step: the interval in whole steps, at least one.
pub(crate) fn period_secs(interval_secs: Option<i64>, step_secs: i64) -> i64 {
    let step = step_secs.max(1);
    match interval_secs {
        Some(interval) if interval > step => {
            let whole = interval / step + i64::from(interval % step != 0);
            whole.saturating_mul(step)
        }
        _ => step,
    }
}

/// Whether results with a step count at T.
pub(crate) fn counts_at(interval_secs: Option<i64>, step_secs: i64, at_secs: i64) -> bool {
    at_secs.rem_euclid(period_secs(interval_secs, step_secs)) == 0
}

/// The first T after `until_secs`, for results with these steps.
pub(crate) fn next_at(interval_secs: Option<i64>, steps_secs: &[i64], until_secs: i64) -> i64 {
    let after = |period: i64| {
        let next = until_secs.div_euclid(period).saturating_add(1);
        next.saturating_mul(period)
    };
    let periods = steps_secs.iter().map(|step| period_secs(interval_secs, *step));
    let unknown = interval_secs.unwrap_or(UNKNOWN_STEP_SECS).max(1);
    periods.map(after).min().unwrap_or_else(|| after(unknown))
}

/// The next T of every rule, the first one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    order: BTreeSet<Due>,
    of_rule: HashMap<usize, Due>,
}

/// A rule's next T.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    /// When, in milliseconds since the epoch.
    pub(crate) due_ms: i64,
    /// T, in seconds since the epoch.
    pub(crate) at_secs: i64,
    /// Its place after what it reads from.
    pub(crate) rank: usize,
    /// Which one.
    pub(crate) rule: usize,
}

impl Queue {
    /// Sets a rule's next T.
    pub(crate) fn set(&mut self, due: Due) {
        if let Some(before) = self.of_rule.insert(due.rule, due) {
            self.order.remove(&before);
        }
        self.order.insert(due);
    }

    /// The first of all.
    pub(crate) fn first(&self) -> Option<Due> {
        self.order.first().copied()
    }

    /// The next T of a rule.
    pub(crate) fn of(&self, rule: usize) -> Option<Due> {
        self.of_rule.get(&rule).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_counts_unless_an_interval_says_otherwise() {
        assert_eq!(next_at(None, &[10], 100), 110);
        assert_eq!(next_at(None, &[10], 109), 110);
        assert_eq!(next_at(Some(60), &[10], 100), 120);
        assert_eq!(next_at(Some(1), &[10], 100), 110);
        assert_eq!(next_at(None, &[60, 10], 110), 120);
        assert!(counts_at(None, 60, 120) && !counts_at(None, 60, 130));
    }

    #[test]
    fn an_interval_between_two_steps_is_rounded_up_to_a_whole_number_of_them() {
        assert_eq!(period_secs(Some(15), 10), 20);
        assert_eq!(next_at(Some(15), &[10], 100), 120);
    }

    #[test]
    fn without_a_step_the_interval_or_ten_seconds() {
        assert_eq!(next_at(None, &[], 101), 110);
        assert_eq!(next_at(Some(60), &[], 101), 120);
        assert_eq!(next_at(None, &[i64::MAX], i64::MAX), i64::MAX);
    }

    #[test]
    fn the_first_due_goes_first_then_t_then_rank() {
        let mut queue = Queue::default();
        let due = |due_ms, at_secs, rank, rule| Due { due_ms, at_secs, rank, rule };
        for one in [due(5, 2, 1, 0), due(5, 2, 0, 1), due(5, 1, 1, 2), due(4, 3, 9, 3)] {
            queue.set(one);
        }
        queue.set(due(6, 9, 0, 3));
        assert_eq!(queue.first().map(|due| due.rule), Some(2));
        assert_eq!(queue.of(3).map(|due| due.due_ms), Some(6));
    }
}
