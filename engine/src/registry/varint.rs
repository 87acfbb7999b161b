//! Owns LEB128 varints: seven bits a byte, low bits first, the high bit set on all bytes but the last.
//!
//! Invariant: what is read is the shortest form; a longer one is not a varint. Signed numbers are zigzag-coded first.

/// Appends `value`.
pub(super) fn push_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value`, small magnitudes in few bytes.
pub(super) fn push_signed_varint(value: i64, out: &mut Vec<u8>) {
    push_varint((value << 1 ^ value >> 63) as u64, out);
}

/// The number at the start of `bytes`, and what follows it.
pub(super) fn split_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        if index == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * index);
        if byte & 0x80 == 0 {
            let shortest = byte != 0 || index == 0;
            return shortest.then(|| (value, &bytes[index + 1..]));
        }
    }
    None
}

/// The signed number at the start of `bytes`, and what follows it.
pub(super) fn split_signed_varint(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (coded, rest) = split_varint(bytes)?;
    Some(((coded >> 1) as i64 ^ -((coded & 1) as i64), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            push_varint(value, &mut bytes);
            bytes.push(0xaa);
            assert_eq!(split_varint(&bytes), Some((value, &[0xaa][..])));
        }
        for value in [0, -1, 1, 1_710_504_000, i64::MIN, i64::MAX] {
            let mut bytes = Vec::new();
            push_signed_varint(value, &mut bytes);
            assert_eq!(split_signed_varint(&bytes), Some((value, &[][..])));
        }
    }

    #[test]
    fn cut_overlong_and_padded_forms_are_refused() {
        assert_eq!(split_varint(&[]), None);
        assert_eq!(split_varint(&[0x80]), None);
        assert_eq!(split_varint(&[0x80, 0x00]), None);
        assert_eq!(split_varint(&[0xff; 11]), None);
        assert_eq!(split_varint(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), None);
    }
}
