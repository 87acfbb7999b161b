//! `plumbago alarms log`: what was decided about messages, and every attempt to send them.

use super::client;
use crate::cli::AlarmsLogArgs;
use crate::commands::CommandError;
use crate::commands::events::plain;
use hyper::Method;
use serde_json::Value;
use std::io::Write;

/// Prints the newest entries.
pub(super) fn log(args: &AlarmsLogArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let limit = args.limit.to_string();
    let mut form = vec![("limit", limit.as_str())];
    form.extend(args.receiver.as_deref().map(|receiver| ("receiver", receiver)));
    form.extend(args.outcome.as_deref().map(|outcome| ("outcome", outcome)));
    let path = format!("/api/v1/notifications?{}", client::encode(&form));
    let answer: Value = client::exchange(args.server.url(), Method::GET, &path, None)?;
    for entry in answer["notifications"].as_array().into_iter().flatten() {
        match args.json {
            true => writeln!(out, "{entry}")?,
            false => writeln!(out, "{}", line(entry))?,
        }
    }
    Ok(())
}

/// When, to whom, what happened, and why.
pub(super) fn line(entry: &Value) -> String {
    let text = |field: &str| plain(entry[field].as_str().unwrap_or_default());
    let message = entry["message"].as_u64().map(|id| format!("  message {id}")).unwrap_or_default();
    let mut line = format!("{}  {:<10} {}{message}", text("at"), text("outcome"), text("receiver"));
    let told = ["at", "outcome", "receiver", "message", "id", "integration", "alarms", "groupKey"];
    for (field, value) in entry.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Null => continue,
            _ if told.contains(&field.as_str()) => continue,
            Value::String(text) => plain(text),
            other => plain(&other.to_string()),
        };
        line.push_str(&format!("  {field}: {shown}"));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entry_is_one_line() {
        let entry = json!({
            "id": 3, "at": "2024-03-15T12:00:00Z", "outcome": "retried", "receiver": "ops", "message": 7,
            "groupKey": "{}", "reason": "the receiver answers 503\n", "alarms": [],
        });
        assert_eq!(
            line(&entry),
            "2024-03-15T12:00:00Z  retried    ops  message 7  reason: the receiver answers 503 "
        );
    }
}
