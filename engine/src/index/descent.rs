//! Owns the fast walk of a part of the frozen tree on which no overlay lies, when ids alone are wanted.
//!
//! Invariant: finds just what the general walk would find there, in the same order. Nothing is kept for a node but
//! its number and its set; labels are read only where a leaf and a branch under one parent both count.

use std::ops::Range;

use super::automaton::{Automaton, NOTHING, Outcome};
use super::find::Sink;
use super::layers::Layers;
use super::order::leaf_precedes_branch;
use super::steps::Steps;

enum Item {
    Leaf { id: u32 },
    Branch { node: u32, set: u32 },
}

/// A walk that shares what it learns with the general one.
pub(super) struct Descent<'a, 'w, 'g> {
    layers: Layers<'a>,
    automaton: &'w mut Automaton<'g>,
    steps: &'w mut Steps,
    todo: Vec<Item>,
}

impl<'a, 'w, 'g> Descent<'a, 'w, 'g> {
    pub(super) fn new(layers: Layers<'a>, automaton: &'w mut Automaton<'g>, steps: &'w mut Steps) -> Self {
        Self { layers, automaton, steps, todo: Vec::new() }
    }

    /// Walks everything below `node`; false when the sink had enough.
    pub(super) fn run<S: Sink>(mut self, node: u32, set: u32, sink: &mut S) -> bool {
        self.todo.push(Item::Branch { node, set });
        while let Some(item) = self.todo.pop() {
            let goes_on = match item {
                Item::Leaf { id } => sink.take("", Some(id), false),
                Item::Branch { node, set } => self.visit(node, set, sink),
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    fn visit<S: Sink>(&mut self, node: u32, set: u32, sink: &mut S) -> bool {
        let tree = self.layers.frozen();
        let facts = self.automaton.facts(set);
        let mut leaves = if facts.can_accept { tree.leaves(node) } else { 0..0 };
        let mut branches = if facts.can_go_on { tree.branches(node) } else { 0..0 };
        if facts.uniform.is_none() {
            if let Some(labels) = self.steps.labels(self.automaton, tree, set) {
                match *labels {
                    [] => return true,
                    [label] => {
                        leaves = range_of(tree.leaf_labelled(leaves, label));
                        branches = range_of(tree.branch_labelled(branches, label));
                    }
                    // Beyond a few texts their common prefix narrows the search.
                    _ => (leaves, branches) = self.narrow(leaves, branches, set),
                }
            } else {
                (leaves, branches) = self.narrow(leaves, branches, set);
            }
        }
        let uniform = facts.uniform;
        if leaves.is_empty() {
            self.push_branches(branches, set, uniform);
            return true;
        }
        if branches.is_empty() {
            return self.take_leaves(leaves, set, uniform, sink);
        }
        self.push_both(leaves, branches, set, uniform);
        true
    }

    /// Those whose labels start as every label that matches.
    fn narrow(&self, leaves: Range<u32>, branches: Range<u32>, set: u32) -> (Range<u32>, Range<u32>) {
        let tree = self.layers.frozen();
        match self.automaton.set(set).prefix().as_bytes() {
            [] => (leaves, branches),
            prefix => (tree.leaves_with_prefix(leaves, prefix), tree.branches_with_prefix(branches, prefix)),
        }
    }

    fn take_leaves<S: Sink>(
        &mut self,
        leaves: Range<u32>,
        set: u32,
        uniform: Option<Outcome>,
        sink: &mut S,
    ) -> bool {
        let (layers, tree) = (self.layers, self.layers.frozen());
        if uniform.is_some() {
            let mut ids = tree.leaf_ids(leaves).filter(|&id| layers.is_frozen_visible(id));
            return ids.all(|id| sink.take("", Some(id), false));
        }
        for leaf in leaves {
            if self.steps.step(self.automaton, tree, set, tree.leaf_label(leaf)).accepts {
                let id = tree.leaf_id(leaf);
                if layers.is_frozen_visible(id) && !sink.take("", Some(id), false) {
                    return false;
                }
            }
        }
        true
    }

    /// Plans the branches that may hold something, the first one on top.
    fn push_branches(&mut self, branches: Range<u32>, set: u32, uniform: Option<Outcome>) {
        let tree = self.layers.frozen();
        for node in branches.rev() {
            let next = match uniform {
                Some(outcome) => outcome.next,
                None => self.steps.step(self.automaton, tree, set, tree.branch_label(node)).next,
            };
            if next != NOTHING {
                self.todo.push(Item::Branch { node, set: next });
            }
        }
    }

    /// Plans leaves and branches, merged in the order of their paths from the last to the first.
    fn push_both(&mut self, leaves: Range<u32>, branches: Range<u32>, set: u32, uniform: Option<Outcome>) {
        let tree = self.layers.frozen();
        let label_of = |leaf| tree.label(tree.leaf_label(leaf));
        let mut leaves = leaves.rev().peekable();
        for branch in branches.rev() {
            let text = tree.label(tree.branch_label(branch));
            while let Some(leaf) = leaves.next_if(|&leaf| !leaf_precedes_branch(label_of(leaf), text)) {
                self.push_leaf(leaf, set, uniform);
            }
            self.push_branches(branch..branch + 1, set, uniform);
        }
        for leaf in leaves {
            self.push_leaf(leaf, set, uniform);
        }
    }

    fn push_leaf(&mut self, leaf: u32, set: u32, uniform: Option<Outcome>) {
        let tree = self.layers.frozen();
        let accepts = match uniform {
            Some(outcome) => outcome.accepts,
            None => self.steps.step(self.automaton, tree, set, tree.leaf_label(leaf)).accepts,
        };
        let id = tree.leaf_id(leaf);
        if accepts && self.layers.is_frozen_visible(id) {
            self.todo.push(Item::Leaf { id });
        }
    }
}

fn range_of(found: Option<u32>) -> Range<u32> {
    found.map_or(0..0, |number| number..number + 1)
}
