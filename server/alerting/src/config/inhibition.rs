//! `inhibit_rules:`.

use plumbago_protocol::limits;
use plumbago_rules::yaml::{Faults, Fields, Node};

use super::matchers;
use super::route::list;
use crate::matcher::Matcher;

const KEYS: &[&str] = &[
    "name",
    "source_matchers",
    "source_match",
    "source_match_re",
    "target_matchers",
    "target_match",
    "target_match_re",
    "equal",
];

/// While an alarm of one kind fires, others are not told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InhibitRule {
    /// Which alarms keep others from being told.
    pub source: Vec<Matcher>,
    /// Which others.
    pub target: Vec<Matcher>,
    /// Labels in which both have the same value, in the order of their names.
    pub equal: Vec<String>,
}

/// Reads all of them.
pub(super) fn read(node: &Node, faults: &mut Faults<'_>) -> Vec<InhibitRule> {
    let nodes = list(node, "inhibit_rules", faults);
    if nodes.len() > limits::INHIBIT_RULES_MAX {
        faults.at(node.mark, format!("at most {} rules of inhibition", limits::INHIBIT_RULES_MAX));
        return Vec::new();
    }
    nodes.iter().filter_map(|node| one(node, faults)).collect()
}

fn one(node: &Node, faults: &mut Faults<'_>) -> Option<InhibitRule> {
    let fields = Fields::of(node, "a rule of inhibition", faults)?;
    fields.refuse_unknown("a rule of inhibition", KEYS, |_| None, faults);
    let source = ["source_matchers", "source_match", "source_match_re"];
    let target = ["target_matchers", "target_match", "target_match_re"];
    for keys in [source, target] {
        if keys.iter().all(|key| fields.get(key).is_none()) {
            faults.at(fields.mark, format!("a rule of inhibition has {}, a list of conditions", keys[0]));
        }
    }
    let mut equal: Vec<String> =
        fields.texts("equal", faults).into_iter().map(|(_, name)| name.to_owned()).collect();
    equal.sort();
    equal.dedup();
    Some(InhibitRule {
        source: matchers::read(&fields, source, faults),
        target: matchers::read(&fields, target, faults),
        equal,
    })
}
