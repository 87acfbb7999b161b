//! `plumbago alarms list`: what fires, and what is about to.

use super::{acknowledge, client};
use crate::cli::AlarmsListArgs;
use crate::commands::CommandError;
use crate::commands::events::plain;
use hyper::Method;
use serde_json::Value;
use std::io::Write;

/// Prints the alarms, those that fire first.
pub(super) fn list(args: &AlarmsListArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let filters: Vec<(&str, &str)> =
        args.matchers.iter().map(|matcher| ("filter", matcher.as_str())).collect();
    let path = format!("/api/v1/alarms?{}", client::encode(&filters));
    let answer: Value = client::exchange(args.server.url(), Method::GET, &path, None)?;
    let alarms = answer["alarms"].as_array().map(Vec::as_slice).unwrap_or_default();
    for alarm in alarms {
        match args.json {
            true => writeln!(out, "{alarm}")?,
            false => writeln!(out, "{}", line(alarm))?,
        }
    }
    if alarms.is_empty() && !args.json {
        writeln!(out, "no alarm")?;
    }
    Ok(())
}

/// Since when, in which state, how bad, what, what it is about, and who looks after it.
fn line(alarm: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let labels = &alarm["labels"];
    let severity = labels["severity"].as_str().unwrap_or("-");
    let mut line = format!(
        "{}  {}  {:<10} {:<8}  {}",
        text(&alarm["fingerprint"]),
        text(&alarm["since"]),
        text(&alarm["state"]),
        plain(severity),
        text(&labels["alertname"]),
    );
    let told = ["alertname", "alertgroup", "severity"];
    let others = labels.as_object().into_iter().flatten().filter(|(name, _)| !told.contains(&name.as_str()));
    let others: Vec<String> =
        others.map(|(name, value)| format!("{}={}", plain(name), text(value))).collect();
    if !others.is_empty() {
        line.push_str(&format!("  [{}]", others.join(", ")));
    }
    if let Some(value) = alarm["value"].as_f64() {
        line.push_str(&format!("  {value}"));
    }
    let acknowledged = &alarm["acknowledged"];
    if acknowledged.is_object() {
        line.push_str(&format!("  ({})", acknowledge::phrase(acknowledged)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_alarm_is_one_line() {
        let mut alarm = json!({
            "fingerprint": "00000000000000ff", "since": "2024-03-15T12:00:00Z", "state": "firing", "value": 95.5,
            "labels": {"alertname": "Disk\nFull", "alertgroup": "g", "severity": "critical", "host": "a\u{1b}[2J"},
        });
        assert_eq!(
            line(&alarm),
            "00000000000000ff  2024-03-15T12:00:00Z  firing     critical  Disk Full  [host=a [2J]  95.5"
        );
        alarm["acknowledged"] =
            json!({ "by": "ada", "comment": "", "at": "2024-03-15T12:01:00Z", "until": null });
        assert!(line(&alarm).ends_with("  95.5  (acknowledged by ada)"), "{}", line(&alarm));
        alarm["acknowledged"]["comment"] = "on\nit".into();
        alarm["acknowledged"]["until"] = "2024-03-15T16:00:00Z".into();
        let told = "  95.5  (acknowledged by ada until 2024-03-15T16:00:00Z: on it)";
        assert!(line(&alarm).ends_with(told), "{}", line(&alarm));
    }
}
