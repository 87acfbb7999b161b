//! Owns the hash table from a name to its place in the arena.
//!
//! Invariant: at most one entry a name; an answer was verified against the name's bytes. The hash is keyed with
//! randomness of the operating system, because names come from the network: nobody outside can choose names that
//! collide. 32 bits of each hash are kept, so that growing the table reads no names.
//!
//! Slots are probed one after the other from a hash's home, and an entry that goes leaves no gap behind it: a search
//! ends at the first empty slot. Names can be looked up many at a time, each step for all of them before the next
//! one: what a step has to wait for in memory is then waited for together.

use std::hash::{BuildHasher, Hasher, RandomState};

use foldhash::SharedSeed;
use foldhash::quality::FoldHasher;

use super::arena::{NameArena, NamePlace};
use crate::prefetch::prefetch;

#[derive(Clone, Copy)]
struct Slot {
    place: NamePlace,
    hash: u32,
}

const EMPTY: Slot = Slot { place: NamePlace::NONE, hash: 0 };

/// Slots of a table that has an entry, at least; always a power of two.
const SLOTS_MIN: usize = 64;

/// Names whose lookups wait for memory together.
const LOOKUPS_TOGETHER: usize = 32;

/// Finds the place of a name.
pub(super) struct NameTable {
    slots: Vec<Slot>,
    entries: usize,
    seed: SharedSeed,
    key: u64,
}

impl NameTable {
    pub(super) fn new() -> Self {
        // The standard library's keys are the safe way to the system's randomness.
        let random = RandomState::new();
        let seed = SharedSeed::from_u64(random.hash_one("names"));
        Self { slots: Vec::new(), entries: 0, seed, key: random.hash_one("key") }
    }

    /// The id of the series that is called `name`.
    pub(super) fn find(&self, arena: &NameArena, name: &[u8]) -> Option<u32> {
        let hash = self.hash(name);
        self.find_from(self.home(hash), hash, arena, name)
    }

    /// The ids of the series that are called `names`, in their order.
    pub(super) fn find_many(&self, arena: &NameArena, names: &[&[u8]], ids: &mut [Option<u32>]) {
        for (names, ids) in names.chunks(LOOKUPS_TOGETHER).zip(ids.chunks_mut(LOOKUPS_TOGETHER)) {
            self.find_together(arena, names, ids);
        }
    }

    fn find_together(&self, arena: &NameArena, names: &[&[u8]], ids: &mut [Option<u32>]) {
        let mut lookups = [(0, EMPTY); LOOKUPS_TOGETHER];
        for ((hash, _), name) in lookups.iter_mut().zip(names) {
            *hash = self.hash(name);
            self.slots.get(self.home(*hash)).into_iter().for_each(prefetch);
        }
        for ((hash, slot), name) in lookups.iter_mut().zip(names) {
            *slot = self.slots.get(self.home(*hash)).copied().unwrap_or(EMPTY);
            arena.expect(slot.place, name.len());
        }
        for (((hash, slot), name), id) in lookups.iter().zip(names).zip(ids) {
            let at_home = if slot.hash == *hash { arena.id_if_named(slot.place, name) } else { None };
            *id = match at_home {
                Some(id) => Some(id),
                None if slot.place == NamePlace::NONE => None,
                None => self.find_from(self.home(*hash).wrapping_add(1), *hash, arena, name),
            };
        }
    }

