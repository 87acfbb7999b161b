//! Owns the tree of untagged names: a frozen part, what changed since, and the change from one frozen part to the next.
//!
//! Invariant: the answer to a question does not depend on what is frozen. While a job freezes, its overlay takes no
//! more changes; a second one on top does.

use std::sync::Arc;

use plumbago_protocol::Glob;

use super::find::Found;
use super::freeze::freeze;
use super::frozen::Frozen;
use super::layers::Layers;
use super::overlay::Overlay;
use super::refreeze::refreeze;
use super::{cache, is_tagged};
use crate::disk::Disk;
use crate::{Error, Registry};

/// With more series than this created since the cache was written, a new tree is built at once.
const ADDED_AT_OPEN_MAX: u32 = 1 << 16;

/// All untagged names.
pub(super) struct Tree {
    frozen: FrozenTree,
    freezing: Option<Arc<Overlay>>,
    overlay: Overlay,
    none: Overlay,
}

/// The immutable part of the tree; cheap to clone.
#[derive(Clone)]
pub struct FrozenTree(pub(super) Frozen);

/// The work of freezing what changed; holds what it needs, and no lock.
pub struct FreezeJob {
    frozen: Frozen,
    overlay: Arc<Overlay>,
}

impl Tree {
    /// The tree of all untagged series of `registry`.
    pub(super) fn open(disk: &dyn Disk, registry: &Registry) -> Result<Self, Error> {
        let is_recent = |frozen: &Frozen| registry.id_end() - frozen.id_end() <= ADDED_AT_OPEN_MAX;
        let frozen = match cache::load(disk, registry)?.filter(is_recent) {
            Some(frozen) => frozen,
            None => freeze_registry(registry)?,
        };
        let added = frozen.id_end();
        let mut tree = Self::over(frozen);
        for id in added..registry.id_end() {
            if let Some(name) = registry.name(id).filter(|name| !is_tagged(name)) {
                tree.insert(id, name);
            }
        }
        Ok(tree)
    }

    fn over(frozen: Frozen) -> Self {
        Self {
            frozen: FrozenTree(frozen),
            freezing: None,
            overlay: Overlay::default(),
            none: Overlay::default(),
        }
    }

    pub(super) fn insert(&mut self, id: u32, path: &str) {
        self.overlay.insert(id, path);
    }

    pub(super) fn remove(&mut self, id: u32, path: &str) {
        self.overlay.remove(id, path);
    }

    pub(super) fn leaves(&self, glob: &Glob, limit: usize) -> Vec<u32> {
        self.layers().leaves(glob, limit)
    }

    pub(super) fn find(&self, glob: &Glob, limit: usize) -> Found {
        self.layers().find(glob, limit)
    }

    pub(super) fn frozen(&self) -> &FrozenTree {
        &self.frozen
    }

    pub(super) fn unfrozen_count(&self) -> usize {
        let count = |overlay: &Overlay| overlay.leaf_count() + overlay.hidden().len() as usize;
        count(&self.overlay) + self.freezing.as_deref().map_or(0, count)
    }

    pub(super) fn begin_freeze(&mut self) -> Option<FreezeJob> {
        if self.freezing.is_some() || self.overlay.is_empty() {
            return None;
        }
        let overlay = Arc::new(std::mem::take(&mut self.overlay));
        self.freezing = Some(overlay.clone());
        Some(FreezeJob { frozen: self.frozen.0.clone(), overlay })
    }

    pub(super) fn finish_freeze(&mut self, frozen: FrozenTree) {
        self.frozen = frozen;
        self.freezing = None;
    }

    pub(super) fn abandon_freeze(&mut self) {
        let Some(freezing) = self.freezing.take() else { return };
        let newer = std::mem::take(&mut self.overlay);
        self.overlay.absorb(&freezing);
        self.overlay.absorb(&newer);
    }

    fn layers(&self) -> Layers<'_> {
        Layers::new(&self.frozen.0, [self.freezing.as_deref().unwrap_or(&self.none), &self.overlay])
    }
}

impl FreezeJob {
    #[cfg(test)]
    pub(super) fn of(frozen: Frozen) -> Self {
        Self { frozen, overlay: Arc::default() }
    }

    /// Builds the next frozen tree. Its result is for `Index::finish_freeze`; after a failure call
    /// `Index::abandon_freeze`.
    pub fn run(self) -> Result<FrozenTree, Error> {
        refreeze(&self.frozen, &self.overlay).map(FrozenTree)
    }
}

impl FrozenTree {
    /// How many names are in it.
    pub fn name_count(&self) -> usize {
        self.0.name_count()
    }

    /// Writes the tree to its cache file, durably, and returns it mapped from there, which frees its memory once that
    /// is put into use.
    pub fn save(&self, disk: &dyn Disk) -> Result<FrozenTree, Error> {
        cache::save(disk, &self.0).map(FrozenTree)
    }
}

fn freeze_registry(registry: &Registry) -> Result<Frozen, Error> {
    let named = registry.ids().filter_map(|id| Some((registry.name(id)?, id)));
    let mut entries: Vec<(&str, u32)> = named.filter(|(name, _)| !is_tagged(name)).collect();
    entries.sort_unstable();
    freeze(&entries)
}
