//! Owns the walk along a glob through what changed since the tree was frozen, in byte order of full paths.
//!
//! Invariant: every branch is visited at most once, with all positions of the glob that are possible there, so that
//! what is found comes sorted and unique. For each name found the walk knows how many names of the frozen tree come
//! before it: that is all it takes to put both together. The walk keeps its own stack.

use std::collections::HashMap;

use super::automaton::{Automaton, NOTHING, Outcome};
use super::layers::{ABSENT, Layers, Nodes};
use super::order::{compare_branches, leaf_precedes_branch};

/// A branch of the overlays as seen from the frozen tree.
#[derive(Clone, Copy)]
enum Under {
    /// It is there too: its shape, and the place of its first name.
    Shape { shape: u32, place: u32 },
    /// It is not; so many names come before it.
    Gap { place: u32 },
}

struct Leaf<'a> {
    label: &'a str,
    id: u32,
}

struct Branch<'a> {
    label: &'a str,
    nodes: Nodes,
    outcome: Outcome,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Found { label: &'a str, id: Option<u32>, is_branch: bool, path_bytes: usize, place: u32 },
    Descend { label: &'a str, nodes: Nodes, set: u32, path_bytes: usize, under: Under },
}

/// Something found.
pub(super) struct Addition<'p> {
    /// Its path; empty unless branches are wanted too.
    pub(super) path: &'p str,
    /// How many names of the frozen tree come before it, if it is a name.
    pub(super) place: u32,
    /// The series, of a name.
    pub(super) id: Option<u32>,
    /// Whether there are longer paths below.
    pub(super) is_branch: bool,
}

/// One walk.
pub(super) struct Walk<'a, 'g> {
    layers: Layers<'a>,
    automaton: Automaton<'g>,
    /// Where labels led: most stand below many branches.
    outcomes: HashMap<(u32, &'a str), Outcome, foldhash::fast::RandomState>,
    finds_branches: bool,
    todo: Vec<Step<'a>>,
    path: String,
    leaves: Vec<Leaf<'a>>,
    branches: Vec<Branch<'a>>,
}

impl<'a, 'g> Walk<'a, 'g> {
    /// A walk that finds names and, when asked, branches.
    pub(super) fn new(layers: Layers<'a>, automaton: Automaton<'g>, finds_branches: bool) -> Self {
        Self {
            layers,
            automaton,
            outcomes: HashMap::default(),
            finds_branches,
            todo: Vec::new(),
            path: String::new(),
            leaves: Vec::new(),
            branches: Vec::new(),
        }
    }

