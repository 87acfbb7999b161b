//! Owns dictionaries: blocks with few distinct values, stored as a short list and an index for each.
//!
//! Layout after the tag: a byte with the number of entries less one, the entries as a value block of their own (never
//! again a dictionary), then the indices packed at the width of the last one. Invariant: entries ascend by their
//! bits' order, which packs them tightly, and every index names one.

use super::CodecError;
use super::decimal::ordered;
use super::pack::pack;
use super::reader::Reader;
use super::unpack::unpack;
use crate::varint::bit_width;

/// Most entries: an index fits into a byte.
pub(super) const ENTRIES_MAX: usize = 256;

const SLOTS: usize = 1024;

/// The distinct values of a block; reused from block to block.
pub(super) struct Dictionary {
    /// The distinct values: as first seen, then sorted.
    entries: Vec<f64>,
    /// For each value its entry.
    indices: Vec<u16>,
    keys: Box<[u64; SLOTS]>,
    /// Entry and generation: clearing is counting up.
    slots: Box<[(u32, u16); SLOTS]>,
    generation: u32,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            indices: Vec::new(),
            keys: Box::new([0; SLOTS]),
            slots: Box::new([(0, 0); SLOTS]),
            generation: 0,
        }
    }
}

impl Dictionary {
    /// Collects the distinct values, unless there are more than `entries_max`.
    pub(super) fn collect(&mut self, values: &[f64], entries_max: usize) -> bool {
        let entries_max = entries_max.min(ENTRIES_MAX);
        self.entries.clear();
        self.indices.clear();
        self.next_generation();
        for value in values {
            let bits = value.to_bits();
            let mut at = (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize % SLOTS;
            while self.slots[at].0 == self.generation && self.keys[at] != bits {
                at = (at + 1) % SLOTS;
            }
            if self.slots[at].0 != self.generation {
                if self.entries.len() == entries_max {
                    return false;
                }
                self.keys[at] = bits;
                self.slots[at] = (self.generation, self.entries.len() as u16);
                self.entries.push(*value);
            }
            self.indices.push(self.slots[at].1);
        }
        true
    }

    fn next_generation(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.slots.fill((0, 0));
            self.generation = 1;
        }
    }

    /// Sorts the entries and renames the indices accordingly.
    pub(super) fn sort(&mut self) {
        let mut order: Vec<(i64, u16)> =
            self.entries.iter().zip(0..).map(|(entry, seen)| (ordered(entry.to_bits()), seen)).collect();
        order.sort_unstable();
        let mut rank = [0_u16; ENTRIES_MAX];
        for ((integer, seen), sorted) in order.into_iter().zip(0_u16..) {
            rank[usize::from(seen)] = sorted;
            self.entries[usize::from(sorted)] = f64::from_bits(ordered(integer as u64) as u64);
        }
        self.indices.iter_mut().for_each(|index| *index = rank[usize::from(*index)]);
    }

    /// The distinct values.
    pub(super) fn entries(&self) -> &[f64] {
        &self.entries
    }

    /// Bits that the indices take.
    pub(super) fn indices_bits(&self) -> usize {
        self.indices.len() * index_width(self.entries.len()) as usize
    }

    /// Appends the indices.
    pub(super) fn write_indices(&self, out: &mut Vec<u8>) {
        pack(self.indices.iter().map(|&index| u64::from(index)), index_width(self.entries.len()), out);
    }
}

fn index_width(entries: usize) -> u32 {
    bit_width(entries.saturating_sub(1) as u64)
}

/// Reads indices and puts the entries that they name into `out`.
pub(super) fn read_indices(
    reader: &mut Reader<'_>,
    entries: &[f64; ENTRIES_MAX],
    count: usize,
    out: &mut [f64],
) -> Result<(), CodecError> {
    let start = reader.at();
    let width = index_width(count);
    unpack(reader.packed(out.len(), width, "the indices into a dictionary")?, width, out);
    let mut highest = 0;
    for slot in out.iter_mut() {
        let index = slot.to_bits() as usize % ENTRIES_MAX;
        highest = highest.max(index);
        *slot = entries[index];
    }
    if highest < count {
        return Ok(());
    }
    Reader::fault(start, "indices of entries that the dictionary has", highest)
}
