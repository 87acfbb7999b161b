//! Owns the way from a frozen tree and what changed on top of it to the next one.
//!
//! Invariant: the bytes are those that `freeze` gives for the same names. Only branches that changed are looked at: all
//! others are taken over with everything below.

use std::cmp::Ordering;

use super::build::{Builder, Copies};
use super::frozen::Frozen;
use super::order::{compare_branches, leaf_precedes_branch};
use super::overlay::{Overlay, ROOT};
use super::view::View;
use crate::Error;

/// What is next.
enum Step<'a> {
    Leaf { label: &'a str, id: u32 },
    Branch { label: &'a str, place: Place },
    Leave,
}

/// A branch in the older tree, the overlay, or both.
#[derive(Clone, Copy)]
struct Place {
    /// Its shape, and the place of the first name below in the whole tree.
    older: Option<(u32, u32)>,
    node: Option<u32>,
}

/// Builds the tree of `frozen` with the changes of `overlay`.
pub(super) fn refreeze(frozen: &Frozen, overlay: &Overlay) -> Result<Frozen, Error> {
    let tree = frozen.view();
    let join = Join { tree, overlay };
    let hidden = join.hidden_places();
    let mut copies = Copies::new(tree);
    let mut builder = Builder::new();
    let mut todo = Vec::new();
    join.plan(Place { older: Some((tree.root(), 0)), node: Some(ROOT) }, &mut todo);
    while let Some(step) = todo.pop() {
        match step {
            Step::Leaf { label, id } => builder.leaf(label, id),
            Step::Leave => builder.leave(),
            Step::Branch { label, place: Place { older: Some((shape, first)), node: None } }
                if !is_touched(&hidden, first, tree.size(shape)) =>
            {
                builder.copy(label, shape, tree.ids(first..first + tree.size(shape)), &mut copies);
            }
            Step::Branch { label, place } => {
                builder.enter(label);
                todo.push(Step::Leave);
                join.plan(place, &mut todo);
            }
        }
    }
    builder.finish(frozen.digest().wrapping_add(overlay.digest()))
}

/// Whether one of the `hidden` places is among the `size` from `first`.
fn is_touched(hidden: &[u32], first: u32, size: u32) -> bool {
    let next = hidden.partition_point(|&place| place < first);
    hidden.get(next).is_some_and(|&place| place - first < size)
}

/// The older tree and the overlay as one.
struct Join<'a> {
    tree: View<'a>,
    overlay: &'a Overlay,
}

impl<'a> Join<'a> {
    /// Places of the names that the overlay hides, ascending.
    fn hidden_places(&self) -> Vec<u32> {
        let hidden = self.overlay.hidden();
        if hidden.is_empty() {
            return Vec::new();
        }
        let ids = self.tree.ids(0..self.tree.size(self.tree.root()));
        (0..).zip(ids).filter(|&(_, id)| hidden.contains(id)).map(|(place, _)| place).collect()
    }

    /// Puts the children of a branch on top of `todo`, the first one last.
    fn plan(&self, place: Place, todo: &mut Vec<Step<'a>>) {
        let bottom = todo.len();
        let mut older =
            place.older.map_or(Vec::new(), |older| self.older_children(older)).into_iter().peekable();
        let mut newer =
            place.node.map_or(Vec::new(), |node| self.newer_children(node)).into_iter().peekable();
        loop {
            let order = match (older.peek(), newer.peek()) {
                (Some(older), Some(newer)) => compare(older, newer),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let from_older = if order.is_le() { older.next() } else { None };
            let from_newer = if order.is_ge() { newer.next() } else { None };
            todo.extend(match (from_older, from_newer) {
                (Some(Step::Branch { label, place }), Some(Step::Branch { place: newer, .. })) => {
                    Some(Step::Branch { label, place: Place { node: newer.node, ..place } })
                }
                (older, newer) => newer.or(older),
            });
        }
        todo[bottom..].reverse();
    }

    /// In the order of their paths; names that are hidden are left out.
    fn older_children(&self, (shape, first): (u32, u32)) -> Vec<Step<'a>> {
        let tree = self.tree;
        let mut leaves = tree.leaves(shape).peekable();
        let mut children = Vec::with_capacity(leaves.len() + tree.branches(shape).len());
        let leaf_step = |leaf| {
            let id = tree.id(first + tree.leaf_place(leaf));
            let label = tree.label_text(tree.leaf_label(leaf));
            (!self.overlay.hidden().contains(id)).then_some(Step::Leaf { label, id })
        };
        for branch in tree.branches(shape) {
            let branch_place = tree.branch_place(branch);
            while let Some(leaf) = leaves.next_if(|&leaf| tree.leaf_place(leaf) < branch_place) {
                children.extend(leaf_step(leaf));
            }
            let label = tree.label_text(tree.branch_label(branch));
            let older = Some((tree.branch_shape(branch), first + branch_place));
            children.push(Step::Branch { label, place: Place { older, node: None } });
        }
        children.extend(leaves.filter_map(leaf_step));
        children
    }

    /// In the order of their paths.
    fn newer_children(&self, node: u32) -> Vec<Step<'a>> {
        let mut leaves = self.overlay.leaves(node, "").peekable();
        let mut branches: Vec<(&str, u32)> = self.overlay.branches(node, "").collect();
        branches.sort_by(|left, right| compare_branches(left.0.as_bytes(), right.0.as_bytes()));
        let mut children = Vec::new();
        for (label, child) in branches {
            let before = |(leaf, _): &(&str, u32)| leaf_precedes_branch(leaf.as_bytes(), label.as_bytes());
            while let Some((label, id)) = leaves.next_if(before) {
                children.push(Step::Leaf { label, id });
            }
            children.push(Step::Branch { label, place: Place { older: None, node: Some(child) } });
        }
        children.extend(leaves.map(|(label, id)| Step::Leaf { label, id }));
        children
    }
}

/// How the paths of two children of one branch compare; equal only for children of the same kind.
fn compare(left: &Step<'_>, right: &Step<'_>) -> Ordering {
    match (left, right) {
        (Step::Leaf { label: left, .. }, Step::Leaf { label: right, .. }) => left.cmp(right),
        (Step::Branch { label: left, .. }, Step::Branch { label: right, .. }) => {
            compare_branches(left.as_bytes(), right.as_bytes())
        }
        (Step::Leaf { label: leaf, .. }, Step::Branch { label: branch, .. }) => {
            if leaf_precedes_branch(leaf.as_bytes(), branch.as_bytes()) {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (Step::Branch { .. }, Step::Leaf { .. }) => compare(right, left).reverse(),
        // No child: never planned here.
        (Step::Leave, _) | (_, Step::Leave) => Ordering::Equal,
    }
}
