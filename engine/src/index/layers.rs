//! Owns the view of a frozen tree and up to two overlays as one tree.
//!
//! Invariant: a later layer wins: a leaf is there when no later layer hides its id. A branch stands for the branches
//! of the same path in all layers. Which labels a question is about is not known here.

use super::frozen::Frozen;
use super::overlay::{Overlay, ROOT};
use super::view::View;

/// How many overlays there can be: one that is being frozen, one that takes changes.
pub(super) const OVERLAYS: usize = 2;

/// No branch in this layer.
pub(super) const ABSENT: u32 = u32::MAX;

/// The same branch in every layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) frozen: u32,
    pub(super) overlays: [u32; OVERLAYS],
}

impl Cursor {
    /// In no layer.
    pub(super) const NOWHERE: Cursor = Cursor { frozen: ABSENT, overlays: [ABSENT; OVERLAYS] };
    /// The root, which every layer has.
    pub(super) const TOP: Cursor = Cursor { frozen: ROOT, overlays: [ROOT; OVERLAYS] };

    /// In each layer in which this or `other` is.
    pub(super) fn join(self, other: Cursor) -> Cursor {
        let [first, second] = self.overlays;
        let [other_first, other_second] = other.overlays;
        Cursor {
            frozen: self.frozen.min(other.frozen),
            overlays: [first.min(other_first), second.min(other_second)],
        }
    }
}

/// A label in whatever layer it was found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Label<'a> {
    /// By its number in the frozen tree.
    Frozen(u32),
    /// By its text.
    Text(&'a str),
}

/// All layers, oldest first.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    frozen: View<'a>,
    overlays: [&'a Overlay; OVERLAYS],
    hides: bool,
}

impl<'a> Layers<'a> {
    pub(super) fn new(frozen: &'a Frozen, overlays: [&'a Overlay; OVERLAYS]) -> Self {
        let hides = overlays.iter().any(|overlay| !overlay.hidden().is_empty());
        Self { frozen: frozen.view(), overlays, hides }
    }

    pub(super) fn frozen(&self) -> View<'a> {
        self.frozen
    }

    /// The overlays in which the branch exists: number in the layers, overlay, node.
    pub(super) fn overlays_at(self, cursor: Cursor) -> impl Iterator<Item = (usize, &'a Overlay, u32)> {
        let both = self.overlays.into_iter().zip(cursor.overlays).enumerate();
        both.filter(|&(_, (_, node))| node != ABSENT).map(|(number, (overlay, node))| (number, overlay, node))
    }

    pub(super) fn label_bytes(&self, label: Label<'a>) -> &'a [u8] {
        match label {
            Label::Frozen(number) => self.frozen.label(number),
            Label::Text(text) => text.as_bytes(),
        }
    }

    pub(super) fn label_text(&self, label: Label<'a>) -> &'a str {
        match label {
            // The tree's text was checked as a whole when it was opened.
            Label::Frozen(number) => std::str::from_utf8(self.frozen.label(number)).unwrap_or(""),
            Label::Text(text) => text,
        }
    }

    /// Whether a leaf of the frozen tree is still there.
    pub(super) fn is_frozen_visible(&self, id: u32) -> bool {
        !self.hides || !self.overlays.iter().any(|overlay| overlay.hidden().contains(id))
    }

    /// Whether a leaf of an overlay is still there.
    pub(super) fn is_overlay_visible(&self, number: usize, id: u32) -> bool {
        !self.hides || !self.overlays[number + 1..].iter().any(|newer| newer.hidden().contains(id))
    }

    /// Whether some leaf below the branch is still there.
    pub(super) fn is_alive(&self, cursor: Cursor) -> bool {
        if !self.hides {
            return true;
        }
        self.overlays_at(cursor).any(|(number, overlay, node)| self.is_overlay_alive(number, overlay, node))
            || (cursor.frozen != ABSENT && self.is_frozen_alive(cursor.frozen))
    }

    fn is_frozen_alive(&self, node: u32) -> bool {
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            if self.frozen.leaf_ids(self.frozen.leaves(node)).any(|id| self.is_frozen_visible(id)) {
                return true;
            }
            todo.extend(self.frozen.branches(node));
        }
        false
    }

    fn is_overlay_alive(&self, number: usize, overlay: &Overlay, node: u32) -> bool {
        let mut todo = vec![node];
        while let Some(node) = todo.pop() {
            if overlay.leaves(node, "").any(|(_, id)| self.is_overlay_visible(number, id)) {
                return true;
            }
            todo.extend(overlay.branches(node, "").map(|(_, child)| child));
        }
        false
    }
}
