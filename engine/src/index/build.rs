//! Owns the making of a frozen tree from its branches and leaves, given in the order of their paths.
//!
//! Invariant: the result passes `Frozen::open`; the same names and ids give the same bytes, however they were given.
//! The order, and leaving out what is deleted, is the caller's part.

use std::collections::HashMap;

use super::frozen::{Frozen, Header, Malformed};
use super::shapes::{Branch, Draft, Leaf, Shapes};
use super::view::{SHARED, View};
use crate::Error;
use crate::disk::Mapped;

/// An open branch.
struct Open<'a> {
    label: &'a str,
    first_place: usize,
    draft: Draft,
}

/// A tree under construction.
pub(super) struct Builder<'a> {
    labels: Labels<'a>,
    shapes: Shapes,
    open: Vec<Open<'a>>,
    spare: Vec<Draft>,
    ids: Vec<u32>,
}

impl<'a> Builder<'a> {
    /// A tree without names, its root open.
    pub(super) fn new() -> Self {
        let root = Open { label: "", first_place: 0, draft: Draft::default() };
        Self {
            labels: Labels::default(),
            shapes: Shapes::default(),
            open: vec![root],
            spare: Vec::new(),
            ids: Vec::new(),
        }
    }

    /// How many branches are open below the root.
    pub(super) fn depth(&self) -> usize {
        self.open.len() - 1
    }

    /// Opens the branch `label` below the one that was opened last.
    pub(super) fn enter(&mut self, label: &'a str) {
        let draft = self.spare.pop().unwrap_or_default();
        self.open.push(Open { label, first_place: self.ids.len(), draft });
    }

    /// Closes the branch that was opened last; without names below, it does not exist.
    pub(super) fn leave(&mut self) {
        if self.depth() == 0 {
            return;
        }
        let Some(Open { label, first_place, mut draft }) = self.open.pop() else { return };
        if !draft.is_empty() {
            let shape = self.shapes.number(&draft, (self.ids.len() - first_place) as u32);
            let label = self.labels.number(label);
            self.push_branch(label, shape, first_place);
        }
        draft.clear();
        self.spare.push(draft);
    }

    /// Adds a name right below the branch that was opened last.
    pub(super) fn leaf(&mut self, label: &'a str, id: u32) {
        let label = self.labels.number(label);
        if let Some(open) = self.open.last_mut() {
            let place = (self.ids.len() - open.first_place) as u32;
            open.draft.leaves.push(Leaf { label, place });
            self.ids.push(id);
        }
    }

    /// Adds the branch `label` with everything below: a shape that `copies` has, and the series of its names.
    pub(super) fn copy(
        &mut self,
        label: &'a str,
        shape: u32,
        ids: impl Iterator<Item = u32>,
        copies: &mut Copies<'a>,
    ) {
        let label = self.labels.number(label);
        let first_place = self.ids.len();
        self.ids.extend(ids);
        let shape = copies.copy(shape, &mut self.labels, &mut self.shapes);
        self.push_branch(label, shape, first_place);
    }

    fn push_branch(&mut self, label: u32, shape: u32, first_place: usize) {
        if let Some(open) = self.open.last_mut() {
            let place = (first_place - open.first_place) as u32;
            open.draft.branches.push(Branch { label, shape, place });
        }
    }

    /// Closes all branches and makes the tree; `digest` is the sum over its names.
    pub(super) fn finish(mut self, digest: u64) -> Result<Frozen, Error> {
        while self.depth() > 0 {
            self.leave();
        }
        if let Some(root) = self.open.pop() {
            // Never one of the others, since all of those stand below it: it comes last.
            self.shapes.number(&root.draft, self.ids.len() as u32);
        }
        let (labels, renumbered) = self.labels.sorted();
        let header = Header {
            id_end: self.ids.iter().max().map_or(0, |&id| id.saturating_add(1)),
            shape_count: count(self.shapes.shapes.len())?,
            branch_count: count(self.shapes.branches.len())?,
            leaf_count: count(self.shapes.leaves.len())?,
            name_count: count(self.ids.len())?,
            label_count: count(labels.len())?,
            text_bytes: count(labels.iter().map(|label| label.len()).sum())?,
            digest,
        };
        let bytes = encode(&header, &self.shapes, &self.ids, &labels, &renumbered);
        Frozen::open(Mapped::new(bytes)).map_err(|Malformed { offset, expected, found }| {
            Error::corrupt("index (in memory)", offset, expected, found)
        })
    }
}

/// A number that leaves the bit free which marks shared shapes.
fn count(length: usize) -> Result<u32, Error> {
    u32::try_from(length).ok().filter(|&length| length < SHARED).ok_or_else(|| {
        Error::Caller(format!("an index holds at most 2 GiB of labels and 2^31 names, not {length}"))
    })
}

