//! Owns the hash table from a name to its place in the arena.
//!
//! Invariant: at most one entry a name; an answer was verified against the name's bytes. The hash is keyed with
//! randomness of the operating system, because names come from the network: nobody outside can choose names that
//! collide. 32 bits of each hash are kept, so that growing the table reads no names.

use std::hash::{BuildHasher, Hasher, RandomState};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;
use hashbrown::HashTable;

use super::arena::{NameArena, NamePlace};

#[derive(Clone, Copy)]
struct Slot {
    place: NamePlace,
    hash: u32,
}

/// Finds the place of a name.
pub(super) struct NameTable {
    slots: HashTable<Slot>,
    seed: SharedSeed,
    key: u64,
}

impl NameTable {
    pub(super) fn new() -> Self {
        // The standard library's keys are the safe way to the system's randomness.
        let random = RandomState::new();
        let seed = SharedSeed::from_u64(random.hash_one("names"));
        Self { slots: HashTable::new(), seed, key: random.hash_one("key") }
    }

    /// The id of the series that is called `name`.
    pub(super) fn find(&self, arena: &NameArena, name: &str) -> Option<u32> {
        let hash = self.hash(name);
        let mut id = None;
        self.slots.find(spread(hash), |slot| {
            if slot.hash == hash {
                id = arena.id_if_named(slot.place, name);
            }
            id.is_some()
        })?;
        id
    }

    /// Adds `name`, which is not in the table yet.
    pub(super) fn insert(&mut self, name: &str, place: NamePlace) {
        let hash = self.hash(name);
        self.slots.insert_unique(spread(hash), Slot { place, hash }, |slot| spread(slot.hash));
    }

    /// Takes out the entry of `name` at `place`.
    pub(super) fn remove(&mut self, name: &str, place: NamePlace) {
        let hash = spread(self.hash(name));
        if let Ok(entry) = self.slots.find_entry(hash, |slot| slot.place == place) {
            entry.remove();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    fn hash(&self, name: &str) -> u32 {
        let mut hasher = FoldHasher::with_seed(self.key, &self.seed);
        hasher.write(name.as_bytes());
        (hasher.finish() >> 32) as u32
    }
}

/// The table takes a slot's position from the low bits and its tag from the high ones: both get all of the hash.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
