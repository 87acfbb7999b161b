//! `plumbago alerting`: the file that says who is told about alarms, checked and tried.
//!
//! Invariant: a message goes to receivers of the server's own file, and nowhere else.

use super::events::plain;
use super::{CommandError, client};
use crate::alarms::{FileSurroundings, text_of};
use crate::cli::{
    AlertingArgs, AlertingCheckArgs, AlertingCommand, AlertingRouteArgs, AlertingSendTestArgs, Outcome, count,
};
use hyper::Method;
use plumbago_alerting::{Alerting, Secrets, load, load_dry};
use plumbago_rules::{FileError, Labels, Note, show_duration};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Does what was asked.
///
/// # Errors
/// The file cannot be read or is wrong, or the server cannot be reached, or refuses.
pub(crate) fn alerting(
    args: &AlertingArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    match &args.command {
        AlertingCommand::Check(args) => check(args, out, err),
        AlertingCommand::Route(args) => route(args, out, err),
        AlertingCommand::SendTest(args) => send_test(args, out),
    }
}

/// How a file is read: as a server does, or without the secrets of receivers.
type Load = fn(&str, &str, &dyn Secrets) -> Result<(Alerting, Vec<Note>), Vec<FileError>>;

/// The file, or every fault of it on `err`.
fn read(path: &Path, load: Load, err: &mut dyn Write) -> Result<Option<Alerting>, CommandError> {
    let text = text_of(path)
        .map_err(|cause| CommandError::new(format!("{}: cannot be read: {cause}", path.display())))?;
    match load(&path.display().to_string(), &text, &FileSurroundings::of(path)) {
        Ok((alerting, notes)) => {
            for note in notes {
                writeln!(err, "{note}")?;
            }
            Ok(Some(alerting))
        }
        Err(errors) => {
            for error in errors {
                writeln!(err, "{error}")?;
            }
            Ok(None)
        }
    }
}

fn check(
    args: &AlertingCheckArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let Some(alerting) = read(&args.file, load, err)? else { return Ok(Outcome::Failed) };
    let parts = [
        count(alerting.routes.len(), "route"),
        count(alerting.receivers.len(), "receiver"),
        count(alerting.inhibit_rules.len(), "inhibit rule"),
        count(alerting.time_intervals.len(), "time interval"),
    ];
    writeln!(out, "{}: in order: {}", args.file.display(), parts.join(", "))?;
    Ok(Outcome::Done)
}

fn route(
    args: &AlertingRouteArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let labels = args.labels.iter().map(|text| label(text)).collect::<Result<Labels, CommandError>>()?;
    let Some(alerting) = read(&args.file, load_dry, err)? else { return Ok(Outcome::Failed) };
    for (route, group) in alerting.route(&labels) {
        let times = [
            ("group_wait", route.group_wait_ms),
            ("group_interval", route.group_interval_ms),
            ("repeat_interval", route.repeat_interval_ms),
        ];
        let times: Vec<String> =
            times.iter().map(|(name, time_ms)| format!("{name} {}", show_duration(*time_ms))).collect();
        writeln!(out, "{}  group {}  {}", plain(&route.receiver), plain(&group), times.join("  "))?;
    }
    Ok(Outcome::Done)
}

/// A label and its value. What looks like a condition of a route is refused, since no alarm has such labels.
fn label(text: &str) -> Result<(String, String), CommandError> {
    let condition = ["=~", "!=", "!~", "=="].iter().filter_map(|sign| text.find(sign)).min();
    if condition.is_some_and(|at| text.find('=').is_none_or(|equals| at <= equals)) {
        return Err(CommandError::new(format!(
            "{text:?} is a condition: expected a label of an alarm and its value, such as severity=critical"
        )));
    }
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty() && name.trim() == *name)
        .ok_or_else(|| {
            CommandError::new(format!("{text:?}: expected a label and its value, such as severity=critical"))
        })?;
    Ok((name.to_owned(), value.to_owned()))
}

fn send_test(args: &AlertingSendTestArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    let body = json!({ "receiver": args.receiver });
    let path = "/api/v1/alerting/send-test";
    let answer: Value = client::exchange(args.server.url(), Method::POST, path, Some(&body))?;
    let attempts = answer["attempts"].as_array().map_or(&[][..], Vec::as_slice);
    if attempts.is_empty() {
        writeln!(out, "{} sends to nothing: nobody is told by it", plain(&args.receiver))?;
    }
    let mut are_all_sent = !attempts.is_empty();
    for attempt in attempts {
        let text = |field: &str| plain(attempt[field].as_str().unwrap_or_default());
        let (kind, took_ms) = (text("integration"), attempt["tookMs"].as_u64().unwrap_or(0));
        are_all_sent &= text("outcome") == "sent";
        match text("outcome").as_str() {
            "sent" => writeln!(out, "{kind}  sent after {took_ms} ms")?,
            "queued" => writeln!(out, "{kind}  not sent yet: {}", text("reason"))?,
            _ => writeln!(out, "{kind}  not sent, and not tried again: {} ({took_ms} ms)", text("reason"))?,
        }
    }
    Ok(if are_all_sent { Outcome::Done } else { Outcome::Failed })
}
