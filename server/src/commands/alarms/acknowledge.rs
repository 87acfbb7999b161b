//! `plumbago alarms ack`: somebody looks after an alarm; and how that is said of one.

use super::{client, whoever};
use crate::cli::AlarmsAckArgs;
use crate::commands::CommandError;
use crate::commands::events::plain;
use hyper::Method;
use serde_json::{Value, json};
use std::io::Write;

/// Acknowledges the alarm, and prints until when.
pub(super) fn acknowledge(args: &AlarmsAckArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let body = json!({ "by": whoever(args.by.as_deref()), "comment": args.comment, "for": args.duration });
    let path = format!("/api/v1/alarms/{}/ack", args.fingerprint);
    let answer: Value = client::exchange(args.server.url(), Method::POST, &path, Some(&body))?;
    writeln!(out, "{} is acknowledged until {}", plain(&args.fingerprint), end(&answer["until"]))?;
    Ok(())
}

/// When an acknowledgement ends: a moment, or `null` where it follows from the alarm alone.
fn end(until: &Value) -> String {
    until.as_str().map_or_else(|| "it is resolved or gets worse".to_owned(), plain)
}

/// Who looks after an alarm, until when, and why, in one line.
pub(super) fn phrase(acknowledged: &Value) -> String {
    let text = |name: &str| plain(acknowledged[name].as_str().unwrap_or_default());
    let mut phrase = format!("acknowledged by {}", text("by"));
    if let Some(until) = acknowledged["until"].as_str() {
        phrase.push_str(&format!(" until {}", plain(until)));
    }
    let comment = text("comment");
    if !comment.is_empty() {
        phrase.push_str(&format!(": {comment}"));
    }
    phrase
}
