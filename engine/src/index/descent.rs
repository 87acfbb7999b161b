//! Owns the walk of the frozen tree along a glob, in byte order of full paths.
//!
//! Invariant: what is found below a shape from a set of the automaton is worked out once, however often the shape
//! stands in the tree. The walk keeps its own stack: a path of two thousand labels costs no recursion. What changed
//! since the tree was frozen is not known here.

use std::collections::HashMap;
use std::ops::Range;

use super::automaton::{Automaton, NOTHING, Outcome};
use super::hits::Hit;
use super::order::leaf_precedes_branch;
use super::steps::Steps;
use super::view::View;

/// A shape somewhere in the tree: the place of its first name, the depth of its branch.
#[derive(Clone, Copy)]
struct Spot {
    shape: u32,
    place: u32,
    depth: u32,
}

#[derive(Clone, Copy)]
enum Step {
    Found(Hit),
    Visit {
        spot: Spot,
        set: u32,
    },
    /// Everything below the spot was visited: it is what was found since there were `hits` hits.
    Keep {
        spot: Spot,
        set: u32,
        hits: usize,
    },
}

/// One walk.
pub(super) struct Descent<'a, 'g> {
    tree: View<'a>,
    automaton: Automaton<'g>,
    steps: Steps,
    finds_branches: bool,
    todo: Vec<Step>,
    hits: Vec<Hit>,
    /// By shape and set: where in `kept` stands what is found below.
    known: HashMap<(u32, u32), Range<usize>, foldhash::fast::FixedState>,
    kept: Vec<Hit>,
    /// What matches right below the branch that is looked at, by label, and what is to be visited there.
    found: Vec<(u32, Hit)>,
    visits: Vec<(u32, Step)>,
}

impl<'a, 'g> Descent<'a, 'g> {
    /// A walk that finds names and, when asked, branches.
    pub(super) fn new(tree: View<'a>, automaton: Automaton<'g>, finds_branches: bool) -> Self {
        Self {
            tree,
            automaton,
            steps: Steps::default(),
            finds_branches,
            todo: Vec::new(),
            hits: Vec::new(),
            known: HashMap::default(),
            kept: Vec::new(),
            found: Vec::new(),
            visits: Vec::new(),
        }
    }

    /// What matches, in the order of its paths; the walk ends early once `enough` was found.
    pub(super) fn run(mut self, enough: usize) -> Vec<Hit> {
        let root = Spot { shape: self.tree.root(), place: 0, depth: 0 };
        let (start, mut found, mut counted) = (self.automaton.start(), 0, 0);
        if start != NOTHING {
            self.todo.push(Step::Visit { spot: root, set: start });
        }
        while let Some(step) = self.todo.pop() {
            match step {
                Step::Found(hit) => self.hits.push(hit),
                Step::Visit { spot, set } => self.visit(spot, set),
                Step::Keep { spot, set, hits } => self.keep(spot, set, hits),
            }
            found += self.hits[counted..].iter().map(Hit::count).sum::<usize>();
            counted = self.hits.len();
            if found >= enough {
                break;
            }
        }
        self.hits
    }

    fn keep(&mut self, spot: Spot, set: u32, hits: usize) {
        let start = self.kept.len();
        let below = self.hits[hits..].iter().map(|hit| hit.seen_from(spot.place, spot.depth));
        self.kept.extend(below);
        self.known.insert((spot.shape, set), start..self.kept.len());
    }

    fn visit(&mut self, spot: Spot, set: u32) {
        let facts = self.automaton.facts(set);
        let takes_all = Some(Outcome { next: set, accepts: true });
        if !self.finds_branches && facts.uniform() == takes_all {
            let end = spot.place + self.tree.size(spot.shape);
            self.hits.push(Hit { first: spot.place, end, depth: spot.depth + 1, is_branch: false });
            return;
        }
        if self.tree.is_shared(spot.shape) {
            if let Some(kept) = self.known.get(&(spot.shape, set)) {
                let kept = self.kept[kept.clone()].iter();
                self.hits.extend(kept.map(|hit| hit.below(spot.place, spot.depth)));
                return;
            }
            self.todo.push(Step::Keep { spot, set, hits: self.hits.len() });
        }
        let wants_leaves = facts.can_accept;
        let wants_branches = facts.can_go_on || (self.finds_branches && facts.can_accept);
        let leaves = if wants_leaves { self.tree.leaves(spot.shape) } else { 0..0 };
        let branches = if wants_branches { self.tree.branches(spot.shape) } else { 0..0 };
        match self.few_labels(set, leaves.len() + branches.len()) {
            Some(labels) => self.look_up(spot, set, leaves, branches, labels),
            None => {
                let (leaves, branches) = self.narrow(set, leaves, branches);
                self.plan(spot, set, leaves, branches);
            }
        }
    }

