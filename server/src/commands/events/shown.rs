//! An event as one line for people.
//!
//! Invariant: a line of the terminal stays one line, whatever the event says.

use jiff::Timestamp;
use plumbago_rules::{Event, Severity, Status};
use std::fmt::Write;

/// When, how bad, what, and where to look further.
pub(in crate::commands) fn line(event: &Event) -> String {
    let mut line = format!("{}  {:<8} #{}", time(event.start_ms), severity(event.severity), event.id);
    let mut add = |text: &str| {
        // Writing to a String cannot fail.
        let _ = write!(line, "  {text}");
    };
    if !event.kind.is_empty() {
        add(&event.kind);
    }
    add(&plain(&event.title));
    match (event.status, event.end_ms) {
        (Status::Open, _) => add("(goes on)"),
        (Status::Retracted, _) => add("(retracted)"),
        (Status::Closed, Some(end_ms)) if end_ms > event.start_ms => {
            add(&format!("(until {})", time(end_ms)))
        }
        (Status::Closed, _) => {}
    }
    if !event.tags.is_empty() {
        add(&format!("[{}]", plain(&event.tags.join(", "))));
    }
    line
}

fn time(milliseconds: i64) -> String {
    let second = Timestamp::from_second(milliseconds.div_euclid(1000));
    second.map_or_else(|_| milliseconds.to_string(), |second| second.to_string())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Critical => "critical",
    }
}

/// Text without what a terminal would obey.
pub(in crate::commands) fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_rules::read_posted;

    #[test]
    fn an_event_is_one_line() {
        let body = r#"{"title": "disk\nfull\u001b[2J", "kind": "disk", "severity": "error", "tags": ["host=a", "b c"],
            "start_ms": 1710504000500, "end_ms": null}"#;
        let event = read_posted(body.as_bytes(), 0).unwrap().events.remove(0);
        assert_eq!(
            line(&Event { id: 7, ..event }),
            "2024-03-15T12:00:00Z  error    #7  disk  disk full [2J  (goes on)  [host=a, b c]"
        );
    }
}
