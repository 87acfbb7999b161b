//! Which rules come before which, and which ones read a series: the order of a set, by position among all its rules.
//!
//! Invariant: a rule stands after those that it reads from. What an expression may read is told from its text, so that a
//! reader may be named too often, and never too seldom.

use plumbago_protocol::{TagExpression, split_tags};
use plumbago_query::Selection;

use crate::readers::Readers;
use crate::{Ranks, RuleError, RuleSet};

/// The order of a set's rules.
#[derive(Debug, Default)]
pub(crate) struct Order {
    ranks: Vec<usize>,
    upstream: Vec<Vec<usize>>,
    downstream: Vec<Vec<usize>>,
    readers: Readers,
}

impl Order {
    /// The order of a set.
    ///
    /// # Errors
    /// Rules that read each other in a circle; `files` refuses them with their place.
    pub(crate) fn of(set: &RuleSet) -> Result<Order, RuleError> {
        let ranks = Ranks::of(set).map_err(|cycles| circle(set, &cycles))?;
        let mut first_of_group = Vec::with_capacity(set.groups.len());
        let mut count = 0;
        for group in &set.groups {
            first_of_group.push(count);
            count += group.rules.len();
        }
        let mut order = Order::default();
        let mut reads = Vec::with_capacity(count);
        for (group_at, group) in set.groups.iter().enumerate() {
            for (rule_at, rule) in group.rules.iter().enumerate() {
                let rank = ranks.rank(group_at, rule_at);
                order.ranks.push(usize::try_from(rank).unwrap_or(usize::MAX));
                let sources = ranks.sources(group_at, rule_at).iter();
                order.upstream.push(sources.map(|(group, rule)| first_of_group[*group] + rule).collect());
                let read = rule.reads().map_or(Ok(Vec::new()), plumbago_query::check);
                reads.push(read.map_err(|error| RuleError { message: error.to_string(), is_fault: false })?);
            }
        }
        order.downstream = vec![Vec::new(); count];
        for (rule, upstream) in order.upstream.iter().enumerate() {
            upstream.iter().for_each(|read| order.downstream[*read].push(rule));
        }
        order.readers = Readers::of(reads);
        Ok(order)
    }

    pub(crate) fn rank(&self, rule: usize) -> usize {
        self.ranks.get(rule).copied().unwrap_or_default()
    }

    /// The rules that one reads from.
    pub(crate) fn upstream(&self, rule: usize) -> &[usize] {
        self.upstream.get(rule).map_or(&[], Vec::as_slice)
    }

    /// The rules that read from one.
    pub(crate) fn downstream(&self, rule: usize) -> &[usize] {
        self.downstream.get(rule).map_or(&[], Vec::as_slice)
    }

    /// The rules that may read a series, ascending, each once.
    pub(crate) fn readers(&self, series: &str) -> Vec<usize> {
        self.readers.of_series(series)
    }
}

fn circle(set: &RuleSet, cycles: &[crate::Cycle]) -> RuleError {
    let name = |(group, rule): &(usize, usize)| {
        let rule = set.groups.get(*group).and_then(|group| group.rules.get(*rule));
        rule.map_or_else(String::new, |rule| rule.name.to_string())
    };
    let path: Vec<String> = cycles.iter().flat_map(|cycle| &cycle.path).map(name).collect();
    RuleError {
        message: format!("rules read each other in a circle: {}", path.join(" -> ")),
        is_fault: false,
    }
}

/// Whether a selection finds a series.
pub(crate) fn selects(selection: &Selection, series: &str) -> bool {
    match selection {
        Selection::Pattern(glob) => glob.matches_path(series),
        Selection::Tags(expressions) => has_tags(series, expressions),
    }
}

fn has_tags(series: &str, expressions: &[TagExpression]) -> bool {
    let (metric, tags) = split_tags(series);
    let tags: Vec<(&str, &str)> = tags.into_iter().collect();
    let value = |key: &str| match key {
        "name" => Some(metric),
        _ => tags.iter().find(|(tag, _)| *tag == key).map(|(_, value)| *value),
    };
    !tags.is_empty() && expressions.iter().all(|expression| expression.matches(value(expression.tag())))
}
