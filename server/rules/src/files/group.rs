//! `groups:` one group: its schedule, its labels and its rules.

use plumbago_protocol::limits;

use super::fault::Faults;
use super::fields::{Fields, text};
use super::labels;
use super::rule::{self, Places};
use super::tree::{Mark, Node, Value};
use crate::rule::Group;

/// The keys of a group.
pub(crate) const KEYS: &[&str] = &[
    "name",
    "interval",
    "window",
    "delay",
    "limit",
    "labels",
    "rules",
    "type",
    "eval_delay",
    "query_offset",
    "concurrency",
    "params",
    "eval_offset",
    "eval_alignment",
    "headers",
    "debug",
];

/// Keys that vmalert has and that change nothing here.
const WITHOUT_EFFECT: [(&str, &str); 6] = [
    ("concurrency", "rules run one after the other, in the order in which they read each other"),
    ("params", "expressions are evaluated here, not asked for over HTTP"),
    ("eval_offset", "rules run when a slot is closed"),
    ("eval_alignment", "rules run when a slot is closed"),
    ("headers", "expressions are evaluated here, not asked for over HTTP"),
    ("debug", "the state of a rule is shown by the list of rules"),
];

/// Seconds that an evaluation looks back where a group says nothing.
const WINDOW_SECONDS_DEFAULT: i64 = 300;

/// Reads a group; also returned are the places of its rules and of its name.
pub(super) fn read(node: &Node, faults: &mut Faults<'_>) -> Option<(Group, Vec<Places>, Mark)> {
    let fields = Fields::of(node, "a group", faults)?;
    fields.refuse_unknown("a group", KEYS, |_| None, faults);
    for (key, reason) in WITHOUT_EFFECT {
        if let Some(mark) = fields.key_mark(key) {
            faults.note(mark, format!("{key} has no effect: {reason}"));
        }
    }
    check_type(&fields, faults);
    let interval_secs = fields.duration_secs("interval", 1, limits::RULE_SPAN_SECONDS_MAX, faults);
    let window_secs = fields.duration_secs("window", 1, limits::RULE_SPAN_SECONDS_MAX, faults);
    let own = fields.duration_ms("delay", limits::RULE_DELAY_MS_MAX, faults);
    let mut others = None;
    for other in ["eval_delay", "query_offset"] {
        let delay = fields.duration_ms(other, limits::RULE_DELAY_MS_MAX, faults);
        let is_second = fields.get("delay").is_some() || others.is_some();
        if let (Some(mark), true) = (fields.key_mark(other), is_second) {
            faults.at(mark, format!("{other} is delay under another name: give one of them"));
        }
        others = others.or(delay);
    }
    let limit = limit(&fields, faults).unwrap_or(limits::RULE_RESULTS_DEFAULT);
    let labels = fields.get("labels").map(|node| labels::read(node, faults)).unwrap_or_default();
    let (name, name_mark) = name(&fields, faults)?;
    let mut rules = Vec::new();
    let mut places = Vec::new();
    for node in rule_nodes(&fields, faults) {
        if let Some((rule, place)) = rule::read(node, &labels, limit, faults) {
            rules.push(rule);
            places.push(place);
        }
    }
    let group = Group {
        file: faults.file.into(),
        name: name.into(),
        interval_secs,
        window_secs: window_secs.unwrap_or(WINDOW_SECONDS_DEFAULT),
        delay_ms: own.or(others),
        rules,
    };
    Some((group, places, name_mark))
}

/// Most results; 0 asks for no limit of its own.
pub(super) fn limit(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<usize> {
    fields.count("limit", limits::RULE_RESULTS_MAX, faults).filter(|limit| *limit > 0)
}

fn check_type(fields: &Fields<'_>, faults: &mut Faults<'_>) {
    let Some(node) = fields.get("type") else { return };
    if let Some(other) = text(node, "type", faults).filter(|found| *found != "graphite") {
        faults.at(
            node.mark,
            format!("the type of a group is graphite, not {other:?}: its expressions are Graphite's"),
        );
    }
}

fn name<'n>(fields: &Fields<'n>, faults: &mut Faults<'_>) -> Option<(&'n str, Mark)> {
    let Some(node) = fields.get("name") else {
        faults.at(fields.mark, "a group has a name");
        return None;
    };
    let name = text(node, "name", faults)?;
    if name.trim().is_empty() || name.len() > limits::RULE_GROUP_NAME_BYTES_MAX {
        let most = limits::RULE_GROUP_NAME_BYTES_MAX;
        faults.at(node.mark, format!("the name of a group has 1 to {most} bytes"));
        return None;
    }
    Some((name, node.mark))
}

fn rule_nodes<'n>(fields: &Fields<'n>, faults: &mut Faults<'_>) -> &'n [Node] {
    match fields.get("rules").map(|node| (&node.value, node)) {
        Some((Value::List(rules), _)) => rules,
        Some((_, node)) => {
            faults.at(node.mark, format!("rules is a list, not {}", node.kind()));
            &[]
        }
        None => {
            faults.at(fields.mark, "a group has rules, a list");
            &[]
        }
    }
}
