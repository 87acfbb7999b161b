//! One rule of a group: which kind it is, and what all kinds have.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;

use super::common::check_expression;
use super::fault::Faults;
use super::fields::{Fields, text};
use super::tree::{Mark, Node};
use super::{event, group, labels, record};
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
    let (what, keys, others, other_what) = match kind {
        "record" => ("a record rule", record::KEYS, event::KEYS, "event rules"),
        _ => ("an event rule", event::KEYS, record::KEYS, "record rules"),
    };
    let elsewhere = |key: &str| {
        let is_other = others.contains(&key);
        is_other.then(|| format!("{key} is a key of {other_what}, not of {what}"))
    };
    fields.refuse_unknown(what, keys, elsewhere, faults);
    for (key, reason) in WITHOUT_EFFECT {
        if let Some(mark) = fields.key_mark(key) {
            faults.note(mark, format!("{key} has no effect: {reason}"));
        }
    }
    let name_node = fields.get(kind)?;
    let name = text(name_node, kind, faults);
    let expression = expression(&fields, faults);
    let delay_ms = fields.duration_ms("delay", limits::RULE_DELAY_MS_MAX, faults);
    let limit = group::limit(&fields, faults).unwrap_or(group_limit);
    let mut labels = group_labels.clone();
    labels.extend(fields.get("labels").map(|node| labels::read(node, faults)).unwrap_or_default());
    let made = match kind {
        "record" => Some(Kind::Record(record::read(&fields, name.map(|name| (name_node, name)), faults))),
        _ => event::read(&fields, name.map(|name| (name_node, name)), faults).map(Kind::Event),
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

/// Which kind of rule it is.
fn kind(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<&'static str> {
    let kinds: Vec<&str> =
        ["record", "event", "alert"].into_iter().filter(|kind| fields.get(kind).is_some()).collect();
    let (mark, message) = match kinds.as_slice() {
        [kind @ ("record" | "event")] => return Some(kind),
        [_alert] => {
            let message = "alert rules are not evaluated by this version, which has record and event rules";
            (fields.key_mark("alert"), message.to_owned())
        }
        [] => {
            // What was written instead may be a slip in just that key.
            let slip = fields.entries().iter().find_map(|(key, _)| {
                nearest(&key.name, ["record", "event"].into_iter()).map(|near| (key, near))
            });
            match slip {
                Some((key, near)) => {
                    let message = format!("unknown key {:?} of a rule: did you mean {near:?}?", key.name);
                    (Some(key.mark), message)
                }
                None => (None, "a rule has one of the keys record and event".to_owned()),
            }
        }
        [first, other, ..] => {
            let message = format!("a rule has one of the keys record and event, and here is {first} already");
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
