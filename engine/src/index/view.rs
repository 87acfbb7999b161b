//! Owns the questions to a frozen tree: children, labels, places, and which children have a given label or prefix.
//!
//! Invariant: the bytes were checked by `Frozen::open`, so that what is read is in bounds; a number that never came
//! from this tree reads as 0 or as nothing. A view borrows the bytes once, for as long as a walk lasts.

use std::ops::Range;

use super::order;

/// Little-endian numbers as they stand in the bytes, `WIDTH` bytes a record.
pub(super) type Section<'a, const WIDTH: usize> = &'a [[u8; WIDTH]];

/// Bytes of a shape: number of its first branch, of its first leaf, how many names it holds.
pub(super) const SHAPE_BYTES: usize = 12;
/// Bytes of a branch: label, shape, place of its first name.
pub(super) const BRANCH_BYTES: usize = 12;
/// Bytes of a leaf: label, place.
pub(super) const LEAF_BYTES: usize = 8;

/// In the third number of a shape: it stands under more than one branch.
pub(super) const SHARED: u32 = 1 << 31;

/// A checked tree's sections.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) shapes: Section<'a, SHAPE_BYTES>,
    pub(super) branches: Section<'a, BRANCH_BYTES>,
    pub(super) leaves: Section<'a, LEAF_BYTES>,
    pub(super) ids: Section<'a, 4>,
    pub(super) label_starts: Section<'a, 4>,
    pub(super) text: &'a [u8],
}

/// The number at position `field` of record `index`.
fn get<const WIDTH: usize>(section: Section<'_, WIDTH>, index: u32, field: usize) -> u32 {
    let record = section.get(index as usize).map_or(&[][..], |record| record.as_slice());
    record.as_chunks::<4>().0.get(field).map_or(0, |number| u32::from_le_bytes(*number))
}

impl<'a> View<'a> {
    /// How many distinct labels there are.
    pub(super) fn label_count(self) -> usize {
        self.label_starts.len().saturating_sub(1)
    }

    /// How many shapes there are; the last one is the whole tree's.
    pub(super) fn shape_count(self) -> u32 {
        self.shapes.len().saturating_sub(1) as u32
    }

    /// The shape of the whole tree.
    pub(super) fn root(self) -> u32 {
        self.shape_count().saturating_sub(1)
    }

    /// How many names `shape` holds.
    pub(super) fn size(self, shape: u32) -> u32 {
        get(self.shapes, shape, 2) & !SHARED
    }

    /// Whether `shape` stands under more than one branch.
    pub(super) fn is_shared(self, shape: u32) -> bool {
        get(self.shapes, shape, 2) & SHARED != 0
    }

    /// Numbers of the branches of `shape`, in the order of their paths.
    pub(super) fn branches(self, shape: u32) -> Range<u32> {
        get(self.shapes, shape, 0)..get(self.shapes, shape + 1, 0)
    }

    /// Numbers of the leaves right in `shape`, in the order of their paths.
    pub(super) fn leaves(self, shape: u32) -> Range<u32> {
        get(self.shapes, shape, 1)..get(self.shapes, shape + 1, 1)
    }

    pub(super) fn branch_label(self, branch: u32) -> u32 {
        get(self.branches, branch, 0)
    }

    /// What lies below `branch`.
    pub(super) fn branch_shape(self, branch: u32) -> u32 {
        get(self.branches, branch, 1)
    }

    /// How many names of its shape come before those below `branch`.
    pub(super) fn branch_place(self, branch: u32) -> u32 {
        get(self.branches, branch, 2)
    }

    pub(super) fn leaf_label(self, leaf: u32) -> u32 {
        get(self.leaves, leaf, 0)
    }

    /// How many names of its shape come before `leaf`.
    pub(super) fn leaf_place(self, leaf: u32) -> u32 {
        get(self.leaves, leaf, 1)
    }

    /// The series of a name, by its place in the whole tree.
    pub(super) fn id(self, place: u32) -> u32 {
        get(self.ids, place, 0)
    }

