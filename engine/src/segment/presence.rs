//! Owns which slots of a block have a cell: a run, a bitmap, or the gaps between them, whichever is shortest.
//!
//! Layout: a varint `(cells − 1) · 4 + form`; for a bitmap the span less one as a varint and a bit for each slot of
//! it, low bits first; for gaps the smallest gap less one as a varint and a column with what each gap exceeds it by.
//! The first slot is known to the reader beforehand. Invariant: slots ascend strictly.

use super::BLOCK_CELLS_MAX;
use crate::codec::{CodecError, ColumnPlan, Reader, read_column, write_column};
use crate::varint;

const RUN: u64 = 0;
const BITMAP: u64 = 1;
const GAPS: u64 = 2;

/// The first word of a block's presence.
#[derive(Clone, Copy)]
pub(super) enum Presence {
    /// So many slots without a gap; nothing more to read.
    Run { cells: usize },
    /// So many slots, listed behind.
    Listed { cells: usize, form: u64 },
}

/// Appends the presence of `slots`: 1 to 512 of them, ascending strictly.
pub(super) fn write_presence(slots: &[u32], scratch: &mut Vec<u64>, out: &mut Vec<u8>) {
    let (Some(&first), Some(&last)) = (slots.first(), slots.last()) else { return };
    let cells = (slots.len() as u64 - 1) << 2;
    let span = (last - first) as usize + 1;
    if span == slots.len() {
        return varint::put(cells | RUN, out);
    }
    let gaps = || slots.windows(2).map(|pair| u64::from(pair[1] - pair[0]));
    let smallest = gaps().min().unwrap_or(1);
    scratch.clear();
    scratch.extend(gaps().map(|gap| gap - smallest));
    let plan = ColumnPlan::of(scratch.iter().copied());
    let gaps_bytes = varint::length_bytes(smallest - 1) + plan.bits.div_ceil(8);
    let bitmap_bytes = varint::length_bytes(span as u64 - 1) + span.div_ceil(8);
    if gaps_bytes < bitmap_bytes {
        varint::put(cells | GAPS, out);
        varint::put(smallest - 1, out);
        write_column(plan, scratch, out);
    } else {
        varint::put(cells | BITMAP, out);
        varint::put(span as u64 - 1, out);
        let start = out.len();
        out.resize(start + span.div_ceil(8), 0);
        for slot in slots {
            let bit = (slot - first) as usize;
            out[start + bit / 8] |= 1 << (bit % 8);
        }
    }
}

/// Reads the first word of the presence of a block whose first slot is `first`.
pub(super) fn read_presence(
    reader: &mut Reader<'_>,
    first: u32,
    slot_end: u32,
) -> Result<Presence, CodecError> {
    let start = reader.at();
    let head = reader.varint("the number of cells of a block")?;
    let (form, cells) = (head & 3, head >> 2);
    if cells >= BLOCK_CELLS_MAX as u64 {
        return Reader::fault(start, "a block of at most 512 cells", cells.saturating_add(1));
    }
    let last = u64::from(first) + cells;
    let cells = cells as usize + 1;
    match form {
        RUN if last >= u64::from(slot_end) => Reader::fault(start, "slots below the block's end", last),
        RUN => Ok(Presence::Run { cells }),
        BITMAP | GAPS => Ok(Presence::Listed { cells, form }),
        _ => Reader::fault(start, "a form of presence of at most 2", form),
    }
}

/// Fills `slots` with the listed slots of a block, of which `first` is the first.
pub(super) fn read_slots(
    reader: &mut Reader<'_>,
    form: u64,
    first: u32,
    slot_end: u32,
    slots: &mut [u32],
) -> Result<(), CodecError> {
    let start = reader.at();
    let last =
        if form == BITMAP { read_bitmap(reader, first, slots)? } else { read_gaps(reader, first, slots)? };
    if last < u64::from(slot_end) {
        Ok(())
    } else {
        Reader::fault(start, "slots below the block's end", last)
    }
}

/// Fills `slots` and returns the last one.
fn read_bitmap(reader: &mut Reader<'_>, first: u32, slots: &mut [u32]) -> Result<u64, CodecError> {
    let start = reader.at();
    let span = reader.varint("the span of a bitmap")?;
    let bytes = usize::try_from(span / 8 + 1).unwrap_or(usize::MAX);
    let bitmap = reader.take(bytes, "a bitmap")?;
    let mut places = slots.iter_mut();
    for (base, &byte) in (0_u32..).step_by(8).zip(bitmap) {
        let mut bits = byte;
        while bits != 0 {
            let Some(place) = places.next() else {
                return Reader::fault(start, "a bitmap with a bit for each cell", "more");
            };
            *place = first.saturating_add(base + bits.trailing_zeros());
            bits &= bits - 1;
        }
    }
    let (filled, missing) = (bitmap.first().is_some_and(|byte| byte & 1 == 1), places.len());
    let last = u64::from(first) + span;
    if missing > 0 || !filled || slots.last().is_none_or(|&slot| u64::from(slot) != last) {
        return Reader::fault(
            start,
            "a bitmap with a bit for each cell, from the first to the last",
            missing,
        );
    }
    Ok(last)
}

/// Fills `slots` and returns the last one, which may lie beyond what 32 bits hold.
fn read_gaps(reader: &mut Reader<'_>, first: u32, slots: &mut [u32]) -> Result<u64, CodecError> {
    let start = reader.at();
    let smallest = reader.varint("the smallest gap")?.saturating_add(1);
    let mut gaps = [0.0; BLOCK_CELLS_MAX];
    let gaps = &mut gaps[..slots.len() - 1];
    read_column(reader, gaps)?;
    let mut slot = u64::from(first);
    let mut places = slots.iter_mut();
    if let Some(place) = places.next() {
        *place = first;
    }
    for (place, gap) in places.zip(gaps) {
        slot = slot.saturating_add(smallest).saturating_add(gap.to_bits());
        *place = match u32::try_from(slot) {
            Ok(slot) => slot,
            Err(_) => return Reader::fault(start, "slots inside the partition", slot),
        };
    }
    Ok(slot)
}
