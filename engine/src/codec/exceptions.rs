//! Owns exceptions: the values of a block that its mapping cannot express, kept whole at the block's end.
//!
//! Layout: a count, the positions packed at the width of the last position, then eight bytes a value. Invariant:
//! positions ascend strictly and lie inside the block.

use super::CodecError;
use super::column::position_width;
use super::pack::pack;
use super::reader::Reader;
use super::unpack::unpack_chunks;
use crate::varint;

/// Length in bits of `exceptions` among `count` values.
pub(super) fn exceptions_bits(exceptions: usize, count: usize) -> usize {
    if exceptions == 0 {
        return 0;
    }
    8 * varint::length_bytes(exceptions as u64) + exceptions * (64 + position_width(count) as usize)
}

/// Appends the values at `positions`, unless there are none.
pub(super) fn write_exceptions(values: &[f64], positions: &[u16], out: &mut Vec<u8>) {
    if positions.is_empty() {
        return;
    }
    varint::put(positions.len() as u64, out);
    pack(positions.iter().map(|&position| u64::from(position)), position_width(values.len()), out);
    for &position in positions {
        out.extend_from_slice(&values[usize::from(position)].to_bits().to_le_bytes());
    }
}

/// Reads exceptions and puts them where they belong.
pub(super) fn read_exceptions(reader: &mut Reader<'_>, out: &mut [f64]) -> Result<(), CodecError> {
    let count = reader.count(1..=out.len(), "a number of exceptions inside the block")?;
    let width = position_width(out.len());
    let positions_at = reader.at();
    let positions = reader.packed(count, width, "the positions of exceptions")?;
    let mut next = 0;
    unpack_chunks(positions, width, count, |_, positions| {
        for position in positions {
            let position = position.to_bits() as usize;
            let Some(slot) = out.get_mut(position).filter(|_| position >= next) else {
                let expected = "exception positions ascending inside the block";
                return Reader::fault(positions_at, expected, position);
            };
            *slot = f64::from_bits(reader.word("the value of an exception")?);
            next = position + 1;
        }
        Ok(())
    })
}
