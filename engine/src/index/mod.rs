//! Owns the finding of names: by glob in a tree of paths, by tags in postings.
//!
//! Invariant: a tagged series is in the tags only, any other in the tree only. The tree is a frozen part, perhaps
//! read from a cache file, under overlays with what changed since; the registry stays the truth, and whatever the
//! cache says that the registry does not is thrown away with it.

mod automaton;
mod build;
mod cache;
mod check;
mod descent;
mod digest;
mod find;
mod freeze;
mod frozen;
mod hits;
mod layers;
mod order;
mod overlay;
mod postings;
mod refreeze;
mod shapes;
mod spelling;
mod steps;
mod tag_draft;
mod tags;
mod tree;
mod view;
mod walk;

#[cfg(test)]
mod tests;

pub use find::{Found, Node};
pub use tags::TagValue;
pub use tree::{FreezeJob, FrozenTree};

use plumbago_protocol::{Glob, TagExpression};

use crate::disk::Disk;
use crate::{Error, Registry};
use tags::TagIndex;
use tree::Tree;

/// Finds series by name and by tags.
pub struct Index {
    tree: Tree,
    tags: TagIndex,
}

impl Index {
    /// Indexes all series of `registry`. The frozen tree is taken from its cache file when that is whole and fits
    /// the registry, else built anew; either way what is found is the same.
    pub fn open(disk: &dyn Disk, registry: &Registry) -> Result<Self, Error> {
        let named = (0..registry.id_end()).filter_map(|id| Some((id, registry.name(id)?)));
        let tags = TagIndex::of(named.filter(|(_, name)| is_tagged(name)));
        Ok(Self { tree: Tree::open(disk, registry)?, tags })
    }

    /// Adds a series. Its name must not be in the index.
    pub fn insert(&mut self, id: u32, name: &str) {
        match is_tagged(name) {
            true => self.tags.insert(id, name),
            false => self.tree.insert(id, name),
        }
    }

    /// Takes out a series under the name it was added with.
    pub fn remove(&mut self, id: u32, name: &str) {
        match is_tagged(name) {
            true => self.tags.remove(id, name),
            false => self.tree.remove(id, name),
        }
    }

    /// The series whose paths match, in byte order of their paths, at most `limit`. Tagged series have no path: the
    /// one that a glob can name is found in the registry, by `Glob::literal`.
    pub fn leaves(&self, glob: &Glob, limit: usize) -> Vec<u32> {
        self.tree.leaves(glob, limit)
    }

    /// The nodes that match, leaves and branches, in byte order of their paths, at most `limit`.
    pub fn find(&self, glob: &Glob, limit: usize) -> Found {
        self.tree.find(glob, limit)
    }

    /// The tagged series that every expression matches, in ascending order of their ids, at most `limit`. At least one
    /// expression must not match the empty value.
    pub fn select(&self, expressions: &[TagExpression], limit: usize) -> Result<Vec<u32>, Error> {
        self.tags.select(expressions, limit)
    }

    /// The tags that start with `prefix`, sorted, at most `limit`: all, or those of the series that `filter` selects
    /// other than the ones it is about.
    pub fn tags(&self, prefix: &str, filter: &[TagExpression], limit: usize) -> Result<Vec<String>, Error> {
        self.tags.tags(prefix, filter, limit)
    }

    /// The values of `tag` that start with `prefix`, sorted, at most `limit`: of all series, or of those that have
    /// the tag and that `filter` selects.
    pub fn tag_values(
        &self,
        tag: &str,
        prefix: &str,
        filter: &[TagExpression],
        limit: usize,
    ) -> Result<Vec<TagValue>, Error> {
        self.tags.values(tag, prefix, filter, limit)
    }

    /// How many changes lie on top of the frozen tree.
    pub fn unfrozen_count(&self) -> usize {
        self.tree.unfrozen_count()
    }

    /// Starts to freeze what changed: the job runs without the index, which stays in use. `None` while an earlier one
    /// is under way, or when nothing changed.
    pub fn begin_freeze(&mut self) -> Option<FreezeJob> {
        self.tree.begin_freeze()
    }

    /// Puts a job's result into use.
    pub fn finish_freeze(&mut self, frozen: FrozenTree) {
        self.tree.finish_freeze(frozen);
    }

    /// Goes on without a job's result, as if it had never begun.
    pub fn abandon_freeze(&mut self) {
        self.tree.abandon_freeze();
    }

    /// Freezes what changed, here and now.
    pub fn freeze(&mut self) -> Result<(), Error> {
        let Some(job) = self.begin_freeze() else { return Ok(()) };
        match job.run() {
            Ok(frozen) => self.finish_freeze(frozen),
            Err(error) => {
                self.abandon_freeze();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Writes the frozen tree to its cache file, for the next start. Changes since are not in it.
    pub fn save(&self, disk: &dyn Disk) -> Result<(), Error> {
        self.tree.frozen().save(disk).map(|_| ())
    }
}

fn is_tagged(name: &str) -> bool {
    name.contains(';')
}
