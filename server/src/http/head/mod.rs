//! The head of a request, checked before the HTTP library sees it, so that every fault of it gets a line of its own.
//!
//! Invariant: a head that passes here passes the library as well, and both agree on how long its body is. What a
//! path or a header means is no business of this check.

mod buffer;
mod framing;
mod header_lines;
mod request_line;
mod stream;

pub(super) use stream::CheckedStream;

/// Most characters of a refused text that are shown.
const SHOWN_CHARACTERS_MAX: usize = 60;

/// Bytes of a head as a person can read them: cut short, control characters escaped.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN_CHARACTERS_MAX).flat_map(escaped).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

fn escaped(character: char) -> Box<dyn Iterator<Item = char>> {
    if character.is_control() { Box::new(character.escape_default()) } else { Box::new(std::iter::once(character)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_printable() {
        assert_eq!(shown(b"a\x00b\x7f\xff"), "a\\u{0}b\\u{7f}\u{fffd}");
        assert_eq!(shown(&[b'x'; 61]), format!("{}…", "x".repeat(60)));
    }
}
