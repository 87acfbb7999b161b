//! An alarm as the notifier keeps it: the last transition's facts, until nobody needs to be told any more.

use std::sync::Arc;

use plumbago_rules::{Fingerprint, Labels, Transition};
use serde::{Deserialize, Serialize};

use crate::message::{AlarmStatus, Member};
use crate::pipeline::GroupId;

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
    pub(crate) rule: Arc<str>,
    /// How often it began to fire at a higher level than before, from 1: who was told of fewer has not heard the worst.
    pub(crate) raises: u32,
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
            rule: transition.rule.clone(),
            raises: 1,
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
        self.annotations = transition.annotations.clone();
        self.starts_at_ms = transition.starts_at_ms;
        self.ends_at_ms = None;
        // A row is JSON, which has no form for what is not finite.
        self.value = transition.value.filter(|value| value.is_finite());
        self.series = transition.series.clone();
        self.expression = transition.expression.clone();
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
        }
    }
}
