//! A message as templates see it.
//!
//! Invariant: every label exists, those that nobody set as the empty text; a missing value is null.

use std::sync::OnceLock;

use minijinja::Value;
use plumbago_rules::{Labels, label_values};

use super::default::{headline, plain_text};
use crate::message::{AlarmStatus, Member, Message};
use crate::receivers::{Surroundings, link, moment};

/// What the names of a template stand for; made when the first template asks.
pub(crate) struct Scope<'a> {
    message: &'a Message,
    surroundings: &'a Surroundings<'a>,
    value: OnceLock<Value>,
}

impl<'a> Scope<'a> {
    /// The scope of a message.
    pub(crate) fn of(message: &'a Message, surroundings: &'a Surroundings<'a>) -> Scope<'a> {
        Scope { message, surroundings, value: OnceLock::new() }
    }

    /// The root of the names.
    pub(super) fn value(&self) -> Value {
        self.value.get_or_init(|| of_message(self.message, self.surroundings)).clone()
    }
}

fn of_message(message: &Message, surroundings: &Surroundings<'_>) -> Value {
    let alerts: Vec<(AlarmStatus, Value)> =
        message.alarms.iter().map(|alarm| (alarm.status, of_alarm(alarm, surroundings))).collect();
    let only = |status| {
        alerts.iter().filter(|(one, _)| *one == status).map(|(_, alert)| alert.clone()).collect::<Vec<_>>()
    };
    let common = message.common_labels();
    record([
        ("receiver", Value::from(&*message.to.receiver)),
        ("status", Value::from(word_of(message.status()))),
        ("firing", Value::from(only(AlarmStatus::Firing))),
        ("resolved", Value::from(only(AlarmStatus::Resolved))),
        ("truncated", Value::from(message.truncated)),
        ("group_key", Value::from(&*message.group_key)),
        ("group_labels", label_values(&message.group_labels)),
        ("group_values", values(&message.group_labels)),
        ("common_values", values(&common)),
        ("common_labels", label_values(&common)),
        ("common_annotations", label_values(&message.common_annotations())),
        ("external_url", Value::from(surroundings.root())),
        ("picture_url", Value::from(surroundings.picture_url().unwrap_or_default())),
        ("headline", Value::from(headline(message))),
        ("text", Value::from(plain_text(message, surroundings))),
        ("alerts", Value::from(alerts.into_iter().map(|(_, alert)| alert).collect::<Vec<_>>())),
    ])
}

fn of_alarm(alarm: &Member, surroundings: &Surroundings<'_>) -> Value {
    let graph_url = link::of_alarm(alarm, surroundings);
    record([
        ("status", Value::from(word_of(alarm.status))),
        ("labels", label_values(&alarm.labels)),
        ("annotations", label_values(&alarm.annotations)),
        ("starts_at", Value::from(moment::rfc3339(alarm.starts_at_ms))),
        ("ends_at", Value::from(alarm.ends_at_ms.map(moment::rfc3339).unwrap_or_default())),
        ("value", alarm.value.filter(|value| !value.is_nan()).map_or(Value::from(()), Value::from)),
        ("series", Value::from(alarm.series.as_deref().unwrap_or_default())),
        ("fingerprint", Value::from(alarm.fingerprint.to_string())),
        ("graph_url", Value::from(graph_url)),
    ])
}

/// Names with their values; any other name is an error where it is used.
fn record<const N: usize>(entries: [(&'static str, Value); N]) -> Value {
    Value::from_pairs(entries)
}

fn values(labels: &Labels) -> Value {
    Value::from(labels.values().map(String::as_str).map(Value::from).collect::<Vec<_>>())
}

fn word_of(status: AlarmStatus) -> &'static str {
    match status {
        AlarmStatus::Firing => "firing",
        AlarmStatus::Resolved => "resolved",
    }
}
