//! Owns the names that came and went since the tree was frozen: a small mutable trie, and the ids it hides below.
//!
//! Invariant: a branch without children does not exist, the root aside. An id is hidden when its leaf stands in an older
//! layer. Children are in the order of their labels, which for branches need not be the order of their paths.

use std::collections::BTreeMap;
use std::ops::Bound;

use roaring::RoaringBitmap;

use super::digest::digest_of;

/// The number of the root in every layer.
pub(super) const ROOT: u32 = 0;

#[derive(Default)]
struct Branch {
    branches: BTreeMap<Box<str>, u32>,
    leaves: BTreeMap<Box<str>, u32>,
}

/// Changes on top of a frozen tree.
pub(super) struct Overlay {
    nodes: Vec<Branch>,
    free: Vec<u32>,
    leaf_count: usize,
    hidden: RoaringBitmap,
    digest: u64,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            nodes: vec![Branch::default()],
            free: Vec::new(),
            leaf_count: 0,
            hidden: RoaringBitmap::new(),
            digest: 0,
        }
    }
}

impl Overlay {
    /// How many names were added.
    pub(super) fn leaf_count(&self) -> usize {
        self.leaf_count
    }

    /// Ids whose leaves in older layers are gone.
    pub(super) fn hidden(&self) -> &RoaringBitmap {
        &self.hidden
    }

    /// What the changes do to the sum over all names, wrapping.
    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leaf_count == 0 && self.hidden.is_empty()
    }

    /// Adds the leaf `path`.
    pub(super) fn insert(&mut self, id: u32, path: &str) {
        self.digest = self.digest.wrapping_add(digest_of(path, id));
        let (branches, label) = split_path(path);
        let mut node = ROOT;
        for branch in branches {
            node = match self.nodes[node as usize].branches.get(branch) {
                Some(&child) => child,
                None => {
                    let child = self.new_node();
                    self.nodes[node as usize].branches.insert(branch.into(), child);
                    child
                }
            };
        }
        if self.nodes[node as usize].leaves.insert(label.into(), id).is_none() {
            self.leaf_count += 1;
        }
    }

    /// Takes out the leaf `path`, or hides `id` when the leaf is an older layer's.
    pub(super) fn remove(&mut self, id: u32, path: &str) {
        self.digest = self.digest.wrapping_sub(digest_of(path, id));
        let (branches, label) = split_path(path);
        let mut way = vec![(ROOT, "")];
        for branch in branches {
            let (node, _) = way[way.len() - 1];
            match self.nodes[node as usize].branches.get(branch) {
                Some(&child) => way.push((child, branch)),
                None => return self.hide(id),
            }
        }
        let (node, _) = way[way.len() - 1];
        let leaves = &mut self.nodes[node as usize].leaves;
        if leaves.get(label) != Some(&id) {
            return self.hide(id);
        }
        leaves.remove(label);
        self.leaf_count -= 1;
        for pair in way.windows(2).rev() {
            let [(parent, _), (node, label)] = *pair else { return };
            let branch = &self.nodes[node as usize];
            if !branch.branches.is_empty() || !branch.leaves.is_empty() {
                return;
            }
            self.nodes[parent as usize].branches.remove(label);
            self.free.push(node);
        }
    }

    /// Takes the changes of `newer`, as if they had been made here.
    pub(super) fn absorb(&mut self, newer: &Overlay) {
        let digest = self.digest.wrapping_add(newer.digest);
        for id in &newer.hidden {
            self.hide(id);
        }
        let gone: Vec<(u32, String)> =
            self.paths().into_iter().filter(|(id, _)| newer.hidden.contains(*id)).collect();
        for (id, path) in gone {
            self.remove(id, &path);
        }
        for (id, path) in newer.paths() {
            self.insert(id, &path);
        }
        self.digest = digest;
    }

    /// The branches below `node` whose labels start with `prefix`: label and number.
    pub(super) fn branches(&self, node: u32, prefix: &str) -> impl Iterator<Item = (&str, u32)> {
        starting_with(&self.nodes[node as usize].branches, prefix)
    }

    /// The leaves right below `node` whose labels start with `prefix`: label and series.
    pub(super) fn leaves(&self, node: u32, prefix: &str) -> impl Iterator<Item = (&str, u32)> {
        starting_with(&self.nodes[node as usize].leaves, prefix)
    }

    /// The branch below `node` with that label.
    pub(super) fn branch(&self, node: u32, label: &str) -> Option<(&str, u32)> {
        self.nodes[node as usize].branches.get_key_value(label).map(|(label, &child)| (&**label, child))
    }

    /// The leaf right below `node` with that label.
    pub(super) fn leaf(&self, node: u32, label: &str) -> Option<(&str, u32)> {
        let (label, &id) = self.nodes[node as usize].leaves.get_key_value(label)?;
        Some((label, id))
    }

    /// How many children `node` has.
    pub(super) fn child_count(&self, node: u32) -> usize {
        let branch = &self.nodes[node as usize];
        branch.branches.len() + branch.leaves.len()
    }

    fn hide(&mut self, id: u32) {
        self.hidden.insert(id);
    }

    fn new_node(&mut self) -> u32 {
        if let Some(node) = self.free.pop() {
            return node;
        }
        self.nodes.push(Branch::default());
        (self.nodes.len() - 1) as u32
    }

    fn paths(&self) -> Vec<(u32, String)> {
        let mut found = Vec::with_capacity(self.leaf_count);
        let mut todo = vec![(ROOT, String::new())];
        while let Some((node, path)) = todo.pop() {
            let branch = &self.nodes[node as usize];
            found.extend(branch.leaves.iter().map(|(label, &id)| (id, format!("{path}{label}"))));
            todo.extend(branch.branches.iter().map(|(label, &child)| (child, format!("{path}{label}."))));
        }
        found
    }
}

/// The labels of a path's branches and of its leaf.
fn split_path(path: &str) -> (impl Iterator<Item = &str>, &str) {
    let (branches, label) = path.rsplit_once('.').map_or((None, path), |(way, label)| (Some(way), label));
    (branches.into_iter().flat_map(|way| way.split('.')), label)
}

fn starting_with<'a>(
    children: &'a BTreeMap<Box<str>, u32>,
    prefix: &str,
) -> impl Iterator<Item = (&'a str, u32)> {
    let bounds = match prefix {
        // An iteration from the first child needs no search for it.
        "" => (Bound::Unbounded, Bound::Unbounded),
        _ => (Bound::Included(prefix), Bound::Unbounded),
    };
    children
        .range::<str, _>(bounds)
        .take_while(move |(label, _)| label.starts_with(prefix))
        .map(|(label, &child)| (&**label, child))
}
