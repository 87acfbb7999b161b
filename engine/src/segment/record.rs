//! Owns the record: all cells of one series, as a list of blocks and the blocks themselves.
//!
//! Layout: for each block a varint `(slots from the block before to this one's first) · 2`, plus one for the last
//! block, and, unless it is the last, its length in bytes as a varint; then the blocks. Cells are cut evenly, so that
//! no block is much smaller than the others.

use super::BLOCK_CELLS_MAX;
use super::block::write_block;
use crate::codec::{CodecError, Encoder, Reader};
use crate::varint;

/// Writes records; reused from series to series.
#[derive(Default)]
pub(super) struct RecordEncoder {
    encoder: Encoder,
    scratch: Vec<u64>,
    blocks: Vec<u8>,
}

impl RecordEncoder {
    /// Appends the record of a series with at least one cell.
    pub(super) fn write(&mut self, slots: &[u32], values: &[f64], out: &mut Vec<u8>) {
        let cells_each = slots.len().div_ceil(slots.len().div_ceil(BLOCK_CELLS_MAX).max(1)).max(1);
        self.blocks.clear();
        let (mut before, mut written) = (0, 0);
        let last = slots.len().div_ceil(cells_each) - 1;
        let pairs = slots.chunks(cells_each).zip(values.chunks(cells_each));
        for (index, (slots, values)) in pairs.enumerate() {
            let first = slots.first().copied().unwrap_or(before);
            varint::put(u64::from(first - before) << 1 | u64::from(index == last), out);
            write_block(slots, values, &mut self.encoder, &mut self.scratch, &mut self.blocks);
            if index != last {
                varint::put((self.blocks.len() - written) as u64, out);
            }
            (before, written) = (first, self.blocks.len());
        }
        out.extend_from_slice(&self.blocks);
    }
}

/// One block in a record's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockEntry {
    /// The block's first slot.
    pub(super) first_slot: u32,
    /// Its distance from the end of the list, in bytes.
    pub(super) distance: u64,
    /// Its length in bytes; the last one's is not known.
    pub(super) length: Option<u64>,
}

/// Reads a record's list, entry by entry.
pub(super) struct BlockEntries<'a> {
    pub(super) reader: Reader<'a>,
    slot_end: u32,
    first_slot: u64,
    distance: u64,
    ended: bool,
}

impl<'a> BlockEntries<'a> {
    /// Reads the list at the reader's place; slots lie below `slot_end`.
    pub(super) fn new(reader: Reader<'a>, slot_end: u32) -> Self {
        Self { reader, slot_end, first_slot: 0, distance: 0, ended: false }
    }

    /// The next entry; `None` behind the last, when the reader stands at the first block.
    pub(super) fn next(&mut self) -> Result<Option<BlockEntry>, CodecError> {
        if self.ended {
            return Ok(None);
        }
        let start = self.reader.at();
        let head = self.reader.varint("the first slot of a block")?;
        let gap = head >> 1;
        let first_slot = self.first_slot.saturating_add(gap);
        if first_slot >= u64::from(self.slot_end) || (gap == 0 && self.distance > 0) {
            return Reader::fault(start, "blocks ascending inside the partition", first_slot);
        }
        self.first_slot = first_slot;
        let distance = self.distance;
        self.ended = head & 1 == 1;
        let length = if self.ended { None } else { Some(self.reader.varint("the length of a block")?) };
        if length == Some(0) {
            return Reader::fault(start, "a block of at least one byte", 0);
        }
        self.distance = distance.saturating_add(length.unwrap_or(0));
        Ok(Some(BlockEntry { first_slot: first_slot as u32, distance, length }))
    }
}
