//! Owns the questions to a frozen tree: children, labels, and which children have a given label or prefix.
//!
//! Invariant: the bytes were checked by `Frozen::open`, so that what is read is in bounds; a number that never came
//! from this tree reads as 0 or as nothing. A view borrows the bytes once, for as long as a walk lasts.

use std::ops::Range;

use super::order;

/// Numbers as they stand in the bytes.
pub(super) type Section<'a> = &'a [[u8; 4]];

/// A checked tree's sections.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) branch_labels: Section<'a>,
    pub(super) first_branches: Section<'a>,
    pub(super) first_leaves: Section<'a>,
    pub(super) leaf_labels: Section<'a>,
    pub(super) leaf_ids: Section<'a>,
    pub(super) label_starts: Section<'a>,
    pub(super) text: &'a [u8],
}

fn get(section: Section<'_>, index: u32) -> u32 {
    section.get(index as usize).map_or(0, |number| u32::from_le_bytes(*number))
}

impl<'a> View<'a> {
    /// How many distinct labels there are.
    pub(super) fn label_count(self) -> usize {
        self.label_starts.len().saturating_sub(1)
    }

    /// Numbers of the branches below `node`, in the order of their paths.
    pub(super) fn branches(self, node: u32) -> Range<u32> {
        get(self.first_branches, node)..get(self.first_branches, node + 1)
    }

    /// Numbers of the leaves right below `node`, in the order of their paths.
    pub(super) fn leaves(self, node: u32) -> Range<u32> {
        get(self.first_leaves, node)..get(self.first_leaves, node + 1)
    }

    pub(super) fn branch_label(self, branch: u32) -> u32 {
        get(self.branch_labels, branch)
    }

    pub(super) fn leaf_label(self, leaf: u32) -> u32 {
        get(self.leaf_labels, leaf)
    }

    /// The series at a leaf.
    pub(super) fn leaf_id(self, leaf: u32) -> u32 {
        get(self.leaf_ids, leaf)
    }

    /// The series at a run of leaves.
    pub(super) fn leaf_ids(self, leaves: Range<u32>) -> impl Iterator<Item = u32> {
        let ids = self.leaf_ids.get(leaves.start as usize..leaves.end as usize).unwrap_or_default();
        ids.iter().map(|id| u32::from_le_bytes(*id))
    }

    /// The bytes of a label, which are UTF-8.
    pub(super) fn label(self, label: u32) -> &'a [u8] {
        let start = get(self.label_starts, label) as usize;
        self.text.get(start..get(self.label_starts, label + 1) as usize).unwrap_or_default()
    }

    /// The number of the label `text`, if any path has it.
    pub(super) fn find_label(self, text: &[u8]) -> Option<u32> {
        let label = partition_point(0..self.label_count() as u32, |label| self.label(label) < text);
        (label < self.label_count() as u32 && self.label(label) == text).then_some(label)
    }

    /// The branches of `among` whose labels start with `prefix`.
    pub(super) fn branches_with_prefix(self, among: Range<u32>, prefix: &[u8]) -> Range<u32> {
        let compare = |branch| order::compare_branch_to_prefix(self.label(self.branch_label(branch)), prefix);
        let start = partition_point(among.clone(), |branch| compare(branch).is_lt());
        start..partition_point(start..among.end, |branch| compare(branch).is_le())
    }

    /// The leaves of `among` whose labels start with `prefix`.
    pub(super) fn leaves_with_prefix(self, among: Range<u32>, prefix: &[u8]) -> Range<u32> {
        let compare = |leaf| order::compare_leaf_to_prefix(self.label(self.leaf_label(leaf)), prefix);
        let start = partition_point(among.clone(), |leaf| compare(leaf).is_lt());
        start..partition_point(start..among.end, |leaf| compare(leaf).is_le())
    }

    /// The branch of `among` with that label.
    pub(super) fn branch_labelled(self, among: Range<u32>, label: u32) -> Option<u32> {
        if among.len() <= SCAN_MAX {
            return among.into_iter().find(|&branch| self.branch_label(branch) == label);
        }
        let text = self.label(label);
        let before = |branch| order::compare_branches(self.label(self.branch_label(branch)), text).is_lt();
        let found = partition_point(among.clone(), before);
        (found < among.end && self.branch_label(found) == label).then_some(found)
    }

    /// The leaf of `among` with that label.
    pub(super) fn leaf_labelled(self, among: Range<u32>, label: u32) -> Option<u32> {
        // Labels are numbered in byte order, which is the order of leaves.
        let found = partition_point(among.clone(), |leaf| self.leaf_label(leaf) < label);
        (found < among.end && self.leaf_label(found) == label).then_some(found)
    }
}

/// So few children are faster looked through than searched by their labels' text.
const SCAN_MAX: usize = 32;

/// The first number of `range` that is not `before`.
fn partition_point(range: Range<u32>, before: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (range.start, range.end.max(range.start));
    while low < high {
        let middle = low + (high - low) / 2;
        match before(middle) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}
