//! One rule of a group: which kind it is, and what all kinds have.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;

use super::common::check_expression;
use super::fault::Faults;
use super::fields::{Fields, text};
use super::tree::{Mark, Node};
use super::{alert, event, group, labels, record};
use crate::nearest::nearest;
use crate::rule::{Kind, Rule};

/// Where parts of a rule stand in its file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    pub(super) name: Mark,
    pub(super) expression: Mark,
}

/// Reads a rule. With something wrong in it there is none, and all of it is reported.
pub(super) fn read(
    node: &Node,
    group_labels: &BTreeMap<String, String>,
    group_limit: usize,
    faults: &mut Faults<'_>,
) -> Option<(Rule, Places)> {
    let fields = Fields::of(node, "a rule", faults)?;
    let kind = kind(&fields, faults)?;
    let before = faults.errors.len();
    let (_, what, _, keys) = kind;
    let elsewhere = |key: &str| {
        let mut others = KINDS.iter().filter(|(.., keys)| keys.contains(&key));
        others.next().map(|(_, _, others, _)| format!("{key} is a key of {others}, not of {what}"))
    };
    fields.refuse_unknown(what, keys, elsewhere, faults);
    let kind = kind.0;
    for (key, reason) in WITHOUT_EFFECT {
        if let Some(mark) = fields.key_mark(key) {
            faults.note(mark, format!("{key} has no effect: {reason}"));
        }
    }
    let name_node = fields.get(kind)?;
    let name = text(name_node, kind, faults);
    let (expression, over) = match alert::over(&fields, kind, faults) {
        Some(events) => {
            (events.as_ref().map(|(over, mark)| (Arc::from(over.search.as_str()), *mark)), events)
        }
        None => (expression(&fields, faults), None),
    };
    let delay_ms = fields.duration_ms("delay", limits::RULE_DELAY_MS_MAX, faults);
    let limit = group::limit(&fields, faults).unwrap_or(group_limit);
    let mut labels = group_labels.clone();
    labels.extend(fields.get("labels").map(|node| labels::read(node, faults)).unwrap_or_default());
    let made = match kind {
        "record" => Some(Kind::Record(record::read(&fields, name.map(|name| (name_node, name)), faults))),
        "event" => event::read(&fields, name.map(|name| (name_node, name)), faults).map(Kind::Event),
        _ => alert::read(&fields, name.map(|name| (name_node, name)), over, faults).map(Kind::Alert),
    };
    let (Some(name), Some((expression, expression_mark)), Some(kind)) = (name, expression, made) else {
        return None;
    };
    if faults.errors.len() > before {
        return None;
    }
    let line = fields.mark.line;
    let places = Places { name: name_node.mark, expression: expression_mark };
    let rule = Rule { line, name: name.into(), expression, delay_ms, limit, labels, kind };
    Some((rule, places))
}

/// Every kind: its key, one of it and many of it, and its keys.
type KindKeys = (&'static str, &'static str, &'static str, &'static [&'static str]);

const KINDS: [KindKeys; 3] = [
    ("record", "a record rule", "record rules", record::KEYS),
    ("event", "an event rule", "event rules", event::KEYS),
    ("alert", "an alert rule", "alert rules", alert::KEYS),
];

/// Which kind of rule it is.
fn kind(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<&'static KindKeys> {
    let kinds: Vec<&KindKeys> = KINDS.iter().filter(|(key, ..)| fields.get(key).is_some()).collect();
    let (mark, message) = match kinds.as_slice() {
        [kind] => return Some(kind),
        [] => {
            // What was written instead may be a slip in just that key.
            let slip = fields.entries().iter().find_map(|(key, _)| {
                nearest(&key.name, KINDS.iter().map(|(key, ..)| *key)).map(|near| (key, near))
            });
            match slip {
                Some((key, near)) => {
                    let message = format!("unknown key {:?} of a rule: did you mean {near:?}?", key.name);
                    (Some(key.mark), message)
                }
                None => (None, "a rule has one of the keys record, event and alert".to_owned()),
            }
        }
        [(first, ..), (other, ..), ..] => {
            let message =
                format!("a rule has one of the keys record, event and alert, and here is {first} already");
            (fields.key_mark(other), message)
        }
    };
    faults.at(mark.unwrap_or(fields.mark), message);
    None
}

/// Keys of others that change nothing here.
const WITHOUT_EFFECT: [(&str, &str); 2] = [
    ("debug", "the state of a rule is shown by the list of rules"),
    ("update_entries_limit", "the state of a rule is shown by the list of rules"),
];

/// The expression, if it is right.
fn expression(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<(Arc<str>, Mark)> {
    let Some(node) = fields.get("expr") else {
        faults.at(fields.mark, "a rule has the key expr");
        return None;
    };
    let written = text(node, "expr", faults)?.trim_end();
    check_expression(node, written, faults).then(|| (Arc::from(written), node.mark))
}
