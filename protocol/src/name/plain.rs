//! The one fast pass over a name: is it canonical and untagged as it stands?
//!
//! Owns the check only, in a form that compilers turn into vector instructions. A false answer says nothing more than
//! that the slow path has to look; a true one must never be wrong.

const LANES: usize = 16;

/// Whether the name is printable ASCII without blanks, `;` and `{`, has no empty node and no leading `~`.
#[inline]
pub(super) fn is_plain(name: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else {
        return false;
    };
    if first == b'.' || first == b'~' || last == b'.' || is_odd(last) {
        return false;
    }
    let Some(last_start) = name.len().checked_sub(LANES + 1) else {
        return is_plain_short(name);
    };
    // Each window has one byte more than it checks, so that every pair of neighbours lies in one of them. The last
    // window overlaps the one before.
    let mut start = 0;
    while let Some(window) = name.get(start..).and_then(<[u8]>::first_chunk) {
        if window_is_odd(window) {
            return false;
        }
        if start == last_start {
            return true;
        }
        start = (start + LANES).min(last_start);
    }
    false
}

#[inline(always)]
fn window_is_odd(window: &[u8; LANES + 1]) -> bool {
    let mut odd = [0u8; LANES];
    for lane in 0..LANES {
        let dots = (window[lane] == b'.') & (window[lane + 1] == b'.');
        odd[lane] = u8::from(is_odd(window[lane]) | dots);
    }
    u128::from_ne_bytes(odd) != 0
}

/// As a signed byte, what is not ASCII is negative: one comparison finds it together with blanks and controls.
#[inline(always)]
fn is_odd(byte: u8) -> bool {
    (byte.cast_signed() <= b' '.cast_signed()) | (byte == 0x7f) | (byte == b';') | (byte == b'{')
}

#[inline]
fn is_plain_short(name: &[u8]) -> bool {
    let odd = name.iter().fold(false, |any, &byte| any | is_odd(byte));
    let dots = name.iter().zip(name.iter().skip(1)).fold(false, |any, pair| any | (pair == (&b'.', &b'.')));
    !odd && !dots
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
