//! Owns the block: which slots have a cell, then their values.

use super::BLOCK_CELLS_MAX;
use super::presence::{Presence, read_presence, write_presence};
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
        let cells = match read_presence(reader, first, slot_end, &mut self.slots)? {
            Presence::Listed(cells) => cells,
            Presence::Run(cells) => {
                self.slots[..cells].iter_mut().zip(first..).for_each(|(place, slot)| *place = slot);
                cells
            }
        };
        read_values(reader, &mut self.values[..cells])?;
        Ok((&self.slots[..cells], &self.values[..cells]))
    }

    /// Reads the block at the reader's place and writes those cells into `out` that lie in the slots from `out_first`
    /// on; returns whether there are any.
    pub(super) fn read_into(
        &mut self,
        reader: &mut Reader<'_>,
        first: u32,
        slot_end: u32,
        out_first: u32,
        out: &mut [f64],
    ) -> Result<bool, CodecError> {
        match read_presence(reader, first, slot_end, &mut self.slots)? {
            Presence::Run(cells) => {
                // Both ranges as distances from the lower of their starts.
                let (skip_cells, skip_out) =
                    (out_first.saturating_sub(first) as usize, first.saturating_sub(out_first) as usize);
                let places = out.get_mut(skip_out..).unwrap_or_default();
                if skip_cells == 0 && places.len() >= cells {
                    read_values(reader, &mut places[..cells])?;
                    return Ok(true);
                }
                read_values(reader, &mut self.values[..cells])?;
                let cells = self.values[..cells].get(skip_cells..).unwrap_or_default();
                let common = cells.len().min(places.len());
                places[..common].copy_from_slice(&cells[..common]);
                Ok(common > 0)
            }
            Presence::Listed(cells) => {
                read_values(reader, &mut self.values[..cells])?;
                let mut any = false;
                for (slot, value) in self.slots[..cells].iter().zip(&self.values[..cells]) {
                    if let Some(distance) = slot.checked_sub(out_first)
                        && let Some(place) = out.get_mut(distance as usize)
                    {
                        *place = *value;
                        any = true;
                    }
                }
                Ok(any)
            }
        }
    }
}
