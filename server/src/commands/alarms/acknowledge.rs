//! `plumbago alarms ack`: somebody looks after an alarm.

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
    let until = plain(answer["until"].as_str().unwrap_or_default());
    writeln!(out, "{} is acknowledged until {until}", plain(&args.fingerprint))?;
    Ok(())
}
