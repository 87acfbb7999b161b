//! Points for slots that were closed: which moments have to be computed once more.
//!
//! Invariant: only points are computed again, never events; only T that were committed, and not longer ago than the
//! options say. What is computed again touches what reads it in turn. Which T are left is among the rows, one span a rule,
//! so that a start goes on with them: computing a T between two of them for nothing does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::schedule::next_at;
use crate::{Core, Row, saved};

/// T that are to be computed once more.
#[derive(Debug, Default)]
pub(crate) struct Late {
    /// T, rank, rule.
    order: BTreeSet<(i64, usize, usize)>,
    spans: BTreeMap<usize, Span>,
    /// Rules whose span is not as it was written down last.
    unwritten: BTreeSet<usize>,
}

/// What of one rule is to be computed once more.
#[derive(Debug)]
struct Span {
    first: i64,
    last: i64,
    count: usize,
}

impl Late {
    /// The first T, and its rule.
    pub(crate) fn first(&self) -> Option<(i64, usize)> {
        self.order.first().map(|&(at_secs, _, rule)| (at_secs, rule))
    }

    /// Adds a T; answers whether it was not there.
    fn insert(&mut self, at_secs: i64, rank: usize, rule: usize) -> bool {
        if !self.order.insert((at_secs, rank, rule)) {
            return false;
        }
        let span = self.spans.entry(rule).or_insert(Span { first: i64::MAX, last: i64::MIN, count: 0 });
        span.count += 1;
        if at_secs < span.first || at_secs > span.last {
            (span.first, span.last) = (span.first.min(at_secs), span.last.max(at_secs));
            self.unwritten.insert(rule);
        }
        true
    }

    /// A T was computed. The span is written down when it grows, and when nothing is left of it.
    pub(crate) fn remove(&mut self, at_secs: i64, rank: usize, rule: usize) {
        let was_there = self.order.remove(&(at_secs, rank, rule));
        if let Some(span) = self.spans.get_mut(&rule).filter(|_| was_there) {
            span.count -= 1;
            if span.count == 0 {
                self.spans.remove(&rule);
                self.unwritten.insert(rule);
            }
        }
    }

    /// Rules whose spans are to be written down.
    pub(crate) fn unwritten(&self) -> Vec<usize> {
        self.unwritten.iter().copied().collect()
    }

    /// The spans of these rules are written down.
    pub(crate) fn wrote(&mut self, rules: &[usize]) {
        rules.iter().for_each(|rule| _ = self.unwritten.remove(rule));
    }
}

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
        let is_ahead = |reader: &usize| self.progress[*reader].cursor.until >= at_secs;
        if slots.is_empty() || !self.order.downstream(rule).iter().any(is_ahead) {
            return;
        }
        for (series, slot) in slots {
            self.touched(series, *slot, *slot);
        }
    }

    /// Goes on with what an earlier run had left.
    pub(crate) fn resume_late(&mut self, mut left: BTreeMap<String, (i64, i64)>, now_secs: i64) {
        let oldest = now_secs.saturating_sub(self.options.late_secs);
        for rule in 0..self.rules.len() {
            let (compiled, cursor) = (&self.rules[rule], &self.progress[rule].cursor);
            let (since, until) = (cursor.since.max(oldest), cursor.until);
            let left = left.remove(&compiled.identity);
            let is_record = compiled.is_record();
            if let Some((first, last)) = left {
                // Where nothing of it is left to be done, that is written down.
                self.late.unwritten.insert(rule);
                if is_record {
                    self.again(rule, first.saturating_sub(1).max(since), last.min(until));
                }
            }
        }
        self.rows.extend(left.into_keys().map(|rule| saved::late_row(&rule, None)));
    }

    /// The row of what is left of a rule.
    pub(crate) fn late_row(&self, rule: usize) -> Row {
        let span = self.late.spans.get(&rule).map(|span| (span.first, span.last));
        saved::late_row(&self.rules[rule].identity, span)
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
        self.again(rule, from_slot_secs.max(oldest), last)
    }

    /// Has the T of a rule after one moment and up to another computed again; answers how many of them were not yet to be.
    fn again(&mut self, rule: usize, after_secs: i64, last_secs: i64) -> usize {
        let (compiled, cursor) = (&self.rules[rule], &self.progress[rule].cursor);
        let (mut at, mut count) = (after_secs, 0);
        loop {
            at = next_at(compiled.interval_secs, &cursor.steps, at);
            if at > last_secs || cursor.steps.is_empty() {
                return count;
            }
            count += usize::from(self.late.insert(at, compiled.rank, rule));
        }
    }
}
