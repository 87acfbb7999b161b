//! An alarm as the notifier keeps it: the last transition's facts, until nobody needs to be told any more.

use std::sync::Arc;

use plumbago_rules::{Bound, Fingerprint, Labels, SEVERITY_LABEL, Transition};
use serde::{Deserialize, Serialize};

use crate::message::{AlarmStatus, Member};
use crate::pipeline::GroupId;

/// How bad an alarm is, and how often it got worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u8)", into = "(u32, u8)")]
pub(crate) struct Height {
    /// How often it began to fire at a higher level, from 1: who was told of fewer has not heard the worst.
    pub(crate) raises: u32,
    /// The place of its severity, from 1; of another word, or none: 0.
    pub(crate) level: u8,
}

impl From<(u32, u8)> for Height {
    fn from((raises, level): (u32, u8)) -> Height {
        Height { raises, level }
    }
}

impl From<Height> for (u32, u8) {
    fn from(height: Height) -> (u32, u8) {
        (height.raises, height.level)
    }
}

fn level_of(labels: &Labels) -> u8 {
    match labels.get(SEVERITY_LABEL).map(String::as_str) {
        Some("info") => 1,
        Some("warning") => 2,
        Some("error") => 3,
        Some("critical") => 4,
        _ => 0,
    }
}

/// One alarm that fires, or that somebody is still to be told the end of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) labels: Arc<Labels>,
    pub(crate) annotations: Arc<Labels>,
    pub(crate) starts_at_ms: i64,
    /// Of one that fires: nothing.
    pub(crate) ends_at_ms: Option<i64>,
    pub(crate) value: Option<f64>,
    pub(crate) series: Option<Arc<str>>,
    pub(crate) expression: Arc<str>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) bounds: Arc<[Bound]>,
    pub(crate) rule: Arc<str>,
    /// How bad it is.
    pub(crate) height: Height,
    /// Whether it is of a time that is gone through again after a start, so that nothing is decided about it yet.
    pub(crate) is_held: bool,
    /// When it last changed, in milliseconds since the epoch, by the clock.
    pub(crate) updated_ms: i64,
    /// Groups that it is a member of; found again by its labels.
    #[serde(skip)]
    pub(crate) groups: Vec<GroupId>,
}

impl Alarm {
    /// A new one that fires.
    pub(crate) fn fired(transition: &Transition, now_ms: i64) -> Alarm {
        let mut alarm = Alarm {
            labels: transition.labels.clone(),
            annotations: transition.annotations.clone(),
            starts_at_ms: transition.starts_at_ms,
            ends_at_ms: None,
            value: None,
            series: transition.series.clone(),
            expression: transition.expression.clone(),
            bounds: transition.bounds.clone(),
            rule: transition.rule.clone(),
            height: Height { raises: 1, level: 0 },
            is_held: false,
            updated_ms: now_ms,
            groups: Vec::new(),
        };
        alarm.follow(transition, now_ms);
        alarm
    }

    /// Takes over what a transition says of an alarm that fires.
    pub(crate) fn follow(&mut self, transition: &Transition, now_ms: i64) {
        self.labels = transition.labels.clone();
        self.height.level = level_of(&self.labels);
        self.annotations = transition.annotations.clone();
        self.starts_at_ms = transition.starts_at_ms;
        self.ends_at_ms = None;
        // A row is JSON, which has no form for what is not finite.
        self.value = transition.value.filter(|value| value.is_finite());
        self.series = transition.series.clone();
        self.expression = transition.expression.clone();
        self.bounds = transition.bounds.clone();
        self.rule = transition.rule.clone();
        self.updated_ms = now_ms;
    }

    pub(crate) fn is_firing(&self) -> bool {
        self.ends_at_ms.is_none()
    }

    /// As a message shows it.
    pub(crate) fn member(&self, fingerprint: Fingerprint) -> Member {
        Member {
            fingerprint,
            status: if self.is_firing() { AlarmStatus::Firing } else { AlarmStatus::Resolved },
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            starts_at_ms: self.starts_at_ms,
            ends_at_ms: self.ends_at_ms,
            value: self.value,
            series: self.series.clone(),
            expression: self.expression.clone(),
            bounds: self.bounds.clone(),
        }
    }
}
