//! The keys that only `event` rules have.

use plumbago_protocol::limits;

use super::common::template;
use super::fault::Faults;
use super::fields::{Fields, text};
use super::tree::{Node, Value};
use super::when;
use crate::Severity;
use crate::rule::{Check, EventRule};

/// The keys of an event rule; `anomaly` is known in order to be refused by its name.
pub(crate) const KEYS: &[&str] = &[
    "event",
    "expr",
    "when",
    "clear",
    "for",
    "by",
    "kind",
    "severity",
    "text",
    "tags",
    "labels",
    "delay",
    "limit",
    "anomaly",
    "debug",
    "update_entries_limit",
];

/// Reads what only an event rule has, and checks its title.
pub(super) fn read(
    fields: &Fields<'_>,
    title: Option<(&Node, &str)>,
    faults: &mut Faults<'_>,
) -> Option<EventRule> {
    if let Some((node, title)) = title {
        template(node, title, faults);
    }
    if let Some(mark) = fields.key_mark("anomaly") {
        faults.at(
            mark,
            "anomaly is not evaluated by this version, which has no anomalyScore; use when with a condition",
        );
    }
    let check = when::read(fields, faults);
    let for_secs = fields.duration_secs("for", 0, limits::RULE_SPAN_SECONDS_MAX, faults).unwrap_or(0);
    let templated = |key: &str, faults: &mut Faults<'_>| {
        let node = fields.get(key)?;
        let written = text(node, key, faults)?;
        template(node, written, faults).map(|compiled| (node, written.to_owned(), compiled.uses_value()))
    };
    let by = templated("by", faults);
    if let Some((node, ..)) = by.as_ref().filter(|(.., uses_value)| *uses_value) {
        faults.at(node.mark, "by does not depend on value or last: it says which series belong together");
    }
    let event_text = templated("text", faults).map(|(_, written, _)| written).unwrap_or_default();
    let kind = fields.text("kind", faults).map(str::to_owned);
    let severity = severity(fields, check.as_ref(), faults);
    let mut tags = Vec::new();
    for (node, tag) in fields.texts("tags", faults) {
        if template(node, tag, faults).is_some() {
            tags.push(tag.to_owned());
        }
    }
    let check = check?;
    Some(EventRule {
        event_kind: kind.unwrap_or_else(|| default_kind(&check).to_owned()),
        check,
        for_secs,
        by: by.map(|(_, written, _)| written),
        severity,
        text: event_text,
        tags,
    })
}

fn severity(fields: &Fields<'_>, check: Option<&Check>, faults: &mut Faults<'_>) -> Severity {
    let Some(node) = fields.get("severity") else { return Severity::default() };
    if matches!(fields.get("when").map(|node| &node.value), Some(Value::Map(_))) && check.is_some() {
        faults.at(node.mark, "the levels of when give the severity");
    }
    let Some(name) = text(node, "severity", faults) else { return Severity::default() };
    Severity::named(name).unwrap_or_else(|| {
        faults.at(node.mark, format!("severity is one of info, warning, error, critical, not {name:?}"));
        Severity::default()
    })
}

/// The kind of events whose rule names none.
fn default_kind(check: &Check) -> &'static str {
    match check {
        Check::Present => "seen",
        Check::Level(_) => "level",
        Check::Change { .. } => "change",
        Check::Absent => "absent",
        Check::Appears => "appeared",
        Check::Vanishes => "vanished",
    }
}
