//! Alarms that keep others from being told while they fire.
//!
//! Invariant: an alarm that meets both sides of a rule is not inhibited by others that do, itself among them. A source
//! counts whether or not anybody is told of it.

use std::collections::{BTreeMap, HashMap};

use plumbago_rules::{Fingerprint, Labels};

use crate::config::InhibitRule;
use crate::matcher::all_match;

/// Which alarms are sources now. Found again from the alarms after a start.
#[derive(Debug, Default)]
pub(crate) struct Inhibitor {
    /// A rule's sources, in the order of the rules.
    sources: Vec<Sources>,
}

/// The sources of a rule by the values of the labels that both sides share, each with whether it is a target as well.
type Sources = HashMap<Vec<String>, BTreeMap<Fingerprint, bool>>;

impl Inhibitor {
    /// No source yet.
    pub(crate) fn new(rules: &[InhibitRule]) -> Inhibitor {
        Inhibitor { sources: rules.iter().map(|_| Sources::new()).collect() }
    }

    /// An alarm with these labels fires. Whether it is a source that was none.
    pub(crate) fn begin(&mut self, rules: &[InhibitRule], fingerprint: Fingerprint, labels: &Labels) -> bool {
        let mut is_new = false;
        for (rule, sources) in rules.iter().zip(&mut self.sources) {
            if all_match(&rule.source, labels) {
                let is_target = all_match(&rule.target, labels);
                let sources = sources.entry(shared(rule, labels)).or_default();
                is_new |= sources.insert(fingerprint, is_target).is_none();
            }
        }
        is_new
    }

    /// An alarm does not fire with these labels any more. Whether it was a source.
    pub(crate) fn end(&mut self, rules: &[InhibitRule], fingerprint: Fingerprint, labels: &Labels) -> bool {
        let mut was_source = false;
        for (rule, sources) in rules.iter().zip(&mut self.sources) {
            if !all_match(&rule.source, labels) {
                continue;
            }
            let key = shared(rule, labels);
            let Some(found) = sources.get_mut(&key) else { continue };
            was_source |= found.remove(&fingerprint).is_some();
            if found.is_empty() {
                sources.remove(&key);
            }
        }
        was_source
    }

    /// Alarms that keep one with these labels from being told, one of each rule.
    pub(crate) fn inhibited_by(&self, rules: &[InhibitRule], labels: &Labels) -> Vec<Fingerprint> {
        let each = rules.iter().zip(&self.sources).filter_map(|(rule, sources)| {
            if sources.is_empty() || !all_match(&rule.target, labels) {
                return None;
            }
            let is_source = all_match(&rule.source, labels);
            let found = sources.get(&shared(rule, labels))?;
            found
                .iter()
                .find(|(_, is_target)| !(is_source && **is_target))
                .map(|(fingerprint, _)| *fingerprint)
        });
        each.collect()
    }
}

/// The values of the labels that both sides share; a missing one is empty.
fn shared(rule: &InhibitRule, labels: &Labels) -> Vec<String> {
    rule.equal.iter().map(|name| labels.get(name).cloned().unwrap_or_default()).collect()
}
