//! Owns how foreign names get onto a terminal: without control characters, and cut to the room there is.

/// `name` with control characters made visible, so that no metric can move the cursor or colour the screen.
pub(crate) fn printable(name: &str) -> String {
    if !name.chars().any(is_unsafe) {
        return name.to_owned();
    }
    name.chars().map(|character| if is_unsafe(character) { '\u{fffd}' } else { character }).collect()
}

/// Control characters, and those that turn the direction of the text that follows.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// At most `width` characters of `text`; what is cut off in the middle is shown as `…`, since names differ at their end.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let head = kept / 3;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - (kept - head)).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_power() {
        assert_eq!(printable("a\x1b[31mb\r\n"), "a\u{fffd}[31mb\u{fffd}\u{fffd}");
        assert_eq!(printable("a\u{202e}b"), "a\u{fffd}b");
        assert_eq!(printable("größe.ms"), "größe.ms");
    }

    #[test]
    fn the_end_of_a_long_name_stays() {
        assert_eq!(shortened("hosts.web1.cpu.total.user", 16), "hosts…total.user");
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("größer", 4), "g…er");
    }
}
