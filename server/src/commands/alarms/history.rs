//! `plumbago alarms history`: one alarm's events and notifications.

use super::{client, log};
use crate::cli::AlarmsHistoryArgs;
use crate::commands::{CommandError, event_line};
use hyper::Method;
use plumbago_rules::Event;
use serde::Deserialize;
use serde_json::Value;
use std::io::Write;

#[derive(Deserialize)]
struct History {
    events: Vec<Event>,
    notifications: Vec<Value>,
}

/// Prints both, each the newest first.
pub(super) fn history(args: &AlarmsHistoryArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let path = format!("/api/v1/alarms/{}/history", args.fingerprint);
    let url = args.server.url();
    let answer: Value = client::exchange(url, Method::GET, &path, None)?;
    if args.json {
        writeln!(out, "{answer}")?;
        return Ok(());
    }
    let history: History = serde_json::from_value(answer)
        .map_err(|error| CommandError::new(format!("{url}: unexpected answer: {error}")))?;
    for event in &history.events {
        writeln!(out, "{}", event_line(event))?;
    }
    for entry in &history.notifications {
        writeln!(out, "{}", log::line(entry))?;
    }
    if history.events.is_empty() && history.notifications.is_empty() {
        writeln!(out, "nothing is known of this alarm")?;
    }
    Ok(())
}
