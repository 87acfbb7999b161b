//! Owns packing: integers of one width laid bit after bit, low bits first, the last byte filled with zeros.
//!
//! Eight integers of `width` bits take exactly `width` bytes, so a run of them starts on a byte. Choosing the width is
//! `column`'s business.

/// Bytes that `count` integers of `width` bits take.
pub(super) fn packed_bytes(count: usize, width: u32) -> usize {
    (count * width as usize).div_ceil(8)
}

/// Appends the low `width` bits of each integer.
pub(super) fn pack(integers: impl ExactSizeIterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    out.reserve(packed_bytes(integers.len(), width) + size_of::<u64>());
    let mask = u64::MAX >> (u64::BITS - width);
    let (mut pending, mut filled) = (0_u64, 0_u32);
    for integer in integers {
        let integer = integer & mask;
        pending |= integer << filled;
        filled += width;
        if filled >= u64::BITS {
            out.extend_from_slice(&pending.to_le_bytes());
            filled -= u64::BITS;
            // What did not fit is the integer's top `filled` bits; all of them fitted when that is none.
            pending = if filled == 0 { 0 } else { integer >> (width - filled) };
        }
    }
    out.extend_from_slice(&pending.to_le_bytes()[..filled.div_ceil(8) as usize]);
}
