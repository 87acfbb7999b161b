//! Owns the block: which slots have a cell, then their values.

use super::BLOCK_CELLS_MAX;
use super::presence::{Presence, read_presence, read_slots, write_presence};
use crate::codec::{CodecError, Encoder, Reader, read_values};

/// Appends a block of 1 to 512 cells.
pub(super) fn write_block(
    slots: &[u32],
    values: &[f64],
    encoder: &mut Encoder,
    scratch: &mut Vec<u64>,
    out: &mut Vec<u8>,
) {
    write_presence(slots, scratch, out);
    encoder.encode(values, out);
}

/// Room for one block's cells.
pub(super) struct BlockScratch {
    slots: [u32; BLOCK_CELLS_MAX],
    values: [f64; BLOCK_CELLS_MAX],
}

impl BlockScratch {
    pub(super) fn new() -> Self {
        Self { slots: [0; BLOCK_CELLS_MAX], values: [0.0; BLOCK_CELLS_MAX] }
    }

    /// Reads the block at the reader's place; slots lie from `first` on below `slot_end`, ascending strictly.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'_>,
        first: u32,
        slot_end: u32,
    ) -> Result<(&[u32], &[f64]), CodecError> {
        let presence = read_presence(reader, first, slot_end)?;
        self.read_cells(reader, presence, first, slot_end)
    }

    fn read_cells(
        &mut self,
        reader: &mut Reader<'_>,
        presence: Presence,
        first: u32,
        slot_end: u32,
    ) -> Result<(&[u32], &[f64]), CodecError> {
        let (Presence::Run { cells } | Presence::Listed { cells, .. }) = presence;
        let (slots, values) = (&mut self.slots[..cells], &mut self.values[..cells]);
        match presence {
            Presence::Run { .. } => slots.iter_mut().zip(first..).for_each(|(place, slot)| *place = slot),
            Presence::Listed { form, .. } => read_slots(reader, form, first, slot_end, slots)?,
        }
        read_values(reader, values)?;
        Ok((slots, values))
    }
}

/// Reads the block at the reader's place and writes those cells into `out` that lie in the slots from `out_first` on;
/// returns whether there are any. `scratch` is made only if it is needed: clearing it costs as much as a short block.
pub(super) fn read_block_into(
    reader: &mut Reader<'_>,
    first: u32,
    slot_end: u32,
    out_first: u32,
    out: &mut [f64],
    scratch: &mut Option<BlockScratch>,
) -> Result<bool, CodecError> {
    let presence = read_presence(reader, first, slot_end)?;
    if let Presence::Run { cells } = presence
        && let Some(skipped) = first.checked_sub(out_first)
        && let Some(places) = out.get_mut(skipped as usize..).and_then(|places| places.get_mut(..cells))
    {
        read_values(reader, places)?;
        return Ok(true);
    }
    let scratch = scratch.get_or_insert_with(BlockScratch::new);
    let (slots, values) = scratch.read_cells(reader, presence, first, slot_end)?;
    let from = slots.partition_point(|&slot| slot < out_first);
    let mut any = false;
    for (slot, value) in slots[from..].iter().zip(&values[from..]) {
        let Some(place) = out.get_mut((slot - out_first) as usize) else { break };
        *place = *value;
        any = true;
    }
    Ok(any)
}
