//! Owns the way from places in the frozen tree to their paths.
//!
//! Invariant: what two places in a row share is spelled once; in whatever order they come, the paths are right.

use super::hits::Hit;
use super::view::View;

/// A branch on the way to the last place.
struct Open {
    shape: u32,
    /// Place of its first name.
    first: u32,
    /// Bytes of its path, the dot behind it included.
    path_bytes: usize,
    /// The branch below it that is on the way, if one was.
    taken: u32,
}

/// Spells paths.
pub(super) struct Spelling<'a> {
    tree: View<'a>,
    way: Vec<Open>,
    path: String,
}

impl<'a> Spelling<'a> {
    pub(super) fn new(tree: View<'a>) -> Self {
        let root = Open { shape: tree.root(), first: 0, path_bytes: 0, taken: 0 };
        Self { tree, way: vec![root], path: String::new() }
    }

    /// The path of the name at the hit's first place, or of the branch `depth` labels down the way to it.
    pub(super) fn path(&mut self, hit: &Hit) -> &str {
        let (place, depth) = (hit.first, hit.depth as usize);
        let tree = self.tree;
        while self.way.len() > 1 && self.way.last().is_some_and(|open| !self.holds(open, place, depth)) {
            self.way.pop();
        }
        let below = if hit.is_branch { depth } else { depth.saturating_sub(1) };
        self.path.truncate(self.way.last().map_or(0, |open| open.path_bytes));
        while self.way.len() <= below
            && let Some(open) = self.way.last_mut()
            && let Some(branch) = tree.branch_at(open.shape, place - open.first, open.taken + 1)
        {
            open.taken = branch;
            self.path.push_str(tree.label_text(tree.branch_label(branch)));
            self.path.push('.');
            let first = open.first + tree.branch_place(branch);
            let (shape, path_bytes) = (tree.branch_shape(branch), self.path.len());
            self.way.push(Open { shape, first, path_bytes, taken: tree.branches(shape).start });
        }
        if hit.is_branch {
            return self.path.strip_suffix('.').unwrap_or(&self.path);
        }
        if let Some(open) = self.way.last()
            && let Some(leaf) = tree.leaf_at(open.shape, place - open.first)
        {
            self.path.push_str(tree.label_text(tree.leaf_label(leaf)));
        }
        &self.path
    }

    /// Whether the way to `place`, so many labels long, leads through the last branch of this way.
    fn holds(&self, open: &Open, place: u32, depth: usize) -> bool {
        let is_inside = place >= open.first && place - open.first < self.tree.size(open.shape);
        is_inside && self.way.len() <= depth
    }
}
