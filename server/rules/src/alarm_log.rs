//! Alarms as spans from when they fired until they were resolved, taken from what was told of them.
//!
//! Invariant: an alarm is there once for each time it fired; one that was only pending is not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AlarmChange, Fingerprint, Labels, SEVERITY_LABEL, Severity, Transition};

/// One time that an alarm fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FiredAlarm {
    /// Which alarm.
    pub fingerprint: Fingerprint,
    /// Its labels: `severity`, where levels give it, is the highest one.
    pub labels: Labels,
    /// Texts about it, as they were when it fired.
    pub annotations: Labels,
    /// The rule, `file/group/rule`.
    pub rule: String,
    /// The series that it is about.
    pub series: Option<String>,
    /// The first slot in which the condition held, in milliseconds since the epoch.
    pub starts_at_ms: i64,
    /// The slot in which it fired, in milliseconds since the epoch.
    pub fired_at_ms: i64,
    /// The first slot in which it did not any more, in milliseconds since the epoch; `None`: it goes on.
    pub ends_at_ms: Option<i64>,
}

impl FiredAlarm {
    fn of(told: &Transition) -> FiredAlarm {
        FiredAlarm {
            fingerprint: told.fingerprint,
            labels: (*told.labels).clone(),
            annotations: (*told.annotations).clone(),
            rule: told.rule.to_string(),
            series: told.series.as_ref().map(|series| series.to_string()),
            starts_at_ms: told.starts_at_ms,
            fired_at_ms: told.at_ms,
            ends_at_ms: None,
        }
    }

    /// The same whatever the rule's file is called.
    pub(crate) fn without_rule(&self) -> FiredAlarm {
        FiredAlarm { rule: String::new(), ..self.clone() }
    }

    fn severity(labels: &Labels) -> Option<Severity> {
        labels.get(SEVERITY_LABEL).and_then(|name| Severity::named(name))
    }
}

/// The alarms, each time by when it fired.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlarmLog {
    alarms: BTreeMap<(i64, Fingerprint), FiredAlarm>,
    /// When those that go on fired.
    firing: BTreeMap<Fingerprint, i64>,
    /// How often any fired, those times included that did not fit.
    count: u64,
}

impl AlarmLog {
    /// Takes down what was told; beyond `most` times it is only counted.
    pub(crate) fn tell(&mut self, told: &Transition, most: usize) {
        let fingerprint = told.fingerprint;
        match &told.change {
            AlarmChange::Fired => {
                self.count += 1;
                if self.alarms.len() < most {
                    self.firing.insert(fingerprint, told.at_ms);
                    self.alarms.insert((told.at_ms, fingerprint), FiredAlarm::of(told));
                }
            }
            AlarmChange::Raised => {
                if let Some(alarm) = self.open(fingerprint)
                    && FiredAlarm::severity(&told.labels) > FiredAlarm::severity(&alarm.labels)
                {
                    alarm.labels = (*told.labels).clone();
                }
            }
            AlarmChange::Resolved { ends_at_ms, .. } => {
                if let Some(alarm) = self.open(fingerprint) {
                    alarm.ends_at_ms = Some(*ends_at_ms);
                }
                self.firing.remove(&fingerprint);
            }
            AlarmChange::Pending | AlarmChange::Calmed | AlarmChange::Lowered | AlarmChange::Reworded => {}
        }
    }

    fn open(&mut self, fingerprint: Fingerprint) -> Option<&mut FiredAlarm> {
        let fired_at_ms = self.firing.get(&fingerprint)?;
        self.alarms.get_mut(&(*fired_at_ms, fingerprint))
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn by_key(&self) -> &BTreeMap<(i64, Fingerprint), FiredAlarm> {
        &self.alarms
    }
}
