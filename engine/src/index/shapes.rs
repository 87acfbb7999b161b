//! Owns the distinct shapes of a tree that is being built: what lies below branches, each kept once.
//!
//! Invariant: two shapes differ in a label, a place or a shape below; every shape is made of earlier ones. Labels have
//! the numbers of their first use. Series are not known here, so that a thousand hosts with the same metrics are one
//! shape.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;
use hashbrown::HashTable;

/// A branch as its shape sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) label: u32,
    pub(super) shape: u32,
    /// How many names of the shape that the branch stands in come before those below it.
    pub(super) place: u32,
}

/// A leaf as its shape sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) label: u32,
    /// How many names of the shape come before.
    pub(super) place: u32,
}

/// A shape whose children are being collected, in the order of their paths.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) branches: Vec<Branch>,
    pub(super) leaves: Vec<Leaf>,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.branches.is_empty() && self.leaves.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.branches.clear();
        self.leaves.clear();
    }

    fn hash(&self) -> u64 {
        let mut hasher = HASHING.build_hasher();
        for branch in &self.branches {
            hasher.write_u64(u64::from(branch.label) << 32 | u64::from(branch.shape));
            hasher.write_u32(branch.place);
        }
        for leaf in &self.leaves {
            hasher.write_u64(u64::from(leaf.label) << 32 | u64::from(leaf.place));
        }
        hasher.finish()
    }
}

/// Shapes are compared in full: who makes hashes collide gains a slow build of his own names only.
const HASHING: FixedState = FixedState::with_seed(0);

/// Where the children of a shape begin, and its size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) first_branch: u32,
    pub(super) first_leaf: u32,
    pub(super) size: u32,
}

/// All shapes so far, by number.
#[derive(Default)]
pub(super) struct Shapes {
    pub(super) shapes: Vec<Shape>,
    pub(super) branches: Vec<Branch>,
    pub(super) leaves: Vec<Leaf>,
    numbers: HashTable<(u64, u32)>,
}

impl Shapes {
    /// The number of the shape with these children and `size` names.
    pub(super) fn number(&mut self, draft: &Draft, size: u32) -> u32 {
        let hash = draft.hash();
        let is_same = |&(known, number): &(u64, u32)| known == hash && self.is(number, draft);
        if let Some(&(_, number)) = self.numbers.find(hash, is_same) {
            return number;
        }
        let number = self.shapes.len() as u32;
        let (first_branch, first_leaf) = (self.branches.len() as u32, self.leaves.len() as u32);
        self.shapes.push(Shape { first_branch, first_leaf, size });
        self.branches.extend_from_slice(&draft.branches);
        self.leaves.extend_from_slice(&draft.leaves);
        self.numbers.insert_unique(hash, (hash, number), |&(hash, _)| hash);
        number
    }

    fn is(&self, number: u32, draft: &Draft) -> bool {
        let at = number as usize;
        let Some(shape) = self.shapes.get(at) else { return false };
        let next = self.shapes.get(at + 1);
        let branches =
            shape.first_branch as usize..next.map_or(self.branches.len(), |next| next.first_branch as usize);
        let leaves =
            shape.first_leaf as usize..next.map_or(self.leaves.len(), |next| next.first_leaf as usize);
        self.branches.get(branches) == Some(&draft.branches) && self.leaves.get(leaves) == Some(&draft.leaves)
    }
}