fn encode(header: &Header, shapes: &Shapes, ids: &[u32], labels: &[&str], renumbered: &[u32]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(header.file_bytes() as usize);
    header.encode(&mut bytes);
    let mut push = |numbers: &[u32]| {
        numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    };
    let new_number = |label: u32| renumbered.get(label as usize).copied().unwrap_or(0);
    let mut uses = vec![0u8; shapes.shapes.len()];
    for branch in &shapes.branches {
        uses[branch.shape as usize] = uses[branch.shape as usize].saturating_add(1);
    }
    for (shape, uses) in shapes.shapes.iter().zip(uses) {
        let shared = if uses > 1 { SHARED } else { 0 };
        push(&[shape.first_branch, shape.first_leaf, shape.size | shared]);
    }
    push(&[header.branch_count, header.leaf_count, 0]);
    shapes.branches.iter().for_each(|branch| push(&[new_number(branch.label), branch.shape, branch.place]));
    shapes.leaves.iter().for_each(|leaf| push(&[new_number(leaf.label), leaf.place]));
    push(ids);
    let mut end = 0;
    push(&[end]);
    for label in labels {
        end += label.len() as u32;
        push(&[end]);
    }
    labels.iter().for_each(|label| bytes.extend_from_slice(label.as_bytes()));
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

/// Every distinct label, numbered by first use.
#[derive(Default)]
pub(super) struct Labels<'a> {
    texts: Vec<&'a str>,
    numbers: HashMap<&'a str, u32, foldhash::quality::RandomState>,
}

impl<'a> Labels<'a> {
    fn number(&mut self, label: &'a str) -> u32 {
        let next = self.texts.len() as u32;
        let number = *self.numbers.entry(label).or_insert(next);
        if number == next {
            self.texts.push(label);
        }
        number
    }

    /// The labels in byte order, and for each by its number here the number there.
    fn sorted(&self) -> (Vec<&'a str>, Vec<u32>) {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_unstable_by_key(|&number| self.texts[number as usize]);
        let mut renumbered = vec![0; order.len()];
        for (place, &number) in order.iter().enumerate() {
            renumbered[number as usize] = place as u32;
        }
        (order.iter().map(|&number| self.texts[number as usize]).collect(), renumbered)
    }
}

/// Which shapes of an older tree are in the new one already, as what.
pub(super) struct Copies<'a> {
    tree: View<'a>,
    shapes: Vec<Option<u32>>,
    labels: Vec<Option<u32>>,
    draft: Draft,
}

impl<'a> Copies<'a> {
    pub(super) fn new(tree: View<'a>) -> Self {
        Self {
            tree,
            shapes: vec![None; tree.shape_count() as usize],
            labels: vec![None; tree.label_count()],
            draft: Draft::default(),
        }
    }

    /// The new number of `shape`, copied now if it is not there: what it is made of first, as a build would.
    fn copy(&mut self, shape: u32, labels: &mut Labels<'a>, shapes: &mut Shapes) -> u32 {
        let tree = self.tree;
        let mut todo = Vec::new();
        if self.known(shape).is_none() {
            todo.push((shape, tree.branches(shape)));
        }
        while let Some((next, branches)) = todo.last_mut() {
            let unknown =
                |branch| Some(tree.branch_shape(branch)).filter(|&below| self.known(below).is_none());
            if let Some(below) = branches.find_map(unknown) {
                todo.push((below, tree.branches(below)));
            } else {
                self.copy_one(*next, labels, shapes);
                todo.pop();
            }
        }
        self.known(shape).unwrap_or(0)
    }

    fn known(&self, shape: u32) -> Option<u32> {
        self.shapes.get(shape as usize).copied().flatten()
    }

    /// Copies a shape that is made of known ones.
    fn copy_one(&mut self, shape: u32, labels: &mut Labels<'a>, shapes: &mut Shapes) {
        let tree = self.tree;
        let mut draft = std::mem::take(&mut self.draft);
        draft.clear();
        for branch in tree.branches(shape) {
            let label = self.label(tree.branch_label(branch), labels);
            let below = self.known(tree.branch_shape(branch)).unwrap_or(0);
            draft.branches.push(Branch { label, shape: below, place: tree.branch_place(branch) });
        }
        for leaf in tree.leaves(shape) {
            let label = self.label(tree.leaf_label(leaf), labels);
            draft.leaves.push(Leaf { label, place: tree.leaf_place(leaf) });
        }
        let number = shapes.number(&draft, tree.size(shape));
        self.draft = draft;
        if let Some(known) = self.shapes.get_mut(shape as usize) {
            *known = Some(number);
        }
    }

    fn label(&mut self, label: u32, labels: &mut Labels<'a>) -> u32 {
        let Some(known) = self.labels.get_mut(label as usize) else { return 0 };
        *known.get_or_insert_with(|| labels.number(self.tree.label_text(label)))
    }
}
