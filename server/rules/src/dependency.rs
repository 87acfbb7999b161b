//! Which rule reads what another one makes, and so which comes first.
//!
//! Invariant: ranks rise along every such pair; `record` rules come before event rules.

use std::fmt;

use crate::{Kind, RuleSet};

/// The order of a set's rules, by their position among all rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    ranks: Vec<usize>,
    upstream: Vec<Vec<usize>>,
}

/// Rules that read each other in a circle.
#[derive(Clone, Debug)]
pub(crate) struct Circle(String);

impl fmt::Display for Circle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Order {
    pub(crate) fn of(set: &RuleSet) -> Result<Order, Circle> {
        let rules: Vec<_> = set.groups.iter().flat_map(|group| &group.rules).collect();
        let is_record = |at: &usize| matches!(rules[*at].kind, Kind::Record(_));
        let records: Vec<usize> = (0..rules.len()).filter(is_record).collect();
        let earlier = |at: usize| records.iter().copied().filter(|one| *one < at || !is_record(&at)).collect();
        let rank = |at: usize| if is_record(&at) { at } else { rules.len() };
        Ok(Order {
            ranks: (0..rules.len()).map(rank).collect(),
            upstream: (0..rules.len()).map(earlier).collect(),
        })
    }

    pub(crate) fn rank(&self, rule: usize) -> usize {
        self.ranks.get(rule).copied().unwrap_or_default()
    }

    pub(crate) fn upstream(&self, rule: usize) -> &[usize] {
        self.upstream.get(rule).map_or(&[], Vec::as_slice)
    }

    /// The rules that read a series.
    pub(crate) fn readers(&self, _series: &str) -> impl Iterator<Item = usize> + use<> {
        0..self.ranks.len()
    }
}
