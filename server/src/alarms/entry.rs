//! An entry of the log of notifications as it is stored.

use plumbago_alerting::LogEntry;
use serde_json::{Map, Value};

use crate::events;

/// The stored form.
pub(super) fn entry(entry: &LogEntry) -> events::LogEntry {
    let mut detail = Map::new();
    let mut add = |name: &str, value: Value| detail.insert(name.to_owned(), value);
    add("firing", entry.firing.into());
    add("resolved", entry.resolved.into());
    if entry.attempt > 0 {
        add("attempt", entry.attempt.into());
    }
    if let Some(took_ms) = entry.took_ms {
        add("tookMs", took_ms.into());
    }
    if !entry.reason.is_empty() {
        add("reason", entry.reason.clone().into());
    }
    events::LogEntry {
        at_ms: entry.at_ms,
        what: entry.kind.name().to_owned(),
        message: entry.message.map(|message| message.0),
        receiver: entry.to.receiver.to_string(),
        integration: u64::try_from(entry.to.integration).unwrap_or(u64::MAX),
        group_key: entry.group_key.to_string(),
        detail: Value::Object(detail).to_string(),
        fingerprints: entry.alarms.iter().map(|fingerprint| fingerprint.0).collect(),
    }
}
