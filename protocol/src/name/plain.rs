//! The one fast pass over a name: is it canonical and untagged as it stands?
//!
//! Owns the check only, eight bytes at a time in plain integer arithmetic. A false answer says nothing more than
//! that the slow path has to look; a true one must never be wrong.

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// Whether the name is printable ASCII without blanks, `;` and `{`, has no empty node and no leading `~`.
#[inline]
pub(super) fn is_plain(name: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
        return false;
    };
    if first == b'.' || first == b'~' || last == b'.' {
        return false;
    }
    if name.len() < 9 {
        return is_plain_short(name);
    }
    // Windows of nine bytes, so that every pair of neighbours lies in one of them; the last one may overlap.
    let mut odd = 0;
    let mut at = 0;
    while at + 9 < name.len() {
        odd |= odd_in_window(name, at);
        at += 8;
    }
    odd |= odd_in_window(name, name.len() - 9);
    odd & HIGH == 0 && is_plain_short(&name[name.len() - 1..])
}

/// The high bit of some byte is set if one of the first eight bytes of the window is odd, or two dots meet.
#[inline(always)]
fn odd_in_window(name: &[u8], at: usize) -> u64 {
    let bytes = word(name, at);
    let next = word(name, at + 1);
    // Below '!', above '~' or not ASCII: all by carries into a byte's high bit, exact while the high bits are clear,
    // and a set high bit is odd already.
    let below = !((bytes & !HIGH) + (0x80 - 0x21) * EACH);
    let above = (bytes & !HIGH) + (0x80 - 0x7f) * EACH;
    let dots = equal(bytes, b'.') & equal(next, b'.');
    bytes | below | above | equal(bytes, b';') | equal(bytes, b'{') | dots
}

/// Sets the high bit of each byte that equals `wanted`; exact for bytes below 0x80.
#[inline(always)]
fn equal(bytes: u64, wanted: u8) -> u64 {
    !(((bytes ^ (u64::from(wanted) * EACH)) & !HIGH) + 0x7f * EACH) & HIGH
}

#[inline(always)]
fn word(name: &[u8], at: usize) -> u64 {
    name.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(u64::MAX, u64::from_le_bytes)
}

fn is_plain_short(name: &[u8]) -> bool {
    let odd = |byte: u8| !byte.is_ascii_graphic() || byte == b';' || byte == b'{';
    !name.iter().any(|&byte| odd(byte)) && !name.windows(2).any(|pair| pair == b"..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_byte_at_every_place() {
        for length in 1..40 {
            for at in 0..length {
                for byte in 0..=255u8 {
                    let mut name = vec![b'a'; length];
                    name[at] = byte;
                    let edge_dot = byte == b'.' && (at == 0 || at == length - 1);
                    let expected = is_plain_short(&name) && !edge_dot && !(byte == b'~' && at == 0);
                    assert_eq!(is_plain(&name), expected, "byte {byte} at {at} of {length}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn dots_that_meet_are_found(name in "[a.]{1,40}") {
            let expected = is_plain_short(name.as_bytes()) && !name.starts_with('.') && !name.ends_with('.');
            prop_assert_eq!(is_plain(name.as_bytes()), expected);
        }
    }
}
