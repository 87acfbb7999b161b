//! Owns what a walk of the frozen tree finds: places of names and of branches, without their text.
//!
//! Invariant: a hit means the same in every place where its shape stands, once its places and depth are moved there.

/// A run of names, or a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Place of the first name: found, or the first below the branch.
    pub(super) first: u32,
    /// Behind the last name.
    pub(super) end: u32,
    /// How many labels the path of each name found, or of the branch, has.
    pub(super) depth: u32,
    /// The branch is found, not the names below.
    pub(super) is_branch: bool,
}

impl Hit {
    /// One name.
    pub(super) fn leaf(place: u32, depth: u32) -> Self {
        Self { first: place, end: place + 1, depth, is_branch: false }
    }

    /// How many things are found.
    pub(super) fn count(&self) -> usize {
        if self.is_branch { 1 } else { (self.end - self.first) as usize }
    }

    /// The same, so much further down.
    pub(super) fn below(self, place: u32, depth: u32) -> Self {
        Self { first: self.first + place, end: self.end + place, depth: self.depth + depth, ..self }
    }

    /// The same, as seen from a shape whose first name is at `place`, at that depth.
    pub(super) fn seen_from(self, place: u32, depth: u32) -> Self {
        Self { first: self.first - place, end: self.end - place, depth: self.depth - depth, ..self }
    }
}