    /// Adds `name`, which is not in the table yet.
    pub(super) fn insert(&mut self, name: &str, place: NamePlace) {
        if (self.entries + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let hash = self.hash(name.as_bytes());
        self.put(Slot { place, hash });
        self.entries += 1;
    }

    /// Takes out the entry of `name` at `place`.
    pub(super) fn remove(&mut self, name: &str, place: NamePlace) {
        let mut gap = self.home(self.hash(name.as_bytes()));
        while let Some(slot) = self.slots.get(gap)
            && slot.place != place
        {
            if slot.place == NamePlace::NONE {
                return;
            }
            gap = self.after(gap);
        }
        if self.slots.is_empty() {
            return;
        }
        self.entries -= 1;
        // What was pushed past the gap moves into it, unless the gap lies before its home.
        let mut at = self.after(gap);
        while self.slots[at].place != NamePlace::NONE {
            let home = self.home(self.slots[at].hash);
            if self.distance(home, at) >= self.distance(gap, at) {
                self.slots[gap] = self.slots[at];
                gap = at;
            }
            at = self.after(at);
        }
        self.slots[gap] = EMPTY;
    }

    pub(super) fn len(&self) -> usize {
        self.entries
    }

    fn find_from(&self, mut at: usize, hash: u32, arena: &NameArena, name: &[u8]) -> Option<u32> {
        at &= self.mask();
        while let Some(slot) = self.slots.get(at)
            && slot.place != NamePlace::NONE
        {
            if slot.hash == hash
                && let Some(id) = arena.id_if_named(slot.place, name)
            {
                return Some(id);
            }
            at = self.after(at);
        }
        None
    }

    fn grow(&mut self) {
        let slots = (self.slots.len() * 2).max(SLOTS_MIN);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; slots]);
        old.into_iter().filter(|slot| slot.place != NamePlace::NONE).for_each(|slot| self.put(slot));
    }

    /// Puts `slot` into the first empty place from its home on; there is one.
    fn put(&mut self, slot: Slot) {
        let mut at = self.home(slot.hash);
        while self.slots[at].place != NamePlace::NONE {
            at = self.after(at);
        }
        self.slots[at] = slot;
    }

    fn mask(&self) -> usize {
        self.slots.len().wrapping_sub(1)
    }

    fn home(&self, hash: u32) -> usize {
        hash as usize & self.mask()
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & self.mask()
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & self.mask()
    }

    fn hash(&self, name: &[u8]) -> u32 {
        let mut hasher = FoldHasher::with_seed(self.key, &self.seed);
        hasher.write(name);
        (hasher.finish() >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Every name of `all` is found one by one and many at a time, as the model says.
    fn check(
        table: &NameTable,
        arena: &NameArena,
        model: &BTreeMap<String, (u32, NamePlace)>,
        all: &[String],
    ) {
        assert_eq!(table.len(), model.len());
        for part in all.chunks(50) {
            let names: Vec<&[u8]> = part.iter().map(|name| name.as_bytes()).collect();
            let mut ids = vec![Some(7); names.len()];
            table.find_many(arena, &names, &mut ids);
            for (name, id) in part.iter().zip(ids) {
                let expected = model.get(name).map(|(id, _)| *id);
                assert_eq!((id, table.find(arena, name.as_bytes())), (expected, expected), "{name}");
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_map(changes in proptest::collection::vec((0..60_usize, any::<bool>()), 1..400)) {
            let all: Vec<String> = (0..60).map(|number| format!("name.{number}")).collect();
            let (mut table, mut arena) = (NameTable::new(), NameArena::default());
            let mut model = BTreeMap::new();
            check(&table, &arena, &model, &all);
            for (id, (number, keep)) in changes.into_iter().enumerate() {
                let name = &all[number];
                match (model.remove(name), keep) {
                    (Some((id, place)), true) => _ = model.insert(name.clone(), (id, place)),
                    (Some((_, place)), false) => table.remove(name, place),
                    (None, _) => {
                        let place = arena.push(id as u32, name).unwrap();
                        table.insert(name, place);
                        model.insert(name.clone(), (id as u32, place));
                    }
                }
            }
            check(&table, &arena, &model, &all);
        }
    }

    #[test]
    fn a_table_that_grew_finds_everything() {
        let all: Vec<String> = (0..5000).map(|number| format!("host{number}.load")).collect();
        let (mut table, mut arena) = (NameTable::new(), NameArena::default());
        let mut model = BTreeMap::new();
        for (id, name) in (0..).zip(&all) {
            let place = arena.push(id, name).unwrap();
            table.insert(name, place);
            model.insert(name.clone(), (id, place));
        }
        check(&table, &arena, &model, &all);
        for name in all.iter().step_by(3) {
            if let Some((_, place)) = model.remove(name) {
                table.remove(name, place);
            }
        }
        check(&table, &arena, &model, &all);
    }
}
