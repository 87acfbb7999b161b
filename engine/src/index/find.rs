//! Owns what a find answers.
//!
//! Invariant: never more than the limit; `is_truncated` says whether there was more.

use std::sync::Arc;

/// The nodes that match a glob.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In byte order of their paths, each path once.
    pub nodes: Vec<Node>,
    /// Whether more matched than were asked for.
    pub is_truncated: bool,
}

/// A node of the tree of paths; one that is a leaf and a branch is one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Full path.
    pub path: Arc<str>,
    /// The series of that name, if there is one.
    pub id: Option<u32>,
    /// Whether there are longer paths below.
    pub is_branch: bool,
}
