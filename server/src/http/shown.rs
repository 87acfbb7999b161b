//! What a caller sent, as it is shown in the line that refuses it.
//!
//! Invariant: never longer than a line of a log may be, whatever was sent, and without a character that a terminal
//! would obey.

/// Most characters of a refused text that are shown.
const SHOWN_CHARACTERS_MAX: usize = 120;

/// These bytes on one line: cut short, control characters escaped.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN_CHARACTERS_MAX).flat_map(escaped).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

fn escaped(character: char) -> Box<dyn Iterator<Item = char>> {
    if character.is_control() {
        Box::new(character.escape_default())
    } else {
        Box::new(std::iter::once(character))
    }
}

/// Milliseconds since the epoch as RFC 3339.
pub(crate) fn time(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| milliseconds.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_printable() {
        assert_eq!(shown(b"a\x00b\x7f\xff"), "a\\u{0}b\\u{7f}\u{fffd}");
        assert_eq!(shown(&[b'x'; 121]), format!("{}…", "x".repeat(120)));
    }
}
