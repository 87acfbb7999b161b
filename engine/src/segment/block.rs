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

/// Where a reader wants the cells of a run of slots.
pub(super) struct Places<'a> {
    /// The slot of the first place.
    pub(super) first: u32,
    /// One place a slot; those without a cell stay as they are.
    pub(super) values: &'a mut [f64],
    /// As many flags, each raised where there is a cell; none where nobody asks.
    pub(super) marks: Option<&'a mut [bool]>,
}

impl Places<'_> {
    /// The places of `cells` slots from `first` on, flags raised, if all of them are asked for.
    fn of_run(&mut self, first: u32, cells: usize) -> Option<&mut [f64]> {
        let start = first.checked_sub(self.first)? as usize;
        let run = start..start.checked_add(cells)?;
        let values = self.values.get_mut(run.clone())?;
        if let Some(marks) = &mut self.marks {
            marks.get_mut(run)?.fill(true);
        }
        Some(values)
    }

    /// Puts in a cell; false where it lies behind the last place.
    fn put(&mut self, slot: u32, value: f64) -> bool {
        let at = (slot - self.first) as usize;
        let Some(place) = self.values.get_mut(at) else { return false };
        *place = value;
        if let Some(mark) = self.marks.as_mut().and_then(|marks| marks.get_mut(at)) {
            *mark = true;
        }
        true
    }
}

/// Reads the block at the reader's place and writes those cells into `places` that it asks for; returns whether there
/// are any. `scratch` is made only if it is needed: clearing it costs as much as a short block.
pub(super) fn read_block_into(
    reader: &mut Reader<'_>,
    first: u32,
    slot_end: u32,
    places: &mut Places<'_>,
    scratch: &mut Option<BlockScratch>,
) -> Result<bool, CodecError> {
    let presence = read_presence(reader, first, slot_end)?;
    if let Presence::Run { cells } = presence
        && let Some(run) = places.of_run(first, cells)
    {
        read_values(reader, run)?;
        return Ok(true);
    }
    let scratch = scratch.get_or_insert_with(BlockScratch::new);
    let (slots, values) = scratch.read_cells(reader, presence, first, slot_end)?;
    let from = slots.partition_point(|&slot| slot < places.first);
    let cells = slots[from..].iter().zip(&values[from..]);
    Ok(cells.take_while(|(slot, value)| places.put(**slot, **value)).count() > 0)
}
