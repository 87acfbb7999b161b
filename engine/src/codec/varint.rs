//! Owns variable-length integers: seven bits a byte, low bits first, the top bit set on all but the last byte.
//!
//! Signed numbers are folded first, so that small magnitudes of either sign stay short. Reading is `Reader`'s.

/// Appends `number`.
pub(crate) fn put_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a signed `number`, folded.
pub(super) fn put_signed(number: i64, out: &mut Vec<u8>) {
    put_varint(fold(number), out);
}

/// Bytes that `put_varint` needs.
pub(crate) fn varint_bytes(number: u64) -> usize {
    (bit_width(number).max(1) as usize).div_ceil(7)
}

/// Bytes that `put_signed` needs.
pub(super) fn signed_bytes(number: i64) -> usize {
    varint_bytes(fold(number))
}

/// 0, −1, 1, −2, … become 0, 1, 2, 3, …
fn fold(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// Undoes `fold`.
pub(super) fn unfold(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Bits needed to write `number`; 0 for 0.
#[inline]
pub(crate) fn bit_width(number: u64) -> u32 {
    u64::BITS - number.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_what_is_written_and_folding_is_undone() {
        for shift in 0..64 {
            for number in [1_u64 << shift, (1 << shift) - 1, !(1 << shift)] {
                let mut bytes = Vec::new();
                put_varint(number, &mut bytes);
                assert_eq!(bytes.len(), varint_bytes(number));
                assert_eq!(fold(unfold(number)), number);
            }
        }
    }
}
