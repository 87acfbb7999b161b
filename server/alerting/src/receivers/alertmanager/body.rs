//! What an Alertmanager is posted.
//!
//! Invariant: names of labels are those that every version takes: letters, digits and `_`. One name that it does not take
//! would make it refuse the alarm.

use plumbago_rules::Labels;
use serde::Serialize;

use super::REPOST_MS;
use crate::message::{AlarmStatus, Member, Message};
use crate::receivers::{Surroundings, link, moment};

/// How many posts may fail before what fires ends by itself.
const POSTS_AHEAD: i64 = 4;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alert {
    labels: Labels,
    annotations: Labels,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: String,
}

/// The body for a message.
pub(super) fn of(message: &Message, surroundings: &Surroundings<'_>) -> Vec<u8> {
    let alerts: Vec<Alert> = message.alarms.iter().map(|alarm| alert(alarm, surroundings)).collect();
    serde_json::to_vec(&alerts).unwrap_or_default()
}

fn alert(alarm: &Member, surroundings: &Surroundings<'_>) -> Alert {
    let ahead = surroundings.now_ms.saturating_add(REPOST_MS * POSTS_AHEAD);
    let end = match (alarm.status, alarm.ends_at_ms) {
        (AlarmStatus::Resolved, Some(end)) => end,
        (AlarmStatus::Resolved, None) => surroundings.now_ms,
        (AlarmStatus::Firing, _) => ahead,
    };
    let mut labels = with_plain_names(&alarm.labels);
    // An alarm without any label is refused.
    labels.entry("alertname".to_owned()).or_insert_with(|| "unnamed".to_owned());
    Alert {
        labels,
        annotations: with_plain_names(&alarm.annotations),
        starts_at: moment::rfc3339(alarm.starts_at_ms),
        // An alarm that ends before it begins is refused.
        ends_at: moment::rfc3339(end.max(alarm.starts_at_ms)),
        generator_url: link::of_alarm(alarm, surroundings),
    }
}

/// Labels without those that are empty, every other character of their names as `_`. Of two that become one, the one that
/// was named so wins.
fn with_plain_names(labels: &Labels) -> Labels {
    let mut plain = Labels::new();
    for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        let mut shown: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        if shown.is_empty() || shown.starts_with(|c: char| c.is_ascii_digit()) {
            shown.insert(0, '_');
        }
        if shown == *name || !labels.contains_key(&shown) {
            plain.insert(shown, value.clone());
        }
    }
    plain
}
