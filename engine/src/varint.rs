//! Owns variable-length integers: seven bits a byte, low bits first, zigzag for signed ones.
//!
//! Invariant: reading never passes the end of the slice and never takes more than ten bytes.

/// Appends `value`.
pub(crate) fn put(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed `value`.
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
    fn a_cut_or_endless_value_is_none() {
        assert_eq!(take(&mut &[][..]), None);
        assert_eq!(take(&mut &[0x80][..]), None);
        assert_eq!(take(&mut &[0xff; 12][..]), None);
    }
}
