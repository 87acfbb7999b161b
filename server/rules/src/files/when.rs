//! `when` and `clear`: a condition, one for each level, or a word.
//!
//! Invariant: no value meets a condition and what clears it; between the two, the state holds.

use saphyr_parser::ScalarStyle;

use super::fault::Faults;
use super::fields::{Fields, text};
use super::quirk;
use super::tree::{Node, Value};
use crate::rule::{Check, Condition, Threshold};
use crate::{Severity, Truth};

/// What an event rule watches for; `None` if that is not said as it should be.
pub(super) fn read(fields: &Fields<'_>, faults: &mut Faults<'_>) -> Option<Check> {
    let clear = fields.get("clear");
    let Some(node) = fields.get("when") else {
        if let Some(mark) = fields.key_mark("clear") {
            faults.at(mark, "clear says when something is over that when says: there is no when");
        }
        return Some(Check::Present);
    };
    if let Value::Map(_) = &node.value {
        return levels(node, clear, faults).map(Check::Level);
    }
    let written = text(node, "when", faults)?.trim();
    let check = match word(written) {
        Some(check) => check,
        None => {
            let condition = condition(node, written, faults)?;
            let over = match clear {
                Some(clear) => clear_of(clear, condition, faults)?,
                None => condition.opposite(),
            };
            return Some(Check::Level(Threshold { levels: vec![(None, condition)], clear: vec![over] }));
        }
    };
    match (clear, check) {
        (None, Ok(check)) => Some(check),
        (Some(clear), Ok(_)) => {
            faults.at(clear.mark, format!("clear goes with a condition, and when is {written:?}"));
            None
        }
        (_, Err(reason)) => {
            faults.at(node.mark, reason);
            None
        }
    }
}

/// A check that is written in words; `None` if the text begins as a condition does.
fn word(written: &str) -> Option<Result<Check, String>> {
    let simple = match written {
        "absent" => Some(Check::Absent),
        "appears" => Some(Check::Appears),
        "vanishes" => Some(Check::Vanishes),
        "changes" => Some(Check::Change { by: None, percent: false }),
        _ => None,
    };
    if let Some(check) = simple {
        return Some(Ok(check));
    }
    if let Some(by) = written.strip_prefix("changes by ") {
        let (number, percent) = match by.trim_end().strip_suffix('%') {
            Some(number) => (number, true),
            None => (by, false),
        };
        let condition = Condition::parse(number).map_err(|error| format!("when: {error}"));
        return Some(condition.map(|by| Check::Change { by: Some(by), percent }));
    }
    if written.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let known = ["absent", "appears", "vanishes", "changes"];
        let first = written.split_whitespace().next().unwrap_or_default();
        let near = match crate::nearest::nearest(first, known.into_iter()) {
            Some(near) if near != first => format!(": did you mean {near:?}?"),
            _ => "; there are absent, appears, vanishes, changes, \"changes by > 10\" and conditions as \"> 90\"".to_owned(),
        };
        return Some(Err(format!("when is {written:?}, which is unknown{near}")));
    }
    None
}

fn condition(node: &Node, written: &str, faults: &mut Faults<'_>) -> Option<Condition> {
    match Condition::parse(written) {
        Ok(condition) => Some(condition),
        Err(error) => {
            // `>9` without quotes is the head of a text in the lines below, to YAML.
            let is_block = matches!(&node.value, Value::Text(text) if text.style == ScalarStyle::Folded);
            let unquoted = if is_block { quirk::near(faults.text, node.mark.line) } else { None };
            let (mark, message) = unquoted.unwrap_or_else(|| (node.mark, error.to_string()));
            faults.at(mark, message);
            None
        }
    }
}

/// What ends a condition, if no value meets both.
fn clear_of(node: &Node, when: Condition, faults: &mut Faults<'_>) -> Option<Condition> {
    if let Value::Map(_) = &node.value {
        faults.at(node.mark, "clear is one condition, as when is");
        return None;
    }
    let clear = condition(node, text(node, "clear", faults)?, faults)?;
    let (low, high) = (when.number.min(clear.number), when.number.max(clear.number));
    // Both conditions are steady between these values.
    let values = [f64::NEG_INFINITY, low, low / 2.0 + high / 2.0, high, f64::INFINITY];
    let both = |value: &f64| [when, clear].iter().all(|one| one.holds(Some(*value)) == Truth::True);
    if values.iter().any(both) {
        faults.at(node.mark, format!("a value can meet both when \"{when}\" and clear \"{clear}\""));
        return None;
    }
    Some(clear)
}

/// `when: {warning: "> 80", critical: "> 90"}`, with a `clear` of the same form or none.
fn levels(node: &Node, clear: Option<&Node>, faults: &mut Faults<'_>) -> Option<Threshold> {
    let mut conditions = by_severity(node, "when", faults)?;
    if conditions.is_empty() {
        faults.at(node.mark, "when has no level");
        return None;
    }
    conditions.sort_by_key(|(severity, ..)| *severity);
    let clears = match clear {
        None => Vec::new(),
        Some(clear) => match &clear.value {
            Value::Map(_) => by_severity(clear, "clear", faults)?,
            _ => {
                faults.at(clear.mark, "clear has levels as when has");
                return None;
            }
        },
    };
    let unknown = clears.iter().find(|(severity, ..)| conditions.iter().all(|(known, ..)| known != severity));
    if let Some((_, _, node)) = unknown {
        faults.at(node.mark, "clear has a level that when has not");
        return None;
    }
    let mut threshold = Threshold { levels: Vec::new(), clear: Vec::new() };
    for (severity, condition, _) in conditions {
        let given = clears.iter().find(|(level, ..)| *level == severity);
        threshold.clear.push(match given {
            Some((_, _, node)) => clear_of(node, condition, faults)?,
            None => condition.opposite(),
        });
        threshold.levels.push((Some(severity), condition));
    }
    Some(threshold)
}

/// The conditions of a mapping of levels.
fn by_severity<'n>(
    node: &'n Node,
    what: &str,
    faults: &mut Faults<'_>,
) -> Option<Vec<(Severity, Condition, &'n Node)>> {
    let fields = Fields::of(node, what, faults)?;
    let mut conditions = Vec::new();
    let mut is_whole = true;
    for (key, node) in fields.entries() {
        let Some(severity) = Severity::named(&key.name) else {
            faults.at(
                key.mark,
                format!("a level is one of info, warning, error, critical, not {:?}", key.name),
            );
            is_whole = false;
            continue;
        };
        match text(node, &key.name, faults).and_then(|written| condition(node, written, faults)) {
            Some(condition) => conditions.push((severity, condition, node)),
            None => is_whole = false,
        }
    }
    is_whole.then_some(conditions)
}
