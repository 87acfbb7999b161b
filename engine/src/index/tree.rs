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

/// More changes than this on top of a cached tree are frozen at once.
const UNFROZEN_AT_OPEN_MAX: usize = 1 << 13;

/// All untagged names.
pub(super) struct Tree {
    frozen: FrozenTree,
    freezing: Option<Arc<Overlay>>,
    overlay: Overlay,
    none: Overlay,
}

/// The immutable part of the tree; cheap to clone.
#[derive(Clone)]
pub struct FrozenTree {
    pub(super) frozen: Frozen,
    unsaved_count: usize,
}

/// The work of freezing what changed; holds what it needs, and no lock.
pub struct FreezeJob {
    older: FrozenTree,
    overlay: Arc<Overlay>,
}

impl Tree {
    /// The tree of all untagged series of `registry`.
    pub(super) fn open(disk: &dyn Disk, registry: &Registry) -> Result<Self, Error> {
        let cached = cache::load(disk, registry)?;
        let later = |frozen: &Frozen| frozen.id_end()..registry.id_end();
        // With more series to add than it has, a cache helps less than it costs.
        let frozen = match cached.filter(|frozen| later(frozen).len() <= frozen.name_count()) {
            Some(frozen) => FrozenTree { frozen, unsaved_count: 0 },
            None => freeze_registry(registry)?,
        };
        let added = later(&frozen.frozen);
        let mut tree = Self::over(frozen);
        for id in added {
            if let Some(name) = registry.name(id).filter(|name| !is_tagged(name)) {
                tree.insert(id, name);
            }
        }
        if tree.unfrozen_count() > UNFROZEN_AT_OPEN_MAX
            && let Some(job) = tree.begin_freeze()
        {
            tree.finish_freeze(job.run()?);
        }
        Ok(tree)
    }

    fn over(frozen: FrozenTree) -> Self {
        Self { frozen, freezing: None, overlay: Overlay::default(), none: Overlay::default() }
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
        change_count(&self.overlay) + self.freezing.as_deref().map_or(0, change_count)
    }

    pub(super) fn begin_freeze(&mut self) -> Option<FreezeJob> {
        if self.freezing.is_some() || self.overlay.is_empty() {
            return None;
        }
        let overlay = Arc::new(std::mem::take(&mut self.overlay));
        self.freezing = Some(overlay.clone());
        Some(FreezeJob { older: self.frozen.clone(), overlay })
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
        Layers::new(&self.frozen.frozen, [self.freezing.as_deref().unwrap_or(&self.none), &self.overlay])
    }
}

impl FreezeJob {
    #[cfg(test)]
    pub(super) fn of(frozen: Frozen) -> Self {
        Self { older: FrozenTree { frozen, unsaved_count: 0 }, overlay: Arc::default() }
    }

    /// Builds the next frozen tree. Its result is for `Index::finish_freeze`; after a failure call
    /// `Index::abandon_freeze`.
    pub fn run(self) -> Result<FrozenTree, Error> {
        let frozen = refreeze(&self.older.frozen, &self.overlay)?;
        Ok(FrozenTree { frozen, unsaved_count: self.older.unsaved_count + change_count(&self.overlay) })
    }
}

impl FrozenTree {
    /// How many names are in it.
    pub fn name_count(&self) -> usize {
        self.frozen.name_count()
    }

    /// How many changes its cache file, if there is one, lacks.
    pub fn unsaved_count(&self) -> usize {
        self.unsaved_count
    }

    /// Writes the tree to its cache file, durably, and returns it mapped from there, which frees its memory once that
    /// is put into use.
    pub fn save(&self, disk: &dyn Disk) -> Result<FrozenTree, Error> {
        Ok(FrozenTree { frozen: cache::save(disk, &self.frozen)?, unsaved_count: 0 })
    }
}

fn change_count(overlay: &Overlay) -> usize {
    overlay.leaf_count() + overlay.hidden().len() as usize
}

fn freeze_registry(registry: &Registry) -> Result<FrozenTree, Error> {
    let named = registry.ids().filter_map(|id| Some((registry.name(id)?, id)));
    let mut entries: Vec<(&str, u32)> = named.filter(|(name, _)| !is_tagged(name)).collect();
    entries.sort_unstable();
    Ok(FrozenTree { frozen: freeze(&entries)?, unsaved_count: entries.len() })
}