    /// Walks until everything was found or `take` answers false.
    pub(super) fn run(mut self, mut take: impl FnMut(Addition<'_>) -> bool) {
        let start = self.automaton.start();
        if start != NOTHING {
            let root = Under::Shape { shape: self.layers.frozen().root(), place: 0 };
            self.visit(self.layers.roots(), root, start);
        }
        while let Some(step) = self.todo.pop() {
            match step {
                Step::Found { label, id, is_branch, path_bytes, place } => {
                    self.enter(label, path_bytes);
                    if !take(Addition { path: &self.path, place, id, is_branch }) {
                        return;
                    }
                }
                Step::Descend { label, nodes, set, path_bytes, under } => {
                    self.enter(label, path_bytes);
                    if self.finds_branches {
                        self.path.push('.');
                    }
                    self.visit(nodes, under, set);
                }
            }
        }
    }

    fn enter(&mut self, label: &str, path_bytes: usize) {
        if self.finds_branches {
            self.path.truncate(path_bytes);
            self.path.push_str(label);
        }
    }

    /// Finds what matches right below a branch and plans what comes next.
    fn visit(&mut self, nodes: Nodes, under: Under, set: u32) {
        self.leaves.clear();
        self.branches.clear();
        let layers = self.layers;
        for (number, overlay, node) in layers.overlays_at(nodes) {
            let patterns = self.automaton.set(set);
            if patterns.is_texts() && patterns.texts().len() <= overlay.child_count(node) {
                for text in patterns.texts().clone().iter() {
                    self.push_leaf(number, set, overlay.leaf(node, text));
                    self.push_branch(number, set, overlay.branch(node, text));
                }
                continue;
            }
            let prefix = patterns.prefix();
            overlay.leaves(node, prefix).for_each(|leaf| self.push_leaf(number, set, Some(leaf)));
            overlay.branches(node, prefix).for_each(|branch| self.push_branch(number, set, Some(branch)));
        }
        self.leaves.sort_by_key(|leaf| leaf.label);
        let bytes = |branch: &Branch<'a>| branch.label.as_bytes();
        self.branches.sort_by(|left, right| compare_branches(bytes(left), bytes(right)));
        self.branches.dedup_by(|next, first| {
            let is_same = next.label == first.label;
            if is_same {
                first.nodes = first.nodes.join(next.nodes);
            }
            is_same
        });
        self.plan(under);
    }

    fn outcome(&mut self, set: u32, label: &'a str) -> Outcome {
        let facts = self.automaton.facts(set);
        if let Some(outcome) = facts.otherwise
            && !(facts.has_texts && self.automaton.set(set).has_text(label))
        {
            return outcome;
        }
        *self.outcomes.entry((set, label)).or_insert_with(|| self.automaton.step(set, label))
    }

    fn push_leaf(&mut self, number: usize, set: u32, leaf: Option<(&'a str, u32)>) {
        if let Some((label, id)) = leaf
            && self.outcome(set, label).accepts
            && self.layers.is_overlay_visible(number, id)
        {
            self.leaves.push(Leaf { label, id });
        }
    }

    fn push_branch(&mut self, number: usize, set: u32, branch: Option<(&'a str, u32)>) {
        let Some((label, child)) = branch else { return };
        let outcome = self.outcome(set, label);
        if outcome.next != NOTHING || (self.finds_branches && outcome.accepts) {
            let mut nodes = Nodes::NOWHERE;
            nodes.0[number] = child;
            self.branches.push(Branch { label, nodes, outcome });
        }
    }

    /// Turns what was gathered into steps, the first one on top.
    fn plan(&mut self, under: Under) {
        let (layers, path_bytes, bottom) = (self.layers, self.path.len(), self.todo.len());
        let mut found = self.found_here(under, path_bytes).into_iter().peekable();
        for branch in &self.branches {
            if branch.outcome.next == NOTHING {
                continue;
            }
            let before = |(label, _): &(&str, Step<'a>)| {
                leaf_precedes_branch(label.as_bytes(), branch.label.as_bytes())
            };
            while let Some((_, step)) = found.next_if(before) {
                self.todo.push(step);
            }
            let Branch { label, nodes, outcome } = *branch;
            let under = if self.finds_branches { under } else { below(layers, under, label) };
            self.todo.push(Step::Descend { label, nodes, set: outcome.next, path_bytes, under });
        }
        self.todo.extend(found.map(|(_, step)| step));
        self.todo[bottom..].reverse();
    }

    /// The nodes that match right here, by label: leaves and, when wanted, branches, as one where both are.
    fn found_here(&self, under: Under, path_bytes: usize) -> Vec<(&'a str, Step<'a>)> {
        let layers = self.layers;
        let mut found: Vec<(&'a str, Option<u32>, bool)> =
            self.leaves.iter().map(|leaf| (leaf.label, Some(leaf.id), false)).collect();
        if self.finds_branches {
            let accepted = self.branches.iter().filter(|branch| branch.outcome.accepts);
            let alive = accepted.filter(|branch| layers.is_overlay_branch_alive(branch.nodes));
            found.extend(alive.map(|branch| (branch.label, None, true)));
            found.sort_by_key(|&(label, ..)| label);
            found.dedup_by(|next, first| {
                let is_same = next.0 == first.0;
                if is_same {
                    first.2 |= next.2;
                }
                is_same
            });
        }
        let step = |(label, id, is_branch)| {
            let place = if self.finds_branches { 0 } else { place_of_leaf(layers, under, label) };
            (label, Step::Found { label, id, is_branch, path_bytes, place })
        };
        found.into_iter().map(step).collect()
    }
}

/// How many names of the frozen tree come before the leaf `label` of a branch.
fn place_of_leaf(layers: Layers<'_>, under: Under, label: &str) -> u32 {
    match under {
        Under::Gap { place } => place,
        Under::Shape { shape, place } => place + layers.frozen().place_of_leaf(shape, label.as_bytes()),
    }
}

/// The branch `label` of a branch.
fn below(layers: Layers<'_>, under: Under, label: &str) -> Under {
    let Under::Shape { shape, place } = under else { return under };
    let tree = layers.frozen();
    let branches = tree.branches(shape);
    let found = tree.branch_from(branches.clone(), label.as_bytes());
    if found < branches.end && tree.label(tree.branch_label(found)) == label.as_bytes() {
        return Under::Shape { shape: tree.branch_shape(found), place: place + tree.branch_place(found) };
    }
    Under::Gap { place: place + tree.place_of_branch(shape, label.as_bytes()) }
}

impl Nodes {
    /// In each overlay in which this or `other` is.
    fn join(self, other: Nodes) -> Nodes {
        let Nodes([first, second]) = self;
        Nodes([first.min(other.0[0]), second.min(other.0[1])])
    }
}

const _: () = assert!(ABSENT == u32::MAX, "a join takes the lesser number");
