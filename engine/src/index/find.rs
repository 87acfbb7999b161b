//! Owns what a find answers, and how a walk's finds become it.
//!
//! Invariant: never more than the limit; `is_truncated` says whether there was more.

/// Takes what a walk finds.
pub(super) trait Sink {
    /// Whether paths and branches are wanted, not just the ids of leaves.
    const NAMED: bool;

    /// Takes one node, a leaf if it has an id; false ends the walk. The path is empty unless `NAMED`.
    fn take(&mut self, path: &str, id: Option<u32>, is_branch: bool) -> bool;
}

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
    pub path: String,
    /// The series of that name, if there is one.
    pub id: Option<u32>,
    /// Whether there are longer paths below.
    pub is_branch: bool,
}

/// Collects nodes with their paths.
pub(super) struct NodeSink {
    found: Found,
    limit: usize,
}

impl NodeSink {
    pub(super) fn new(limit: usize) -> Self {
        Self { found: Found::default(), limit }
    }

    pub(super) fn found(self) -> Found {
        self.found
    }
}

impl Sink for NodeSink {
    const NAMED: bool = true;

    fn take(&mut self, path: &str, id: Option<u32>, is_branch: bool) -> bool {
        if self.found.nodes.len() == self.limit {
            self.found.is_truncated = true;
            return false;
        }
        self.found.nodes.push(Node { path: path.to_owned(), id, is_branch });
        true
    }
}

/// Collects the ids of leaves.
pub(super) struct IdSink {
    ids: Vec<u32>,
    limit: usize,
}

impl IdSink {
    pub(super) fn new(limit: usize) -> Self {
        Self { ids: Vec::new(), limit }
    }

    pub(super) fn ids(self) -> Vec<u32> {
        self.ids
    }
}

impl Sink for IdSink {
    const NAMED: bool = false;

    fn take(&mut self, _: &str, id: Option<u32>, _: bool) -> bool {
        if self.ids.len() == self.limit {
            return false;
        }
        self.ids.extend(id);
        true
    }
}

/// Collects every leaf as path and id, the paths one behind another.
#[derive(Default)]
pub(super) struct PathSink {
    pub(super) text: String,
    /// End of the path in `text`, and series.
    pub(super) ends: Vec<(usize, u32)>,
}

impl PathSink {
    /// The paths, as slices of the text.
    pub(super) fn entries(&self) -> Vec<(&str, u32)> {
        let mut start = 0;
        let entries = self.ends.iter().map(|&(end, id)| {
            let path = self.text.get(start..end).unwrap_or("");
            start = end;
            (path, id)
        });
        entries.collect()
    }
}

impl Sink for PathSink {
    const NAMED: bool = true;

    fn take(&mut self, path: &str, id: Option<u32>, _: bool) -> bool {
        if let Some(id) = id {
            self.text.push_str(path);
            self.ends.push((self.text.len(), id));
        }
        true
    }
}
