//! Decisions that were made before, so that a known name costs one look-up.
//!
//! Invariant: what is remembered is bounded: two generations of at most `size` names each. A name that is asked for moves
//! to the younger one; when that is full, the older one is forgotten as a whole. Forgetting is always right.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::decision::{CarbonRules, Decision};

/// Decisions by the name as it was received.
#[derive(Debug)]
pub struct Decisions {
    size: usize,
    young: HashMap<Box<str>, Arc<Decision>, RandomState>,
    old: HashMap<Box<str>, Arc<Decision>, RandomState>,
}

impl Decisions {
    /// A memory of at least `size` names, and at most twice as many; at least one.
    pub fn with_size(size: usize) -> Self {
        Self { size: size.max(1), young: HashMap::default(), old: HashMap::default() }
    }

    /// Forgets everything: the rules have changed.
    pub fn clear(&mut self) {
        *self = Self::with_size(self.size);
    }

    /// What `rules` decide about `name`. They must be the same since the last [`Decisions::clear`].
    pub fn get(&mut self, name: &str, rules: &CarbonRules) -> Arc<Decision> {
        if let Some(known) = self.young.get(name) {
            return known.clone();
        }
        let (key, decision) = match self.old.remove_entry(name) {
            Some(known) => known,
            None => (Box::from(name), Arc::new(rules.decide(name))),
        };
        if self.young.len() >= self.size {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, decision.clone());
        decision
    }

    /// How many decisions are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::aggregation::AggregationRules;
    use super::super::decision::Fate;
    use super::super::list::NameList;
    use super::super::rewrite::RewriteRules;
    use super::*;

    #[test]
    fn memory_is_bounded_and_answers_stay_right() {
        let rules = CarbonRules {
            blacklist: Some(NameList::parse("7$", Path::new("b")).0),
            whitelist: None,
            rewrite: RewriteRules::default(),
            aggregation: AggregationRules::default(),
            forward_all: true,
        };
        let mut decisions = Decisions::with_size(10);
        for round in 0..3 {
            for number in 0..100 {
                let name = format!("a.{number}");
                let expected = if number % 10 == 7 {
                    Fate::Refuse(plumbago_protocol::Refusal::Blacklisted)
                } else {
                    Fate::Keep
                };
                assert_eq!(decisions.get(&name, &rules).fate, expected, "{name} in round {round}");
                assert!(decisions.len() <= 20);
            }
        }
        assert!(decisions.len() > 10);
        decisions.clear();
        assert_eq!(decisions.len(), 0);
    }
}
