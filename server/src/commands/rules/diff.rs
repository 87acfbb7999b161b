//! `plumbago rules diff`: what new rules would have made otherwise than old ones.

use super::directory::History;
use super::progress::Progress;
use super::{alarm_line, files, notified, remote, telling, time};
use crate::cli::{Outcome, RulesDiffArgs, StoreChoice};
use crate::commands::{CommandError, event_line};
use crate::rule_history::{Compared, compared, load};
use plumbago_rules::{EventDifference, PartDifference, PointDifference};
use serde_json::json;
use std::io::Write;
use std::ops::ControlFlow;

/// Prints counts and first examples.
///
/// # Errors
/// Rules or times that are wrong, a store that cannot be read.
pub(super) fn diff(
    args: &RulesDiffArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let (old, new) =
        (files::texts(std::slice::from_ref(&args.old))?, files::texts(std::slice::from_ref(&args.new))?);
    let old_set = load(&old).map_err(|errors| files::faults(&errors))?;
    let new_set = load(&new).map_err(|errors| files::faults(&errors))?;
    let difference: Compared = match args.store.choice() {
        StoreChoice::Server(url) => {
            let alerting = telling::text(args.alerting.as_ref())?;
            let new_alerting = telling::text(args.new_alerting.as_ref())?;
            writeln!(err, "{url} works on it")?;
            let request = json!({
                "old": old,
                "new": new,
                "from": args.from,
                "until": args.until,
                "alerting": alerting,
                "new_alerting": new_alerting,
            });
            remote::ask(url, "/api/v1/rules/diff", &request)?
        }
        StoreChoice::Directory(path) => {
            let history = History::to_read(path, &args.store)?;
            let span = history.span(&args.from, &args.until)?;
            let mut progress = Progress::new(err, span.from_secs, span.until_secs);
            let old_telling = history.telling(args.alerting.as_deref())?;
            let new_telling = history.telling(args.new_alerting.as_deref().or(args.alerting.as_deref()))?;
            let telling = old_telling.as_ref().zip(new_telling.as_ref());
            let difference = history.with(span, |backtest| {
                compared(backtest, (&old_set, &new_set), telling, &mut |at_secs| {
                    progress.at(at_secs);
                    ControlFlow::Continue(())
                })
            });
            progress.end();
            difference.map_err(|error| CommandError::new(error.to_string()))?.unwrap_or_default()
        }
    };
    if args.json {
        let text =
            serde_json::to_string(&difference).map_err(|error| CommandError::new(error.to_string()))?;
        writeln!(out, "{text}")?;
    } else {
        show(&difference, out)?;
    }
    Ok(Outcome::Done)
}

fn show(compared: &Compared, out: &mut dyn Write) -> std::io::Result<()> {
    let difference = &compared.difference;
    counts("points", &difference.points, out)?;
    for point in &difference.points.examples {
        point_line(point, out)?;
    }
    counts("events", &difference.events, out)?;
    for event in &difference.events.examples {
        event_lines(event, out)?;
    }
    counts("alarms", &difference.alarms, out)?;
    for alarm in &difference.alarms.examples {
        for (sign, alarm) in [("-", &alarm.old), ("+", &alarm.new)] {
            if let Some(alarm) = alarm {
                writeln!(out, "{sign} {}", alarm_line(alarm))?;
            }
        }
    }
    if let (Some(notifications), Some(by)) = (&compared.notifications, &compared.alerting) {
        notified::show_difference(notifications, by, out)?;
    }
    for (which, failures) in [("old", difference.old_failures), ("new", difference.new_failures)] {
        if failures > 0 {
            writeln!(
                out,
                "{failures} evaluations of the {which} rules failed: a backtest of them tells why"
            )?;
        }
    }
    Ok(())
}

/// How many of something differ, on a line.
pub(super) fn counts<T>(what: &str, part: &PartDifference<T>, out: &mut dyn Write) -> std::io::Result<()> {
    let PartDifference { same, added, removed, changed, .. } = part;
    writeln!(out, "{what}: {added} added, {removed} removed, {changed} changed, {same} the same")
}

fn point_line(point: &PointDifference, out: &mut dyn Write) -> std::io::Result<()> {
    let (at, series) = (time(point.slot_secs), &point.series);
    match (point.old, point.new) {
        (Some(old), Some(new)) => writeln!(out, "~ {at}  {series}  {old} -> {new}"),
        (Some(old), None) => writeln!(out, "- {at}  {series}  {old}"),
        (None, Some(new)) => writeln!(out, "+ {at}  {series}  {new}"),
        (None, None) => Ok(()),
    }
}

fn event_lines(event: &EventDifference, out: &mut dyn Write) -> std::io::Result<()> {
    if let Some(old) = &event.old {
        writeln!(out, "- {}", event_line(old))?;
    }
    if let Some(new) = &event.new {
        writeln!(out, "+ {}", event_line(new))?;
    }
    Ok(())
}
