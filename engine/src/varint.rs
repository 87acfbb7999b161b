//! Owns variable-length integers: seven bits a byte, low bits first, the top bit set on all but the last byte.
//!
//! Signed numbers are folded first, so that small magnitudes of either sign stay short. Invariant: what is taken is the
//! shortest form, and taking never passes the end of the slice. Reading with errors that name a place is `codec`'s.

/// Appends `number`.
#[inline]
pub(crate) fn put(number: u64, out: &mut Vec<u8>) {
    if number < 1 << 28 {
        put_short(number as u32, out);
    } else {
        put_long(number, out);
    }
}

/// Appends four groups at most: they are spread over a word at once, of which as many bytes are kept as count.
#[inline]
fn put_short(number: u32, out: &mut Vec<u8>) {
    let (groups, bytes) = short(number);
    let start = out.len();
    out.extend_from_slice(&groups.to_le_bytes());
    out.truncate(start + bytes);
}

/// A number below 2^28 as `put` writes it: in the low bytes of a word, and how many they are.
#[inline]
pub(crate) fn short(number: u32) -> (u32, usize) {
    let bytes = (38 - (number | 1).leading_zeros()) / 7;
    let groups =
        number & 0x7f | (number & 0x3f80) << 1 | (number & 0x1f_c000) << 2 | (number & 0xfe0_0000) << 3;
    let more = 0x0080_8080 & ((1_u32 << (8 * (bytes - 1))) - 1);
    (groups | more, bytes as usize)
}

fn put_long(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a signed `number`, folded.
#[inline]
pub(crate) fn put_signed(number: i64, out: &mut Vec<u8>) {
    put(fold(number), out);
}

/// Bytes that `put` needs.
pub(crate) fn length_bytes(number: u64) -> usize {
    (bit_width(number).max(1) as usize).div_ceil(7)
}

/// Bytes that `put_signed` needs.
pub(crate) fn signed_length_bytes(number: i64) -> usize {
    length_bytes(fold(number))
}

/// Takes a number from the front of `bytes`.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if index == 9 && bits > 1 {
            return None;
        }
        number |= bits << (7 * index);
        if byte & 0x80 == 0 {
            let is_shortest = byte != 0 || index == 0;
            return is_shortest.then(|| {
                *bytes = &bytes[index + 1..];
                number
            });
        }
    }
    None
}

/// Takes a signed number from the front of `bytes`.
pub(crate) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    take(bytes).map(unfold)
}

/// Takes `N` bytes from the front of `bytes`.
pub(crate) fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

/// 0, −1, 1, −2, … become 0, 1, 2, 3, …
pub(crate) fn fold(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// Undoes `fold`.
pub(crate) fn unfold(number: u64) -> i64 {
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
    fn every_width_comes_back_and_is_as_long_as_foretold() {
        for shift in 0..64 {
            for number in [1_u64 << shift, (1 << shift) - 1, u64::MAX >> shift, !(1 << shift)] {
                let mut out = Vec::new();
                put(number, &mut out);
                assert_eq!(out.len(), length_bytes(number));
                put_signed(number as i64, &mut out);
                assert_eq!(out.len(), length_bytes(number) + signed_length_bytes(number as i64));
                out.push(0xaa);
                let mut bytes = out.as_slice();
                assert_eq!(take(&mut bytes), Some(number));
                assert_eq!(take_signed(&mut bytes), Some(number as i64));
                assert_eq!(bytes, [0xaa]);
            }
        }
    }

    #[test]
    fn short_and_long_forms_agree() {
        for shift in 0..28 {
            for number in [1u64 << shift, (1u64 << shift) - 1, ((1u64 << 28) - 1) >> shift] {
                let (mut short, mut long) = (vec![9], vec![9]);
                put(number, &mut short);
                put_long(number, &mut long);
                assert_eq!(short, long, "{number}");
            }
        }
    }

    #[test]
    fn cut_endless_overlong_and_padded_forms_are_refused_and_take_nothing() {
        let too_wide = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        for refused in [&[][..], &[0x80], &[0x80, 0x00], &[0xff; 12], &too_wide] {
            let mut bytes = refused;
            assert_eq!(take(&mut bytes), None);
            assert_eq!(bytes, refused);
        }
    }
}
