//! The alarm of the rules themselves: they are behind.
//!
//! Invariant: this is the only alarm that the clock decides. A rule is behind if its next moment was due for longer than
//! two of its intervals and ten seconds; time in which this process did not run does not count.

use std::sync::Arc;

use super::mark::{Mark, NAME_LABEL};
use super::state::Told;
use super::tell::end;
use crate::{AlarmChange, EventChange, Labels, Outcome, SEVERITY_LABEL, Severity, saved};

const ENGINE_BEHIND: &str = "EngineBehind";
/// What stands for the rule in transitions, events and rows.
const RULE: &str = "plumbago/rules/EngineBehind";
const LAG_MS_MIN: i64 = 10_000;
const INTERVALS: i64 = 2;

/// Whether the rules are behind, as it was told.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    told: Option<Told>,
}

/// By how much a rule is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    pub(crate) rule: Arc<str>,
    pub(crate) lag_ms: i64,
}

/// Whether so much is too much, for a rule with this interval.
pub(crate) fn is_too_much(lag_ms: i64, interval_secs: i64) -> bool {
    lag_ms > LAG_MS_MIN.max(interval_secs.saturating_mul(INTERVALS * 1000))
}

impl Behind {
    /// Goes on from a row.
    pub(crate) fn saved(told: Option<Told>) -> Behind {
        Behind { told }
    }

    pub(crate) fn told(&self) -> Option<&Told> {
        self.told.as_ref()
    }

    /// What is told now that a rule is too far behind, or none is.
    pub(crate) fn follow(&mut self, worst: Option<Lag>, now_ms: i64) -> Option<Outcome> {
        let now_secs = now_ms.div_euclid(1000);
        let mut transitions = Vec::new();
        let event = match (self.told.take(), worst) {
            (None, None) => return None,
            (Some(told), Some(_)) => {
                self.told = Some(told);
                return None;
            }
            (Some(told), None) => end(RULE, &told, now_secs, None, &mut transitions),
            (None, Some(lag)) => {
                let told = begin(&lag, now_secs);
                transitions.push(told.transition(AlarmChange::Fired, now_secs));
                let event = super::tell::event(RULE, &told, now_secs);
                self.told = Some(told);
                Some(EventChange::Store(Box::new(event)))
            }
        };
        let rows = vec![saved::behind_row(self.told.as_ref())];
        Some(Outcome { alarms: transitions, events: event.into_iter().collect(), rows, ..Outcome::default() })
    }
}

fn begin(lag: &Lag, now_secs: i64) -> Told {
    let severity = Severity::Critical.name().to_owned();
    let labels = Labels::from([
        (NAME_LABEL.to_owned(), ENGINE_BEHIND.to_owned()),
        (SEVERITY_LABEL.to_owned(), severity),
    ]);
    let mark = Mark::of(labels);
    let seconds = lag.lag_ms.div_euclid(1000);
    let summary = format!("the rules are {seconds} s behind, first {}", lag.rule);
    Told {
        fingerprint: mark.fingerprint,
        labels: mark.labels,
        annotations: Arc::new(Labels::from([("summary".to_owned(), summary)])),
        wording: Arc::from(""),
        severity: None,
        starts_secs: now_secs.saturating_sub(seconds),
        fired_secs: Some(now_secs),
        value_bits: Some((lag.lag_ms as f64 / 1000.0).to_bits()),
        series: None,
        expression: Arc::from(""),
        bounds: Arc::default(),
        rule: Arc::from(RULE),
    }
}
