//! Owns the automaton of a glob: which pattern positions are possible below a branch, and where a label leads.
//!
//! Invariant: alternatives that begin alike share their positions, sets of positions are numbered once, and set 0 is
//! the empty one. A set is closed: with a `**` it holds what follows it, because `**` may stand for no node. What
//! labels exist is not known here.

use std::collections::HashMap;
use std::rc::Rc;

use plumbago_protocol::{Glob, NodePattern};

/// The number of the set from which nothing matches.
pub(super) const NOTHING: u32 = 0;

/// What one more label does to a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The set for what lies below.
    pub(super) next: u32,
    /// Whether the path that ends with the label matches.
    pub(super) accepts: bool,
}

/// What can be said of a set without a label.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// Some label may end a matching path.
    pub(super) can_accept: bool,
    /// Some label may lead on.
    pub(super) can_go_on: bool,
    /// Where every label leads that is not a text of the set, if it is the same for all of those.
    pub(super) otherwise: Option<Outcome>,
    /// Some labels are texts of the set.
    pub(super) has_texts: bool,
}

impl Facts {
    /// Where every label leads, if it is the same for all.
    pub(super) fn uniform(&self) -> Option<Outcome> {
        self.otherwise.filter(|_| !self.has_texts)
    }
}

struct Position<'g> {
    pattern: &'g NodePattern,
    following: Vec<u32>,
    accepts: bool,
}

/// Positions that are possible at a place, arranged for the questions that a walk asks.
#[derive(Default)]
pub(super) struct Set<'g> {
    by_text: HashMap<&'g str, Vec<u32>, foldhash::quality::RandomState>,
    texts: Rc<[&'g str]>,
    others: Vec<u32>,
    prefix: &'g str,
    facts: Facts,
}

impl<'g> Set<'g> {
    /// Whether the patterns are all plain texts.
    pub(super) fn is_texts(&self) -> bool {
        self.others.is_empty()
    }

    /// The set's texts in byte order: if there is no other pattern, the only labels that can match.
    pub(super) fn texts(&self) -> &Rc<[&'g str]> {
        &self.texts
    }

    /// Whether `label` is one of the set's texts.
    pub(super) fn has_text(&self, label: &str) -> bool {
        self.by_text.contains_key(label)
    }

    /// What every matching label starts with.
    pub(super) fn prefix(&self) -> &'g str {
        self.prefix
    }
}

/// A glob, ready to be walked along.
pub(super) struct Automaton<'g> {
    positions: Vec<Position<'g>>,
    sets: Vec<Set<'g>>,
    numbers: HashMap<Vec<u32>, u32>,
    start: u32,
}

impl<'g> Automaton<'g> {
    pub(super) fn new(glob: &'g Glob) -> Self {
        let mut automaton = Self {
            positions: Vec::new(),
            sets: vec![Set::default()],
            numbers: HashMap::from([(Vec::new(), NOTHING)]),
            start: NOTHING,
        };
        let mut roots = Vec::new();
        let mut previous: Vec<u32> = Vec::new();
        for nodes in glob.alternatives() {
            // Braces are expanded in order: what alternatives share stands side by side.
            let pairs = previous.iter().zip(nodes);
            let shared = pairs
                .take_while(|(position, node)| automaton.positions[**position as usize].pattern == *node)
                .count();
            previous.truncate(shared);
            for pattern in &nodes[shared..] {
                let position = automaton.positions.len() as u32;
                automaton.positions.push(Position { pattern, following: Vec::new(), accepts: false });
                match previous.last() {
                    Some(&parent) => automaton.positions[parent as usize].following.push(position),
                    None => roots.push(position),
                }
                previous.push(position);
            }
            if let Some(&last) = previous.last() {
                automaton.positions[last as usize].accepts = true;
            }
        }
        automaton.start = automaton.closed_set(roots);
        automaton
    }

    /// The set at the root.
    pub(super) fn start(&self) -> u32 {
        self.start
    }

