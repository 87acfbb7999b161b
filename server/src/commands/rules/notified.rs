//! Notifications that there would have been, as lines.

use super::time;
use crate::commands::CommandError;
use crate::commands::events::plain;
use plumbago_alerting::{
    AlarmStatus, Held, Notification, Notifications, NotificationsDifference, ReceiverTally, ToldAlarm,
};
use plumbago_rules::Labels;
use std::io::Write;

/// Alarms of a message that are shown on its line.
const SHOWN_MAX: usize = 3;

/// Counts for each receiver, then at most `limit` messages, and as many of what was held back.
///
/// # Errors
/// It cannot be written.
pub(super) fn show(
    notifications: &Notifications,
    source: &str,
    limit: usize,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    writeln!(out, "\nnotifications by {}, each of which counts as arrived at once", plain(source))?;
    writeln!(
        out,
        "{:<24} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "receiver",
        "sent",
        "firing",
        "resolved",
        "repeats",
        "digests",
        "inhibited",
        "silenced",
        "muted",
        "capped",
        "unsent"
    )?;
    for tally in &notifications.receivers {
        tally_line(tally, out)?;
    }
    for sent in notifications.sent.iter().take(limit) {
        writeln!(out, "{}", message_line(sent))?;
    }
    for held in notifications.held.iter().take(limit) {
        writeln!(out, "{}", held_line(held))?;
    }
    let listed = limit as u64;
    if notifications.sent_in_all > listed || notifications.held.len() as u64 > listed {
        writeln!(out, "there are more: --notifications shows up to 1000")?;
    }
    Ok(())
}

fn tally_line(tally: &ReceiverTally, out: &mut dyn Write) -> Result<(), CommandError> {
    let ReceiverTally { sent, firing, resolved, repeats, digests, .. } = tally;
    let ReceiverTally { inhibited, silenced, muted, capped, unsent, .. } = tally;
    writeln!(
        out,
        "{:<24} {sent:>8} {firing:>8} {resolved:>8} {repeats:>8} {digests:>8} {inhibited:>9} {silenced:>8} {muted:>8} \
         {capped:>8} {unsent:>8}",
        name(&tally.receiver, &tally.kind)
    )?;
    Ok(())
}

/// Counts for each receiver whose messages differ, and the first ones that do.
///
/// # Errors
/// It cannot be written.
pub(super) fn show_difference(
    difference: &NotificationsDifference,
    (old, new): &(String, String),
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let messages = &difference.messages;
    super::diff::counts("notifications", messages, out)?;
    let by = if old == new { plain(old) } else { format!("{}, then {}", plain(old), plain(new)) };
    writeln!(out, "by {by}")?;
    for one in &difference.receivers {
        writeln!(out, "  {:<24} {} -> {}", name(&one.receiver, &one.kind), one.old, one.new)?;
    }
    for example in &messages.examples {
        for (sign, message) in [("-", &example.old), ("+", &example.new)] {
            if let Some(message) = message {
                writeln!(out, "{sign} {}", message_line(message))?;
            }
        }
    }
    Ok(())
}

fn name(receiver: &str, kind: &str) -> String {
    format!("{} {}", plain(receiver), if kind.is_empty() { "(nothing)" } else { kind })
}

fn message_line(sent: &Notification) -> String {
    let alarms: Vec<String> = sent.alarms.iter().take(SHOWN_MAX).map(alarm).collect();
    let more = match sent.alarms_in_all.saturating_sub(alarms.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let at = time(sent.at_ms.div_euclid(1000));
    let (receiver, group) = (plain(&sent.receiver), plain(&sent.group_key));
    format!("{at} {receiver}  {:<8}  {group}  {}{more}", sent.reason.name(), alarms.join(", "))
}

fn alarm(told: &ToldAlarm) -> String {
    let end = if told.status == AlarmStatus::Resolved { " is over" } else { "" };
    format!("{}{end}", labels(&told.labels))
}

/// The name of an alarm, and those of its labels that tell it from others.
fn labels(all: &Labels) -> String {
    const HIDDEN: [&str; 4] = ["alertname", "alertgroup", "name", "series"];
    let own = all.iter().filter(|(name, _)| !HIDDEN.contains(&name.as_str()));
    let own: Vec<String> = own.map(|(name, value)| format!("{}={}", plain(name), plain(value))).collect();
    let name = all.get("alertname").map_or(String::new(), |name| plain(name));
    if own.is_empty() { name } else { format!("{name}[{}]", own.join(" ")) }
}

fn held_line(held: &Held) -> String {
    let alarms: Vec<String> = held.alarms.iter().take(SHOWN_MAX).map(|one| labels(&one.labels)).collect();
    let by = match held.by.as_slice() {
        [] => String::new(),
        by => format!(" by {}", by.iter().map(|one| plain(one)).collect::<Vec<_>>().join(", ")),
    };
    let more = if held.alarms.len() > SHOWN_MAX { ", …" } else { "" };
    let at = time(held.at_ms.div_euclid(1000));
    format!(
        "{at} {}  not told: {}{by}  {}{more}",
        plain(&held.receiver),
        held.cause.name(),
        alarms.join(", ")
    )
}
