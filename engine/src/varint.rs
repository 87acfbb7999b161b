//! Owns variable-length integers: seven bits a byte, low bits first, zigzag for signed ones.
//!
//! Invariant: reading never passes the end of the slice and never takes more than ten bytes.

/// Appends `value`.
#[inline]
pub(crate) fn put(value: u64, out: &mut Vec<u8>) {
    if value < 1 << 28 {
        put_short(value as u32, out);
    } else {
        put_long(value, out);
    }
}

/// Appends four groups at most: they are spread over a word at once, of which as many bytes are kept as count.
#[inline]
fn put_short(value: u32, out: &mut Vec<u8>) {
    let bytes = (38 - (value | 1).leading_zeros()) / 7;
    let groups = value & 0x7f | (value & 0x3f80) << 1 | (value & 0x1f_c000) << 2 | (value & 0xfe0_0000) << 3;
    let more = 0x0080_8080 & ((1_u32 << (8 * (bytes - 1))) - 1);
    let start = out.len();
    out.extend_from_slice(&(groups | more).to_le_bytes());
    out.truncate(start + bytes as usize);
}

fn put_long(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed `value`.
#[inline]
pub(crate) fn put_signed(value: i64, out: &mut Vec<u8>) {
    put(((value << 1) ^ (value >> 63)) as u64, out);
}

/// Takes a value from the front of `bytes`.
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        if index == 9 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            *bytes = &bytes[index + 1..];
            return Some(value);
        }
    }
    None
}

/// Takes a signed value from the front of `bytes`.
pub(crate) fn take_signed(bytes: &mut &[u8]) -> Option<i64> {
    take(bytes).map(|value| (value >> 1) as i64 ^ -((value & 1) as i64))
}

/// Takes `N` bytes from the front of `bytes`.
pub(crate) fn take_array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = bytes.split_first_chunk::<N>()?;
    *bytes = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_comes_back() {
        for shift in 0..64 {
            for value in [1u64 << shift, (1u64 << shift) - 1, u64::MAX >> shift] {
                let mut out = Vec::new();
                put(value, &mut out);
                put_signed(value as i64, &mut out);
                let mut bytes = out.as_slice();
                assert_eq!(take(&mut bytes), Some(value));
                assert_eq!(take_signed(&mut bytes), Some(value as i64));
                assert!(bytes.is_empty());
            }
        }
    }

    #[test]
    fn short_and_long_forms_agree() {
        for shift in 0..28 {
            for value in [1u64 << shift, (1u64 << shift) - 1, ((1u64 << 28) - 1) >> shift] {
                let (mut short, mut long) = (vec![9], vec![9]);
                put(value, &mut short);
                put_long(value, &mut long);
                assert_eq!(short, long, "{value}");
            }
        }
    }

    #[test]
    fn a_cut_or_endless_value_is_none() {
        assert_eq!(take(&mut &[][..]), None);
        assert_eq!(take(&mut &[0x80][..]), None);
        assert_eq!(take(&mut &[0xff; 12][..]), None);
    }
}