    pub(super) fn set(&self, number: u32) -> &Set<'g> {
        &self.sets[number as usize]
    }

    /// What can be said of a set without a label; where all labels lead is worked out on the first call.
    pub(super) fn facts(&mut self, number: u32) -> Facts {
        let set = &self.sets[number as usize];
        let facts = set.facts;
        let takes_all = |&at: &u32| {
            matches!(self.positions[at as usize].pattern, NodePattern::Any | NodePattern::AnyDepth)
        };
        if facts.otherwise.is_some() || set.others.is_empty() || !set.others.iter().all(takes_all) {
            return facts;
        }
        let otherwise = Some(self.follow(set.others.clone()));
        self.sets[number as usize].facts.otherwise = otherwise;
        Facts { otherwise, ..facts }
    }

    /// Where `label` leads from a set.
    pub(super) fn step(&mut self, set: u32, label: &str) -> Outcome {
        let set = &self.sets[set as usize];
        let by_text = set.by_text.get(label).map_or(&[][..], Vec::as_slice);
        let positions = &self.positions;
        let others = set.others.iter().filter(|&&at| positions[at as usize].pattern.matches(label));
        let matching = by_text.iter().chain(others).copied().collect();
        self.follow(matching)
    }

    /// Where a label leads that these positions match.
    fn follow(&mut self, matching: Vec<u32>) -> Outcome {
        let mut accepts = false;
        let mut next = Vec::new();
        for at in matching {
            let position = &self.positions[at as usize];
            accepts |= position.accepts;
            next.extend_from_slice(&position.following);
            if *position.pattern == NodePattern::AnyDepth {
                next.push(at);
            }
        }
        let next = if next.is_empty() { NOTHING } else { self.closed_set(next) };
        Outcome { next, accepts }
    }

    /// The number of the smallest closed set with these positions.
    fn closed_set(&mut self, mut members: Vec<u32>) -> u32 {
        let mut checked = 0;
        while let Some(&at) = members.get(checked) {
            let position = &self.positions[at as usize];
            if *position.pattern == NodePattern::AnyDepth {
                members.extend_from_slice(&position.following);
            }
            checked += 1;
        }
        members.sort_unstable();
        members.dedup();
        if let Some(&number) = self.numbers.get(&members) {
            return number;
        }
        let number = self.sets.len() as u32;
        let set = self.arrange(&members);
        self.sets.push(set);
        self.numbers.insert(members, number);
        number
    }

    fn arrange(&self, members: &[u32]) -> Set<'g> {
        let mut set = Set::default();
        for &at in members {
            match self.positions[at as usize].pattern {
                NodePattern::Literal(text) => set.by_text.entry(text).or_default().push(at),
                NodePattern::Pattern(pattern) if pattern.literals().is_some() => {
                    for text in pattern.literals().into_iter().flatten() {
                        set.by_text.entry(text).or_default().push(at);
                    }
                }
                _ => set.others.push(at),
            }
        }
        let prefixes = members.iter().map(|&at| self.positions[at as usize].pattern.literal_prefix());
        set.prefix = prefixes.reduce(common_prefix).unwrap_or("");
        let positions = || members.iter().map(|&at| &self.positions[at as usize]);
        let mut texts: Vec<&str> = set.by_text.keys().copied().collect();
        texts.sort_unstable();
        set.texts = texts.into();
        set.facts.has_texts = !set.by_text.is_empty();
        set.facts.can_accept = positions().any(|position| position.accepts);
        set.facts.can_go_on = positions()
            .any(|position| !position.following.is_empty() || *position.pattern == NodePattern::AnyDepth);
        set
    }
}

fn common_prefix<'a>(left: &'a str, right: &str) -> &'a str {
    let pairs = left.char_indices().zip(right.chars());
    let differing = pairs.into_iter().find(|((_, left), right)| left != right);
    let end = differing.map_or(left.len().min(right.len()), |((at, _), _)| at);
    &left[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        let glob = Glob::parse(glob).unwrap();
        let mut automaton = Automaton::new(&glob);
        let mut outcome = Outcome { next: automaton.start(), accepts: false };
        for label in path.split('.') {
            outcome = automaton.step(outcome.next, label);
        }
        outcome.accepts
    }

    #[test]
    fn a_path_is_accepted_as_the_glob_says() {
        for glob in
            ["a.*.c", "**", "a.**", "**.c", "a.**.c", "{a.b,a.x.y}.c", "{a,x}.b*.{c,d}", "a.b?.c", "{a,b.c}"]
        {
            let parsed = Glob::parse(glob).unwrap();
            for path in ["a", "b.c", "a.b.c", "a.x.y.c", "x.bb.d", "a.bb.c", "c", "a.c", "a.b"] {
                assert_eq!(matches(glob, path), parsed.matches_path(path), "{glob} {path}");
            }
        }
    }

    #[test]
    fn sets_of_texts_are_looked_up_and_others_narrowed() {
        let texts = |glob: &Glob| {
            let automaton = Automaton::new(glob);
            let set = automaton.set(automaton.start());
            let texts = set.is_texts().then(|| set.texts().join(" "));
            (texts, set.prefix().to_owned())
        };
        let glob = |text| Glob::parse(text).unwrap();
        assert_eq!(texts(&glob("{web,wed}.x")), (Some("web wed".into()), "we".into()));
        assert_eq!(texts(&glob("web*.x")), (None, "web".into()));
        assert_eq!(texts(&glob("{wä.x,wö*.y}")), (None, "w".into()));
        assert_eq!(texts(&glob("**.x")), (None, "".into()));
    }
}