    /// The only labels that can match, if they are so few that looking them up is faster than looking through.
    fn few_labels(&mut self, set: u32, children: usize) -> Option<Vec<u32>> {
        if !self.automaton.set(set).is_texts() {
            return None;
        }
        let labels = self.steps.labels(&self.automaton, self.tree, set);
        (labels.len() <= 1 || labels.len() * LOOKUP_COST < children).then(|| labels.to_vec())
    }

    fn look_up(&mut self, spot: Spot, set: u32, leaves: Range<u32>, branches: Range<u32>, labels: Vec<u32>) {
        let tree = self.tree;
        let find_leaf = |&label: &u32| tree.leaf_labelled(leaves.clone(), label);
        let find_branch = |&label: &u32| tree.branch_labelled(branches.clone(), label);
        let found_leaves: Vec<u32> = labels.iter().filter_map(find_leaf).collect();
        let mut found_branches: Vec<u32> = labels.iter().filter_map(find_branch).collect();
        found_branches.sort_unstable();
        self.plan(spot, set, found_leaves.into_iter(), found_branches.into_iter());
    }

    /// Those whose labels start as every label that matches.
    fn narrow(&self, set: u32, leaves: Range<u32>, branches: Range<u32>) -> (Range<u32>, Range<u32>) {
        let tree = self.tree;
        match self.automaton.set(set).prefix().as_bytes() {
            [] => (leaves, branches),
            prefix => (tree.leaves_with_prefix(leaves, prefix), tree.branches_with_prefix(branches, prefix)),
        }
    }

    /// Plans what matches among the leaves and branches, the first one on top.
    fn plan(
        &mut self,
        spot: Spot,
        set: u32,
        leaves: impl Iterator<Item = u32>,
        branches: impl Iterator<Item = u32>,
    ) {
        let (tree, depth) = (self.tree, spot.depth + 1);
        let uniform = self.automaton.facts(set).uniform();
        self.found.clear();
        self.visits.clear();
        for leaf in leaves {
            let label = tree.leaf_label(leaf);
            if self.outcome(set, uniform, label).accepts {
                self.found.push((label, Hit::leaf(spot.place + tree.leaf_place(leaf), depth)));
            }
        }
        for branch in branches {
            let label = tree.branch_label(branch);
            let outcome = self.outcome(set, uniform, label);
            let shape = tree.branch_shape(branch);
            let place = spot.place + tree.branch_place(branch);
            if self.finds_branches && outcome.accepts {
                let end = place + tree.size(shape);
                self.found.push((label, Hit { first: place, end, depth, is_branch: true }));
            }
            if outcome.next != NOTHING {
                self.visits
                    .push((label, Step::Visit { spot: Spot { shape, place, depth }, set: outcome.next }));
            }
        }
        if self.finds_branches {
            // Stable: a leaf stays before the branch of the same label.
            self.found.sort_by_key(|&(label, _)| label);
        }
        match self.visits.is_empty() {
            true => self.hits.extend(self.found.iter().map(|&(_, hit)| hit)),
            false => self.interleave(),
        }
    }

    fn outcome(&mut self, set: u32, uniform: Option<Outcome>, label: u32) -> Outcome {
        match uniform {
            Some(outcome) => outcome,
            None => self.steps.step(&mut self.automaton, self.tree, set, label),
        }
    }

    /// Puts what was found right here and the visits on top of what is to do, in the order of their paths.
    fn interleave(&mut self) {
        let tree = self.tree;
        let bottom = self.todo.len();
        let mut found = self.found.iter().peekable();
        for &(branch, visit) in &self.visits {
            let before =
                |&&(label, _): &&(u32, Hit)| leaf_precedes_branch(tree.label(label), tree.label(branch));
            while let Some(&(_, hit)) = found.next_if(before) {
                self.todo.push(Step::Found(hit));
            }
            self.todo.push(visit);
        }
        self.todo.extend(found.map(|&(_, hit)| Step::Found(hit)));
        self.todo[bottom..].reverse();
    }
}

/// Finding a child by its label takes as long as looking at so many.
const LOOKUP_COST: usize = 8;
