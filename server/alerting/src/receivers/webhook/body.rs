//! Alertmanager's body of version 4, field for field.
//!
//! Invariant: labels and annotations are in it as they are: whoever reads JSON gets the texts back unchanged.

use plumbago_rules::Labels;
use serde::Serialize;

use crate::message::{AlarmStatus, Member, Message};
use crate::receivers::{Surroundings, link, moment};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    receiver: &'a str,
    status: AlarmStatus,
    alerts: Vec<Alert<'a>>,
    group_labels: &'a Labels,
    common_labels: Labels,
    common_annotations: Labels,
    #[serde(rename = "externalURL")]
    external_url: &'a str,
    version: &'static str,
    group_key: &'a str,
    truncated_alerts: usize,
    /// Why this is not the body that the file describes.
    #[serde(rename = "bodyError", skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert<'a> {
    status: AlarmStatus,
    labels: &'a Labels,
    annotations: &'a Labels,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

/// The body with the first `alarms_max` alarms (0: all).
pub(crate) fn standard_body(
    message: &Message,
    surroundings: &Surroundings<'_>,
    alarms_max: usize,
    error: Option<&str>,
) -> Vec<u8> {
    let shown = if alarms_max == 0 { message.alarms.len() } else { alarms_max.min(message.alarms.len()) };
    let left_out = message.alarms.len().saturating_sub(shown);
    let body = Body {
        receiver: &message.to.receiver,
        status: message.status(),
        alerts: message.alarms.iter().take(shown).map(|alarm| of(alarm, surroundings)).collect(),
        group_labels: &message.group_labels,
        common_labels: message.common_labels(),
        common_annotations: message.common_annotations(),
        external_url: surroundings.root(),
        version: "4",
        group_key: &message.group_key,
        truncated_alerts: message.truncated.saturating_add(left_out),
        error,
    };
    // Texts as keys and values: nothing that JSON has no form for.
    serde_json::to_vec(&body).unwrap_or_default()
}

fn of<'a>(alarm: &'a Member, surroundings: &Surroundings<'_>) -> Alert<'a> {
    let end = alarm.ends_at_ms.filter(|_| alarm.status == AlarmStatus::Resolved);
    Alert {
        status: alarm.status,
        labels: &alarm.labels,
        annotations: &alarm.annotations,
        starts_at: moment::rfc3339(alarm.starts_at_ms),
        ends_at: end.map_or_else(|| moment::NO_TIME.to_owned(), moment::rfc3339),
        generator_url: link::of_alarm(alarm, surroundings),
        fingerprint: alarm.fingerprint.to_string(),
    }
}
