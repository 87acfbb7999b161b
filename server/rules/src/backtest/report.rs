//! What a backtest came to: counts per day, errors, and which archives were read.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_query::ArchiveFacts;
use serde::{Deserialize, Serialize};

use crate::{AlarmChange, EventChange, Outcome, RuleError, Source};

const DAY_SECS: i64 = 86_400;

/// What a backtest came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BacktestReport {
    /// Days (UTC) with points, events or alarms, ascending.
    pub days: Vec<BacktestDay>,
    /// What was read from, by step and archive.
    pub spans: Vec<BacktestSpan>,
    /// Rules with errors: their name, how often, and the first one.
    pub errors: Vec<(String, u64, RuleError)>,
    /// Evaluations in total.
    pub evaluations: u64,
    /// The T up to which all rules were evaluated, in seconds since the epoch.
    pub until_secs: i64,
}

/// One day's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestDay {
    /// Its first second, since the epoch.
    pub day_secs: i64,
    /// Points of derived series.
    pub points: u64,
    /// Events that began on it, those of alarms left out.
    pub events: u64,
    /// Alarms that fired on it.
    #[serde(default)]
    pub alarms: u64,
}

/// From when to when an archive was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BacktestSpan {
    /// The step of what was read, in seconds.
    pub step_secs: i64,
    /// The archive, where the store tells.
    pub archive: Option<Arc<ArchiveFacts>>,
    /// The first slot read, in seconds since the epoch.
    pub from_secs: i64,
    /// The end of the last slot read, in seconds since the epoch.
    pub until_secs: i64,
}

/// Spans as they are seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(Vec<BacktestSpan>);

impl Spans {
    pub(super) fn note(
        &mut self,
        step_secs: i64,
        archive: Option<&Arc<ArchiveFacts>>,
        from: i64,
        until: i64,
    ) {
        let same = |span: &&mut BacktestSpan| span.step_secs == step_secs && span.archive.as_ref() == archive;
        match self.0.iter_mut().find(same) {
            Some(span) => {
                span.from_secs = span.from_secs.min(from);
                span.until_secs = span.until_secs.max(until);
            }
            None => {
                let archive = archive.cloned();
                self.0.push(BacktestSpan { step_secs, archive, from_secs: from, until_secs: until });
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<BacktestSpan> {
        self.0.sort_by_key(|span| (span.from_secs, span.step_secs));
        self.0
    }
}

/// Counts as they grow.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    days: BTreeMap<i64, BacktestDay>,
    errors: BTreeMap<String, (u64, RuleError)>,
    pub(super) evaluations: u64,
}

impl Counts {
    pub(super) fn add(&mut self, rule: impl Fn() -> String, outcome: &Outcome) {
        // All points of an outcome are of a few slots, next to each other.
        let same_day =
            |a: &crate::DerivedPoint, b: &crate::DerivedPoint| day(a.timestamp) == day(b.timestamp);
        for points in outcome.points.chunk_by(same_day) {
            if let Some(first) = points.first() {
                self.day(first.timestamp).points += points.len() as u64;
            }
        }
        for change in &outcome.events {
            if let EventChange::Store(event) = change
                && event.source != Source::Alarm
            {
                self.day(event.start_ms.div_euclid(1000)).events += 1;
            }
        }
        for told in outcome.alarms.iter().filter(|told| told.change == AlarmChange::Fired) {
            self.day(told.at_ms.div_euclid(1000)).alarms += 1;
        }
        if let Some(error) = &outcome.error {
            self.errors.entry(rule()).or_insert_with(|| (0, error.clone())).0 += 1;
        }
    }

    fn day(&mut self, at_secs: i64) -> &mut BacktestDay {
        let day_secs = day(at_secs);
        self.days.entry(day_secs).or_insert(BacktestDay { day_secs, ..BacktestDay::default() })
    }

    pub(super) fn finish(self, spans: Spans, until_secs: i64) -> BacktestReport {
        BacktestReport {
            days: self.days.into_values().collect(),
            spans: spans.finish(),
            errors: self.errors.into_iter().map(|(rule, (count, error))| (rule, count, error)).collect(),
            evaluations: self.evaluations,
            until_secs,
        }
    }
}

fn day(at_secs: i64) -> i64 {
    at_secs - at_secs.rem_euclid(DAY_SECS)
}
