//! Owns the column: unsigned integers packed at the width that suits most of them, with patches for the few that are
//! wider.
//!
//! Layout: a byte `width`, its top bit set when patches follow: a byte `high width`, a count, the patched positions
//! packed at the width of the last position, and the high bits packed at the high width; then the low bits of every
//! integer. Invariant: positions ascend strictly and lie inside the column.

use super::pack::pack;
use super::reader::Reader;
use super::unpack::{unpack, unpack_chunks};
use super::{BLOCK_VALUES_MAX, CodecError};
use crate::varint::{self, bit_width};

const PATCHED: u8 = 0x80;

/// How a column will be written, and how long it will be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnPlan {
    width: u32,
    high_width: u32,
    patches: usize,
    /// Length in bits, for comparing plans.
    pub(crate) bits: usize,
}

impl ColumnPlan {
    /// Chooses the width by a histogram of the integers' own widths.
    pub(crate) fn of(integers: impl ExactSizeIterator<Item = u64>) -> Self {
        let count = integers.len();
        let mut histogram = [0_u32; 65];
        for integer in integers {
            histogram[bit_width(integer) as usize] += 1;
        }
        Self::from_histogram(count, &histogram)
    }

    fn from_histogram(count: usize, histogram: &[u32; 65]) -> Self {
        let widest = histogram.iter().rposition(|&integers| integers > 0).unwrap_or(0);
        let mut best = Self { width: widest as u32, high_width: 0, patches: 0, bits: 8 + count * widest };
        let mut patches = 0;
        for width in (0..widest).rev() {
            patches += histogram[width + 1] as usize;
            let high_width = widest - width;
            let each = position_width(count) as usize + high_width;
            let bits = 32 + count * width + patches * each;
            if bits < best.bits {
                best = Self { width: width as u32, high_width: high_width as u32, patches, bits };
            }
            // A patch only gets dearer as the width shrinks.
            if patches * each > best.bits {
                break;
            }
        }
        best
    }
}

/// Bits that name a position among `count`.
pub(super) fn position_width(count: usize) -> u32 {
    bit_width(count.saturating_sub(1) as u64)
}

/// Appends `integers` as planned; the plan must have been made of the same integers.
pub(crate) fn write_column(plan: ColumnPlan, integers: &[u64], out: &mut Vec<u8>) {
    if plan.patches == 0 {
        out.push(plan.width as u8);
    } else {
        out.push(plan.width as u8 | PATCHED);
        out.push(plan.high_width as u8);
        varint::put(plan.patches as u64, out);
        let mut positions = [0_u16; BLOCK_VALUES_MAX];
        let mut patches = 0;
        for (position, &integer) in integers.iter().enumerate() {
            if bit_width(integer) > plan.width {
                positions[patches] = position as u16;
                patches += 1;
            }
        }
        let positions = &positions[..patches];
        pack(positions.iter().map(|&position| u64::from(position)), position_width(integers.len()), out);
        let highs = positions.iter().map(|&position| integers[usize::from(position)] >> plan.width);
        pack(highs, plan.high_width, out);
    }
    pack(integers.iter().copied(), plan.width, out);
}

/// Reads a column of as many integers as `out` has slots, as bits.
pub(crate) fn read_column(reader: &mut Reader<'_>, out: &mut [f64]) -> Result<(), CodecError> {
    let start = reader.at();
    let head = reader.byte("the width of a column")?;
    let width = u32::from(head & !PATCHED);
    if width > u64::BITS {
        return Reader::fault(start, "a width of at most 64 bits", width);
    }
    if head & PATCHED == 0 {
        unpack(reader.packed(out.len(), width, "the integers of a column")?, width, out);
        return Ok(());
    }
    let high_width = reader.width(u64::BITS - width, "a high width that completes at most 64 bits")?;
    let patches = reader.count(1..=out.len(), "a number of patches inside the column")?;
    let position_width = position_width(out.len());
    let positions_at = reader.at();
    let positions = reader.packed(patches, position_width, "the positions of patches")?;
    let highs = reader.packed(patches, high_width, "the high bits of patches")?;
    unpack(reader.packed(out.len(), width, "the integers of a column")?, width, out);
    patch(out, positions_at, (positions, position_width), (highs, high_width), patches, width)
}

/// Puts the high bits back.
fn patch(
    out: &mut [f64],
    positions_at: usize,
    (positions, position_width): (&[u8], u32),
    (highs, high_width): (&[u8], u32),
    patches: usize,
    width: u32,
) -> Result<(), CodecError> {
    let mut next = 0;
    unpack_chunks(positions, position_width, patches, |first, chunk_positions| {
        let mut chunk_highs = [0.0; super::unpack::CHUNK];
        let chunk_highs = &mut chunk_highs[..chunk_positions.len()];
        let highs = highs.get(first / 8 * high_width as usize..).unwrap_or_default();
        unpack(highs, high_width, chunk_highs);
        for (position, high) in chunk_positions.iter().zip(chunk_highs) {
            let position = position.to_bits() as usize;
            let Some(slot) = out.get_mut(position).filter(|_| position >= next) else {
                return Reader::fault(positions_at, "patch positions ascending inside the column", position);
            };
            let high = high.to_bits().checked_shl(width).unwrap_or(0);
            *slot = f64::from_bits(slot.to_bits() | high);
            next = position + 1;
        }
        Ok(())
    })
}
