//! Owns encoding: the shortest mapping for a block, or a dictionary where that is shorter still.

use super::BLOCK_VALUES_MAX;
use super::dictionary::Dictionary;
use super::mapped::MappedEncoder;
use super::tag::{Mapping, Packing, Tag};

/// Encodes blocks of values. Keeps its working memory from block to block, so one for each thread is enough.
#[derive(Default)]
pub struct Encoder {
    values: MappedEncoder,
    dictionary: Dictionary,
    /// For a dictionary's entries: `values` still holds what is needed should the dictionary lose.
    entries: MappedEncoder,
}

impl Encoder {
    /// An encoder with empty working memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `values` to `out` as one block; no values make no bytes.
    ///
    /// # Panics
    /// When there are more than `BLOCK_VALUES_MAX` values: cutting into blocks is the caller's part.
    pub fn encode(&mut self, values: &[f64], out: &mut Vec<u8>) {
        assert!(values.len() <= BLOCK_VALUES_MAX, "a block of {} values", values.len());
        if values.is_empty() {
            return;
        }
        let choice = self.values.choose(values);
        // Below about three bits a value a dictionary cannot gain much.
        if choice.bits > 3 * values.len() + 64 && self.encode_dictionary(values, choice.bits, out) {
            return;
        }
        self.values.write(choice, values, out);
    }

    /// Writes a dictionary if that is shorter than `bits_max`.
    fn encode_dictionary(&mut self, values: &[f64], bits_max: usize, out: &mut Vec<u8>) -> bool {
        if !self.dictionary.collect(values, entries_worthwhile(values.len(), bits_max)) {
            return false;
        }
        self.dictionary.sort();
        let entries = self.dictionary.entries();
        let choice = self.entries.choose(entries);
        if 16 + choice.bits + self.dictionary.indices_bits() >= bits_max {
            return false;
        }
        let tag = Tag { mapping: Mapping::Dictionary, packing: Packing::Frame, exceptions: false };
        out.push(tag.to_byte());
        out.push((entries.len() - 1) as u8);
        self.entries.write(choice, entries, out);
        self.dictionary.write_indices(out);
        true
    }
}

/// The most entries with which a dictionary can be shorter than `bits_max`, if an entry costs what a value costs now.
fn entries_worthwhile(values: usize, bits_max: usize) -> usize {
    let value_bits = (bits_max / values.max(1)).max(1);
    let with_index_bits = |bits: usize| (1 << bits).min(bits_max.saturating_sub(bits * values) / value_bits);
    (1..=8).map(with_index_bits).max().unwrap_or(0)
}
