//! Which rule reads what another one writes: the order of rules, and cycles.
//!
//! Invariant: a rule's rank is above that of every rule whose output its expression may read. Where names are not known
//! before they are rendered, they count as whatever they could be; a template's part counts as a `*`. Recording and
//! watching rules of all groups are looked at together; in which tick each of them runs is left to the schedule.

mod output;

use std::collections::{BTreeMap, HashMap, VecDeque};

use plumbago_query::Selection;

use crate::rule::{Kind, RuleSet};
use crate::template::Template;

use output::Output;

/// A rule's place: its group in the set, and its place in the group.
pub type RulePlace = (usize, usize);

/// The order in which rules of one moment run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranks {
    /// One list for each group, with one entry for each rule.
    ranks: Vec<Vec<u32>>,
    sources: HashMap<RulePlace, Vec<RulePlace>>,
}

/// Rules that read each other in a circle, or one that reads itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The rules in order: each one's results may be read by the next, and the last one's by the first.
    pub path: Vec<RulePlace>,
}

impl Ranks {
    /// Orders the rules of a set. A rule that reads its own output is no cycle if it excludes itself.
    ///
    /// # Errors
    /// Every circle that was found, in the order of the rules.
    pub fn of(rules: &RuleSet) -> Result<Ranks, Vec<Cycle>> {
        let graph = Graph::of(rules);
        let cycles = graph.loops();
        let order = graph.order();
        let circles = graph.circles(&order.left);
        if !cycles.is_empty() || !circles.is_empty() {
            return Err(cycles.into_iter().chain(circles).collect());
        }
        let mut ranks: Vec<Vec<u32>> = rules.groups.iter().map(|group| vec![0; group.rules.len()]).collect();
        let highest = order.ranks.values().copied().max().unwrap_or_default();
        for (group, list) in rules.groups.iter().zip(&mut ranks) {
            for (rule, rank) in group.rules.iter().zip(list) {
                // What is watched comes after all that is recorded, and what counts events after those.
                *rank = match (&rule.kind, rule.reads()) {
                    (Kind::Record(_), _) => 0,
                    (_, Some(_)) => highest.saturating_add(1),
                    (_, None) => highest.saturating_add(2),
                };
            }
        }
        for (place, rank) in &order.ranks {
            if let Some(slot) = ranks.get_mut(place.0).and_then(|list| list.get_mut(place.1)) {
                *slot = (*slot).max(*rank);
            }
        }
        Ok(Ranks { ranks, sources: graph.sources })
    }

    /// The rank of a rule: rules of a lower rank run before it. 0 for a rule that the set does not have.
    pub fn rank(&self, group: usize, rule: usize) -> u32 {
        self.ranks.get(group).and_then(|list| list.get(rule)).copied().unwrap_or_default()
    }

    /// The recording rules whose output a rule may read, in the order of the set, itself left out.
    pub fn sources(&self, group: usize, rule: usize) -> &[RulePlace] {
        self.sources.get(&(group, rule)).map_or(&[], Vec::as_slice)
    }
}

/// Who reads whom.
struct Graph {
    /// For each rule that reads others, those it reads.
    sources: HashMap<RulePlace, Vec<RulePlace>>,
    /// Recording rules that read themselves and do not exclude that.
    own: Vec<RulePlace>,
    records: Vec<RulePlace>,
}

/// What could be ordered, and what could not.
struct Order {
    ranks: HashMap<RulePlace, u32>,
    /// Rules in a circle or behind one.
    left: Vec<RulePlace>,
}

impl Graph {
    fn of(rules: &RuleSet) -> Graph {
        let mut outputs: Vec<(RulePlace, Output)> = Vec::new();
        let mut graph = Graph { sources: HashMap::new(), own: Vec::new(), records: Vec::new() };
        let all = || {
            let places = rules.groups.iter().enumerate();
            places.flat_map(|(g, group)| group.rules.iter().enumerate().map(move |(r, rule)| ((g, r), rule)))
        };
        for (place, rule) in all() {
            let Kind::Record(record) = &rule.kind else { continue };
            graph.records.push(place);
            // A template that does not compile is refused where files are read.
            if let Ok(template) = Template::compile(&rule.name) {
                outputs.push((place, Output::of(&template, &rule.labels, record)));
            }
        }
        let index = Index::of(&outputs);
        for (place, rule) in all() {
            let Some(Ok(reads)) = rule.reads().map(plumbago_query::check) else { continue };
            let mut found: Vec<RulePlace> = Vec::new();
            for read in &reads {
                let candidates = index.candidates(read).map(|at| &outputs[at]);
                let read_ones = candidates.filter(|(_, output)| output.may_match(read));
                found.extend(read_ones.map(|(source, _)| *source));
            }
            found.sort_unstable();
            found.dedup();
            if found.contains(&place) {
                found.retain(|source| *source != place);
                if !matches!(&rule.kind, Kind::Record(record) if record.exclude_self) {
                    graph.own.push(place);
                }
            }
            if !found.is_empty() {
                graph.sources.insert(place, found);
            }
        }
        graph
    }