    /// The series of a run of names.
    pub(super) fn ids(self, places: Range<u32>) -> impl Iterator<Item = u32> {
        let ids = self.ids.get(places.start as usize..places.end as usize).unwrap_or_default();
        ids.iter().map(|id| u32::from_le_bytes(*id))
    }

    /// The bytes of a label, which are UTF-8.
    pub(super) fn label(self, label: u32) -> &'a [u8] {
        let start = get(self.label_starts, label, 0) as usize;
        self.text.get(start..get(self.label_starts, label + 1, 0) as usize).unwrap_or_default()
    }

    /// A label as text.
    pub(super) fn label_text(self, label: u32) -> &'a str {
        // The text was checked as a whole when the tree was opened.
        std::str::from_utf8(self.label(label)).unwrap_or("")
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
        let found = self.branch_from(among.clone(), self.label(label));
        (found < among.end && self.branch_label(found) == label).then_some(found)
    }

    /// The leaf of `among` with that label.
    pub(super) fn leaf_labelled(self, among: Range<u32>, label: u32) -> Option<u32> {
        // Labels are numbered in byte order, which is the order of leaves.
        let found = partition_point(among.clone(), |leaf| self.leaf_label(leaf) < label);
        (found < among.end && self.leaf_label(found) == label).then_some(found)
    }

    /// The first branch of `among` that is not before one with the label `text`.
    pub(super) fn branch_from(self, among: Range<u32>, text: &[u8]) -> u32 {
        let before = |branch| order::compare_branches(self.label(self.branch_label(branch)), text).is_lt();
        partition_point(among, before)
    }

    /// How many names of `shape` come before a leaf with the label `text`.
    pub(super) fn place_of_leaf(self, shape: u32, text: &[u8]) -> u32 {
        let leaf_before = |leaf| self.label(self.leaf_label(leaf)) < text;
        let branch_before =
            |branch| !order::leaf_precedes_branch(text, self.label(self.branch_label(branch)));
        let leaf = partition_point(self.leaves(shape), leaf_before);
        self.first_place(shape, leaf, partition_point(self.branches(shape), branch_before))
    }

    /// How many names of `shape` come before those below a branch with the label `text`.
    pub(super) fn place_of_branch(self, shape: u32, text: &[u8]) -> u32 {
        let leaf_before = |leaf| order::leaf_precedes_branch(self.label(self.leaf_label(leaf)), text);
        let leaf = partition_point(self.leaves(shape), leaf_before);
        self.first_place(shape, leaf, self.branch_from(self.branches(shape), text))
    }

    /// The place at which the first of what is left begins: `leaf` and `branch`, if `shape` has them.
    fn first_place(self, shape: u32, leaf: u32, branch: u32) -> u32 {
        let size = self.size(shape);
        let of_leaf = if leaf < self.leaves(shape).end { self.leaf_place(leaf) } else { size };
        let of_branch = if branch < self.branches(shape).end { self.branch_place(branch) } else { size };
        of_leaf.min(of_branch)
    }

    /// The leaf of `shape` at `place`.
    pub(super) fn leaf_at(self, shape: u32, place: u32) -> Option<u32> {
        let leaves = self.leaves(shape);
        let found = partition_point(leaves.clone(), |leaf| self.leaf_place(leaf) < place);
        (found < leaves.end && self.leaf_place(found) == place).then_some(found)
    }

    /// The branch of `shape` below which the name at `place` lies; `likely` is tried first.
    pub(super) fn branch_at(self, shape: u32, place: u32, likely: u32) -> Option<u32> {
        let branches = self.branches(shape);
        let holds = |branch: &u32| {
            let first = self.branch_place(*branch);
            place >= first && place - first < self.size(self.branch_shape(*branch))
        };
        if branches.contains(&likely) && holds(&likely) {
            return Some(likely);
        }
        let after = partition_point(branches.clone(), |branch| self.branch_place(branch) <= place);
        after.checked_sub(1).filter(|found| branches.contains(found)).filter(holds)
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
