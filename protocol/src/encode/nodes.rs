//! Nodes of the tree of names as front ends ask for them: their paths, and when leaves have data.

/// A span of time in seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its first second.
    pub start: i64,
    /// Its last second.
    pub end: i64,
}

/// One node that a pattern found.
#[derive(Clone, Copy, Debug)]
pub struct FoundNode<'a> {
    /// The full path.
    pub path: &'a str,
    /// When a leaf may have data; `None` for a branch.
    pub interval: Option<Interval>,
}

impl FoundNode<'_> {
    pub(super) fn is_leaf(&self) -> bool {
        self.interval.is_some()
    }
}
