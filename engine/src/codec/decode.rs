//! Owns decoding: one block of bytes to values, by the mapping that its tag names.

use super::decimal::{POWER_MAX, ordered, power_of_ten, to_float, value_of};
use super::dictionary::{ENTRIES_MAX, read_indices};
use super::exceptions::read_exceptions;
use super::near::{divisor_of, near_value};
use super::reader::Reader;
use super::sequence::{BaseForm, read_sequence};
use super::tag::{Mapping, Packing, Tag};
use super::unpack::unpack_chunks;
use super::{BLOCK_VALUES_MAX, CodecError};

/// Largest divisor that a block may name.
const DIVISOR_MAX: usize = 1 << 16;

/// Decodes the block at the start of `bytes` into all of `out`, which must have as many slots as values were encoded;
/// returns the length of the block in bytes. `bytes` may go on behind the block. After an error `out` holds anything.
///
/// # Errors
/// When `bytes` does not start with a block of that many values.
pub fn decode(bytes: &[u8], out: &mut [f64]) -> Result<usize, CodecError> {
    let mut reader = Reader::new(bytes, 0);
    read_values(&mut reader, out)?;
    Ok(reader.at())
}

/// Decodes the block at the reader's place into all of `out`, and steps behind it.
pub(crate) fn read_values(reader: &mut Reader<'_>, out: &mut [f64]) -> Result<(), CodecError> {
    if out.len() > BLOCK_VALUES_MAX {
        return Reader::fault(reader.at(), "a block of at most 2048 values", out.len());
    }
    if out.is_empty() {
        return Ok(());
    }
    let tag = read_tag(reader)?;
    if tag.mapping != Mapping::Dictionary {
        return read_mapped(reader, tag, out);
    }
    let count = usize::from(reader.byte("the number of entries of a dictionary")?) + 1;
    let mut entries = [0.0; ENTRIES_MAX];
    let entries_at = reader.at();
    let tag = read_tag(reader)?;
    if tag.mapping == Mapping::Dictionary {
        return Reader::fault(entries_at, "entries that are not again a dictionary", "one");
    }
    read_mapped(reader, tag, &mut entries[..count])?;
    read_indices(reader, &entries, count, out)
}

fn read_tag(reader: &mut Reader<'_>) -> Result<Tag, CodecError> {
    let start = reader.at();
    let byte = reader.byte("the tag of a block")?;
    match Tag::from_byte(byte) {
        // A dictionary has one layout and needs no exceptions.
        Some(tag)
            if tag.mapping != Mapping::Dictionary || (tag.packing == Packing::Frame && !tag.exceptions) =>
        {
            Ok(tag)
        }
        _ => Reader::fault(start, "the tag of a block", byte),
    }
}

fn read_mapped(reader: &mut Reader<'_>, tag: Tag, out: &mut [f64]) -> Result<(), CodecError> {
    let packing = tag.packing;
    match tag.mapping {
        Mapping::Decimal { power: 0 } => read_sequence(reader, packing, BaseForm::Folded, out, to_float)?,
        Mapping::Decimal { power } => {
            let divisor = power_of_ten(power);
            read_sequence(reader, packing, BaseForm::Folded, out, |integer| value_of(integer, divisor))?;
        }
        Mapping::Scaled => {
            let divisor = power_of_ten(read_power(reader)?);
            let factor = reader.varint("the factor of a block")? as i64;
            read_sequence(reader, packing, BaseForm::Folded, out, |integer| {
                value_of(integer.wrapping_mul(factor), divisor)
            })?;
        }
        Mapping::Near => read_near(reader, packing, out)?,
        Mapping::Ordered => read_sequence(reader, packing, BaseForm::Word, out, |integer| {
            f64::from_bits(ordered(integer as u64) as u64)
        })?,
        // The callers have dealt with it: a dictionary never holds another.
        Mapping::Dictionary => return Reader::fault(reader.at(), "a block that is no dictionary", "one"),
    }
    if tag.exceptions { read_exceptions(reader, out) } else { Ok(()) }
}

fn read_power(reader: &mut Reader<'_>) -> Result<u8, CodecError> {
    reader.width(u32::from(POWER_MAX), "a power of ten of at most 15").map(|power| power as u8)
}

fn read_near(reader: &mut Reader<'_>, packing: Packing, out: &mut [f64]) -> Result<(), CodecError> {
    let power = read_power(reader)?;
    let divisor = reader.count(1..=DIVISOR_MAX, "a divisor of at most 65536")?;
    let divisor = divisor_of(divisor as u32, power);
    let factor = reader.varint("the factor of a block")? as i64;
    let ulps_base = reader.signed("the smallest distance in units of the last place")?;
    let ulps_width = reader.width(u64::BITS, "the width of distances")?;
    read_sequence(reader, packing, BaseForm::Folded, out, |integer| f64::from_bits(integer as u64))?;
    let ulps = reader.packed(out.len(), ulps_width, "the distances of a block")?;
    unpack_chunks(ulps, ulps_width, out.len(), |first, chunk| {
        for (slot, ulps) in out.iter_mut().skip(first).zip(chunk) {
            let integer = (slot.to_bits() as i64).wrapping_mul(factor);
            *slot = near_value(integer, divisor, ulps_base.wrapping_add(ulps.to_bits() as i64));
        }
        Ok(())
    })
}
