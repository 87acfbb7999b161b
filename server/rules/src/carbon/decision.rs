//! What becomes of the points of a name, by all four files together.
//!
//! Invariant: a decision depends on the name and the rules alone, so that it can be kept for as long as the rules stay.
//! The order is carbon's: blacklist, whitelist (both on the name as it was received), `[pre]`, aggregation, `[post]`, the
//! store. Aggregates go to the store as they are named by their rule.

use std::borrow::Cow;
use std::sync::Arc;

use plumbago_protocol::{Refusal, canonical};

use super::aggregation::{AggregationRule, AggregationRules};
use super::list::NameList;
use super::pattern::Search;
use super::rewrite::{RewriteRules, Ruleset};

/// The rules of all four files.
#[derive(Debug, Clone)]
pub struct CarbonRules {
    /// Names that are refused; `None`: no such list.
    pub blacklist: Option<NameList>,
    /// Names that are let in, unless the list is empty; `None`: all.
    pub whitelist: Option<NameList>,
    /// How names are changed.
    pub rewrite: RewriteRules,
    /// What is made of which points.
    pub aggregation: AggregationRules,
    /// Whether points are stored besides entering aggregates.
    pub forward_all: bool,
}

/// What becomes of the points of one name.
#[derive(Debug, Clone)]
pub struct Decision {
    /// What the store is given.
    pub fate: Fate,
    /// The aggregates that take the points, in the order of their rules. An aggregate occurs as often as rules name it.
    pub outputs: Box<[Output]>,
    /// Whether a search took too many steps, so that its rule did not count.
    pub gave_up: bool,
}

/// Whether and under which name points are stored themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Under the name they came with.
    Keep,
    /// Under this one, which may have to be brought into canonical form.
    Rename(Arc<str>),
    /// Not at all: only in their aggregates.
    Absorb,
    /// Not at all, for this reason.
    Refuse(Refusal),
}

/// One aggregate that takes the points of a name.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name, in canonical form where it has one.
    pub name: Arc<str>,
    /// The rule that sends the points there.
    pub rule: Arc<AggregationRule>,
}

impl Decision {
    fn refused(refusal: Refusal, gave_up: bool) -> Self {
        Self { fate: Fate::Refuse(refusal), outputs: Box::default(), gave_up }
    }
}

impl CarbonRules {
    /// What becomes of the points of `name`, given as it was received.
    pub fn decide(&self, name: &str) -> Decision {
        let mut gave_up = false;
        if let Some(refusal) = self.refusal(name, &mut gave_up) {
            return Decision::refused(refusal, gave_up);
        }
        let pre = self.rewrite.apply(Ruleset::Pre, name);
        gave_up |= pre.gave_up;
        let outputs = self.outputs(&pre.name, &mut gave_up);
        if !self.forward_all && outputs.is_empty() {
            return Decision::refused(Refusal::NotAggregated, gave_up);
        }
        let is_forwarded = self.forward_all && {
            let own = canonical_or_raw(&pre.name);
            !outputs.iter().any(|output| *output.name == *own)
        };
        let fate = if is_forwarded {
            let post = self.rewrite.apply(Ruleset::Post, &pre.name);
            gave_up |= post.gave_up;
            if post.name == name { Fate::Keep } else { Fate::Rename(Arc::from(post.name.as_ref())) }
        } else {
            Fate::Absorb
        };
        Decision { fate, outputs: outputs.into_boxed_slice(), gave_up }
    }

    /// How many rules there are, in all four files.
    pub fn len(&self) -> usize {
        let lists = [&self.blacklist, &self.whitelist];
        let listed: usize = lists.into_iter().flatten().map(NameList::len).sum();
        listed + self.rewrite.len() + self.aggregation.len()
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the lists say against a name.
    fn refusal(&self, name: &str, gave_up: &mut bool) -> Option<Refusal> {
        let mut is_in = |list: &NameList| {
            let found = list.search(name);
            *gave_up |= found == Search::GaveUp;
            found == Search::Found
        };
        if self.blacklist.as_ref().is_some_and(&mut is_in) {
            return Some(Refusal::Blacklisted);
        }
        let whitelist = self.whitelist.as_ref().filter(|list| !list.is_empty())?;
        (!is_in(whitelist)).then_some(Refusal::NotWhitelisted)
    }

    fn outputs(&self, name: &str, gave_up: &mut bool) -> Vec<Output> {
        let mut outputs = Vec::new();
        for rule in self.aggregation.iter() {
            match rule.output(name) {
                Ok(Some(output)) => {
                    let name = Arc::from(canonical_or_raw(&output).as_ref());
                    outputs.push(Output { name, rule: rule.clone() });
                }
                Ok(None) => {}
                Err(_) => *gave_up = true,
            }
        }
        outputs
    }
}

/// The canonical form of a name. One that has none is left to the store, which refuses it and says why.
fn canonical_or_raw(name: &str) -> Cow<'_, str> {
    canonical(name).unwrap_or(Cow::Borrowed(name))
}

#[cfg(test)]
mod tests;
