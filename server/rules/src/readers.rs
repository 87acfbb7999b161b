//! Which rules may read a series.
//!
//! Invariant: a rule whose selections find a series is answered, and no other. A pattern is looked for by one of its plain
//! nodes, the one that the fewest patterns share at that place, so that a series is held against few of many rules.

use std::collections::HashMap;

use plumbago_protocol::NodePattern;
use plumbago_query::Selection;

use crate::dependency::selects;

/// Rules by what they read.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    reads: Vec<Vec<Selection>>,
    /// By the place of a node and its text: rules that read only series with that node there.
    by_node: Vec<HashMap<Box<str>, Vec<usize>>>,
    /// Rules of which no such node is known.
    others: Vec<usize>,
}

impl Readers {
    /// By the selections of each rule.
    pub(crate) fn of(reads: Vec<Vec<Selection>>) -> Readers {
        let mut shared: HashMap<(usize, &str), usize> = HashMap::new();
        for node in reads.iter().flatten().flat_map(alternatives).flat_map(|nodes| plain_nodes(nodes)) {
            *shared.entry(node).or_default() += 1;
        }
        let rarest = |nodes| plain_nodes(nodes).min_by_key(|node| shared.get(node).copied());
        let mut readers = Readers::default();
        for (rule, selections) in reads.iter().enumerate() {
            for selection in selections {
                if matches!(selection, Selection::Tags(_)) {
                    add(&mut readers.others, rule);
                }
                for nodes in alternatives(selection) {
                    match rarest(nodes) {
                        Some((place, node)) => add(readers.at(place, node), rule),
                        None => add(&mut readers.others, rule),
                    }
                }
            }
        }
        readers.reads = reads;
        readers
    }

    /// The rules that read a series, ascending, each once.
    pub(crate) fn of_series(&self, series: &str) -> Vec<usize> {
        let by_node = self.by_node.iter().zip(series.split('.'));
        let known = by_node.filter_map(|(rules, node)| rules.get(node)).flatten();
        let reads = |rule: &usize| self.reads[*rule].iter().any(|read| selects(read, series));
        let mut readers: Vec<usize> = known.chain(&self.others).copied().filter(reads).collect();
        readers.sort_unstable();
        readers.dedup();
        readers
    }

    fn at(&mut self, place: usize, node: &str) -> &mut Vec<usize> {
        if self.by_node.len() <= place {
            self.by_node.resize_with(place + 1, HashMap::new);
        }
        self.by_node[place].entry(node.into()).or_default()
    }
}

fn add(rules: &mut Vec<usize>, rule: usize) {
    if rules.last() != Some(&rule) {
        rules.push(rule);
    }
}

fn alternatives(selection: &Selection) -> &[Vec<NodePattern>] {
    match selection {
        Selection::Pattern(glob) => glob.alternatives(),
        Selection::Tags(_) => &[],
    }
}

/// The nodes that are plain text, with their places; behind `**` no place is known.
fn plain_nodes(nodes: &[NodePattern]) -> impl Iterator<Item = (usize, &str)> {
    let placed = nodes.iter().take_while(|node| !matches!(node, NodePattern::AnyDepth));
    placed.enumerate().filter_map(|(place, node)| match node {
        NodePattern::Literal(text) => Some((place, &**text)),
        NodePattern::Any | NodePattern::AnyDepth | NodePattern::Pattern(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(expressions: &[&str]) -> Readers {
        Readers::of(
            expressions.iter().map(|text| plumbago_query::check(text).expect("an expression")).collect(),
        )
    }

    #[test]
    fn rules_are_found_by_whatever_they_read_with() {
        let readers = readers(&[
            "web.r1.*.hits",
            "web.r2.*.hits",
            "web.*.*.hits",
            "sumSeries(*.*.*.hits, *.load)",
            "{web,db}.a.*",
            "seriesByTag('name=db.load', 'dc=x.y')",
            "db.load;dc=x.y",
            "*.*",
        ]);
        for (series, found) in [
            ("web.r1.a.hits", vec![0, 2, 3]),
            ("web.r2.a.hits", vec![1, 2, 3]),
            ("web.r1.a.misses", vec![]),
            ("web.r1.a", vec![]),
            ("web.r1.a.b.hits", vec![]),
            ("db.a.b", vec![4]),
            ("db.load", vec![3, 7]),
            ("db.load;dc=x.y", vec![5, 6]),
            ("", vec![]),
        ] {
            assert_eq!(readers.of_series(series), found, "{series}");
        }
    }

    #[test]
    fn a_series_is_held_against_few_of_many_rules() {
        let expressions: Vec<String> = (0..1000).map(|rule| format!("web.r{rule}.*.hits")).collect();
        let readers = readers(&expressions.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(readers.others.is_empty());
        assert!(readers.by_node.iter().flat_map(HashMap::values).all(|rules| rules.len() == 1));
    }
}
