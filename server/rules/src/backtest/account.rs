//! A backtest told to people and programs: counts per day, the first events and alarms, what was read, and a sketch of the series.
//!
//! Invariant: an account is bounded, however long the history and whatever the rules make of it.

use std::ops::ControlFlow;

use plumbago_protocol::limits;
use serde::{Deserialize, Serialize};

use super::sketch::Sketch;
use super::{Backtest, BacktestDay, BacktestReport};
use crate::alarm_log::AlarmLog;
use crate::event_log::EventLog;
use crate::{Event, EventChange, FiredAlarm, RuleError, RuleSet, Source, Transition};

/// What a backtest came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BacktestAccount {
    /// The first T is after this, in seconds since the epoch.
    pub from_secs: i64,
    /// The T up to which all rules were evaluated, in seconds since the epoch.
    pub until_secs: i64,
    /// Evaluations of rules.
    pub evaluations: u64,
    /// Points of derived series.
    pub points: u64,
    /// Events that began.
    pub events_in_all: u64,
    /// Times that alarms fired.
    #[serde(default)]
    pub alarms_in_all: u64,
    /// Days (UTC) with points, events or alarms, ascending.
    pub days: Vec<BacktestDay>,
    /// What was read.
    pub reads: Vec<BacktestRead>,
    /// Rules that could not be evaluated.
    pub errors: Vec<BacktestFailure>,
    /// The events that began first, those of alarms left out, at most 1000.
    pub events: Vec<Event>,
    /// The alarms that fired first, at most 1000 times.
    #[serde(default)]
    pub alarms: Vec<FiredAlarm>,
    /// A sketch of the first derived series, of events as `events`, and of alarms that fired as `alarms`.
    pub series: Vec<SketchedSeries>,
}

/// What was read from when to when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestRead {
    /// The step of what was read, in seconds.
    pub step_secs: i64,
    /// The position of the archive among the retentions, from 0, where the store tells.
    pub archive: Option<usize>,
    /// The retentions of the series, where the store tells.
    pub retentions: Option<String>,
    /// The first slot read, in seconds since the epoch.
    pub from_secs: i64,
    /// The end of the last slot read, in seconds since the epoch.
    pub until_secs: i64,
}

/// A rule that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestFailure {
    /// Its file, group and name.
    pub rule: String,
    /// How often.
    pub count: u64,
    /// Why, the first time.
    pub message: String,
}

/// A series in a few hundred points: means of a derived one, counts of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SketchedSeries {
    /// Its name.
    pub name: String,
    /// The beginning of the first value, in seconds since the epoch.
    pub start_secs: i64,
    /// The distance of the values, in seconds.
    pub step_secs: i64,
    /// The values.
    pub values: Vec<Option<f64>>,
}

impl Backtest<'_> {
    /// Runs rules, and tells what came of it; `watch` is shown T and what was told of alarms after each evaluation, and may
    /// break off.
    ///
    /// # Errors
    /// Rules that no core takes.
    pub fn account(
        &self,
        set: &RuleSet,
        watch: &mut dyn FnMut(i64, &[Transition]) -> ControlFlow<()>,
    ) -> Result<BacktestAccount, RuleError> {
        let mut events = EventLog::default();
        let mut alarms = AlarmLog::default();
        let mut sketch = Sketch::new(self.from_secs, self.until_secs);
        let report = self.run(set, &mut |at_secs, outcome| {
            let is_own = |change: &&EventChange| {
                !matches!(change, EventChange::Store(event) if event.source == Source::Alarm)
            };
            outcome.events.iter().filter(is_own).for_each(|change| {
                events.apply(change, limits::EVENTS_PER_PAGE_MAX);
                sketch.event(change);
            });
            outcome.alarms.iter().for_each(|told| {
                alarms.tell(told, limits::EVENTS_PER_PAGE_MAX);
                sketch.alarm(told);
            });
            outcome.points.iter().for_each(|point| sketch.point(point));
            watch(at_secs, &outcome.alarms)
        })?;
        Ok(BacktestAccount {
            events_in_all: events.count(),
            events: events.in_order().into_iter().cloned().collect(),
            alarms_in_all: alarms.count(),
            alarms: alarms.by_key().values().cloned().collect(),
            series: sketch.finish(),
            ..BacktestAccount::of(self.from_secs, report)
        })
    }
}

impl BacktestAccount {
    fn of(from_secs: i64, report: BacktestReport) -> BacktestAccount {
        let read = |span: super::BacktestSpan| BacktestRead {
            step_secs: span.step_secs,
            archive: span.archive.as_ref().map(|facts| facts.archive),
            retentions: span.archive.as_ref().map(|facts| facts.retentions.to_string()),
            from_secs: span.from_secs,
            until_secs: span.until_secs,
        };
        let failure = |(rule, count, error): (String, u64, RuleError)| BacktestFailure {
            rule,
            count,
            message: error.message,
        };
        BacktestAccount {
            from_secs,
            until_secs: report.until_secs,
            evaluations: report.evaluations,
            points: report.days.iter().map(|day| day.points).sum(),
            days: report.days,
            reads: report.spans.into_iter().map(read).collect(),
            errors: report.errors.into_iter().map(failure).collect(),
            ..BacktestAccount::default()
        }
    }
}
