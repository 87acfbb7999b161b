//! Owns the view of a frozen tree and up to two overlays as one tree: what is hidden, and what is found in all of them.
//!
//! Invariant: a later layer wins: a leaf is there when no later layer hides its id. Each layer is walked by itself;
//! what it finds is in the order of the paths, and so is what comes of putting them together.

use plumbago_protocol::Glob;

use super::automaton::Automaton;
use super::descent::Descent;
use super::find::{Found, Node};
use super::frozen::Frozen;
use super::hits::Hit;
use super::overlay::{Overlay, ROOT};
use super::spelling::Spelling;
use super::view::View;
use super::walk::Walk;

/// How many overlays there can be: one that is being frozen, one that takes changes.
pub(super) const OVERLAYS: usize = 2;

/// No branch in this overlay.
pub(super) const ABSENT: u32 = u32::MAX;

/// The same branch in every overlay, or `ABSENT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nodes(pub(super) [u32; OVERLAYS]);

impl Nodes {
    /// In no overlay.
    pub(super) const NOWHERE: Nodes = Nodes([ABSENT; OVERLAYS]);
}

/// All layers, oldest first.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    frozen: View<'a>,
    overlays: [&'a Overlay; OVERLAYS],
    hidden_count: usize,
}

impl<'a> Layers<'a> {
    pub(super) fn new(frozen: &'a Frozen, overlays: [&'a Overlay; OVERLAYS]) -> Self {
        let hidden_count = overlays.iter().map(|overlay| overlay.hidden().len() as usize).sum();
        Self { frozen: frozen.view(), overlays, hidden_count }
    }

    /// The series whose paths match, in the order of their paths, at most `limit`.
    pub(super) fn leaves(self, glob: &Glob, limit: usize) -> Vec<u32> {
        // What is hidden is found too, and left out only then.
        let enough = limit.saturating_add(self.hidden_count);
        let hits = Descent::new(self.frozen, Automaton::new(glob), false).run(enough);
        let mut added = Vec::new();
        if self.has_additions() {
            Walk::new(self, Automaton::new(glob), false).run(|addition| {
                added.extend(addition.id.map(|id| (addition.place, id)));
                added.len() < limit
            });
        }
        let mut added = added.into_iter().peekable();
        let mut ids = Vec::new();
        for Hit { first, end, .. } in hits {
            let mut next = first;
            while let Some((place, id)) = added.next_if(|&(place, _)| place < end) {
                self.extend_visible(&mut ids, next..place.max(next));
                next = place.max(next);
                ids.push(id);
            }
            self.extend_visible(&mut ids, next..end);
            if ids.len() >= limit {
                break;
            }
        }
        ids.extend(added.map(|(_, id)| id));
        ids.truncate(limit);
        ids
    }

    /// The nodes that match, leaves and branches, in the order of their paths, at most `limit`.
    pub(super) fn find(self, glob: &Glob, limit: usize) -> Found {
        let more = limit.saturating_add(1);
        // A node that is leaf and branch is two hits; a hidden leaf may take any number of branches with it.
        let enough = if self.hidden_count == 0 { more.saturating_mul(2) } else { usize::MAX };
        let hits = Descent::new(self.frozen, Automaton::new(glob), true).run(enough);
        let mut added = Vec::new();
        if self.has_additions() {
            Walk::new(self, Automaton::new(glob), true).run(|addition| {
                let (path, id, is_branch) = (addition.path.into(), addition.id, addition.is_branch);
                added.push(Node { path, id, is_branch });
                added.len() < more
            });
        }
        let mut spelling = Spelling::new(self.frozen);
        let mut nodes: Vec<Node> = Vec::new();
        let mut added = added.into_iter().peekable();
        for hit in hits.iter().filter(|hit| self.is_alive(hit)) {
            let path = spelling.path(hit);
            while let Some(node) = added.next_if(|node| &*node.path <= path) {
                push(&mut nodes, node);
            }
            let id = (!hit.is_branch).then(|| self.frozen.id(hit.first));
            push(&mut nodes, Node { path: path.into(), id, is_branch: hit.is_branch });
            if nodes.len() > more {
                break;
            }
        }
        added.for_each(|node| push(&mut nodes, node));
        let is_truncated = nodes.len() > limit;
        nodes.truncate(limit);
        Found { nodes, is_truncated }
    }

    pub(super) fn frozen(&self) -> View<'a> {
        self.frozen
    }

    /// The roots of all overlays.
    pub(super) fn roots(&self) -> Nodes {
        Nodes([ROOT; OVERLAYS])
    }

    /// The overlays in which the branch exists: number in the layers, overlay, node.
    pub(super) fn overlays_at(self, nodes: Nodes) -> impl Iterator<Item = (usize, &'a Overlay, u32)> {
        let both = self.overlays.into_iter().zip(nodes.0).enumerate();
        both.filter(|&(_, (_, node))| node != ABSENT).map(|(number, (overlay, node))| (number, overlay, node))
    }

    /// Whether a leaf of an overlay is still there.
    pub(super) fn is_overlay_visible(&self, number: usize, id: u32) -> bool {
        self.hidden_count == 0 || !self.overlays[number + 1..].iter().any(|newer| newer.hidden().contains(id))
    }

    /// Whether some leaf of an overlay is still there below the branch.
    pub(super) fn is_overlay_branch_alive(&self, nodes: Nodes) -> bool {
        self.hidden_count == 0
            || self.overlays_at(nodes).any(|(number, overlay, node)| {
                let mut todo = vec![node];
                while let Some(node) = todo.pop() {
                    if overlay.leaves(node, "").any(|(_, id)| self.is_overlay_visible(number, id)) {
                        return true;
                    }
                    todo.extend(overlay.branches(node, "").map(|(_, child)| child));
                }
                false
            })
    }

    fn has_additions(&self) -> bool {
        self.overlays.iter().any(|overlay| overlay.leaf_count() > 0)
    }

    fn is_frozen_visible(&self, id: u32) -> bool {
        !self.overlays.iter().any(|overlay| overlay.hidden().contains(id))
    }

    /// Whether some name of the hit is still there.
    fn is_alive(&self, hit: &Hit) -> bool {
        self.hidden_count == 0 || self.frozen.ids(hit.first..hit.end).any(|id| self.is_frozen_visible(id))
    }

    fn extend_visible(&self, ids: &mut Vec<u32>, places: std::ops::Range<u32>) {
        let found = self.frozen.ids(places);
        match self.hidden_count {
            0 => ids.extend(found),
            _ => ids.extend(found.filter(|&id| self.is_frozen_visible(id))),
        }
    }
}

/// Appends a node, or joins it with the last one if that has the same path.
fn push(nodes: &mut Vec<Node>, node: Node) {
    match nodes.last_mut().filter(|last| last.path == node.path) {
        Some(last) => {
            last.id = last.id.or(node.id);
            last.is_branch |= node.is_branch;
        }
        None => nodes.push(node),
    }
}