    /// Rules that read themselves.
    fn loops(&self) -> Vec<Cycle> {
        self.own.iter().map(|place| Cycle { path: vec![*place] }).collect()
    }

    fn order(&self) -> Order {
        let mut waiting: BTreeMap<RulePlace, usize> = self.records.iter().map(|place| (*place, 0)).collect();
        let mut readers: HashMap<RulePlace, Vec<RulePlace>> = HashMap::new();
        for (reader, sources) in &self.sources {
            waiting.insert(*reader, sources.len());
            sources.iter().for_each(|source| readers.entry(*source).or_default().push(*reader));
        }
        let mut ranks: HashMap<RulePlace, u32> = HashMap::new();
        let mut ready: VecDeque<RulePlace> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(place, _)| *place).collect();
        while let Some(place) = ready.pop_front() {
            waiting.remove(&place);
            let below = ranks.entry(place).or_default().saturating_add(1);
            for reader in readers.get(&place).into_iter().flatten() {
                let rank = ranks.entry(*reader).or_default();
                *rank = (*rank).max(below);
                if let Some(count) = waiting.get_mut(reader) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ready.push_back(*reader);
                    }
                }
            }
        }
        Order { ranks, left: waiting.into_keys().collect() }
    }

    /// The circles among rules of which each one reads another: walking against the flow ends in one.
    fn circles(&self, left: &[RulePlace]) -> Vec<Cycle> {
        let is_left = |place: &RulePlace| left.binary_search(place).is_ok();
        let mut seen: HashMap<RulePlace, usize> = HashMap::new();
        let mut cycles = Vec::new();
        for (walk, start) in left.iter().enumerate() {
            let mut trail: Vec<RulePlace> = Vec::new();
            let mut place = *start;
            while let std::collections::hash_map::Entry::Vacant(entry) = seen.entry(place) {
                entry.insert(walk);
                trail.push(place);
                let sources = self.sources.get(&place).map_or(&[][..], Vec::as_slice);
                match sources.iter().find(|source| is_left(source)) {
                    Some(source) => place = *source,
                    None => break,
                }
            }
            if let Some(at) = trail.iter().position(|one| *one == place).filter(|_| seen[&place] == walk)
                && trail.last().is_some_and(|last| self.sources.get(last).is_some_and(|s| s.contains(&place)))
            {
                cycles.push(Cycle { path: from_smallest(trail[at..].iter().rev().copied().collect()) });
            }
        }
        cycles
    }
}

/// The same circle, begun at the rule that stands first in the files.
fn from_smallest(mut path: Vec<RulePlace>) -> Vec<RulePlace> {
    let first = path.iter().enumerate().min_by_key(|(_, place)| **place).map_or(0, |(at, _)| at);
    path.rotate_left(first);
    path
}

/// Outputs by the first node of their names, so that most pairs of rules are never compared.
struct Index {
    by_node: HashMap<String, Vec<usize>>,
    /// Those whose first node is not known.
    others: Vec<usize>,
    count: usize,
}

impl Index {
    fn of(outputs: &[(RulePlace, Output)]) -> Index {
        let mut index = Index { by_node: HashMap::new(), others: Vec::new(), count: outputs.len() };
        for (at, (_, output)) in outputs.iter().enumerate() {
            match output.first_node() {
                Some(node) => index.by_node.entry(node.to_owned()).or_default().push(at),
                None => index.others.push(at),
            }
        }
        index
    }

    fn candidates(&self, read: &Selection) -> Box<dyn Iterator<Item = usize> + '_> {
        let first = match read {
            Selection::Pattern(glob) => output::first_node(glob),
            Selection::Tags(_) => None,
        };
        match first {
            Some(node) => {
                let exact = self.by_node.get(node).into_iter().flatten();
                Box::new(exact.chain(&self.others).copied())
            }
            None => Box::new(0..self.count),
        }
    }
}

#[cfg(test)]
mod tests;
