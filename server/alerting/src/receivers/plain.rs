//! Foreign text made harmless for human readers, and escaped for the places where it goes.
//!
//! Invariant: what comes out of [`one_line`] and [`lines`] has no control characters, nothing that changes the direction
//! of what is around it, and at most the length that was asked for. Text is cut before it is escaped, so that no escape is
//! cut in two.

use std::borrow::Cow;

/// What stands at the end of a text that was cut.
const CUT: char = '…';

/// A text on one line, of at most `characters_max` characters.
pub(super) fn one_line(text: &str, characters_max: usize) -> String {
    let blanks = text.chars().map(|c| if c.is_whitespace() || c.is_control() { ' ' } else { c });
    let harmless = blanks.filter(|c| !is_misleading(*c));
    let mut before = ' ';
    let single = harmless.filter(move |c| {
        let is_repeated = *c == ' ' && before == ' ';
        before = *c;
        !is_repeated
    });
    let mut line = cut(single, characters_max);
    line.truncate(line.trim_end().len());
    line
}

/// A text of several lines, of at most `characters_max` characters.
pub(super) fn lines(text: &str, characters_max: usize) -> String {
    let harmless = text.chars().filter(|c| !is_misleading(*c) && *c != '\r');
    cut(harmless.map(|c| if c.is_control() && c != '\n' { ' ' } else { c }), characters_max)
}

/// A text of at most `bytes_max` bytes, cut between characters.
pub(super) fn within_bytes(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let room = bytes_max.saturating_sub(CUT.len_utf8());
        let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        if bytes_max >= CUT.len_utf8() {
            text.push(CUT);
        }
    }
    text
}

fn cut(characters: impl Iterator<Item = char>, characters_max: usize) -> String {
    let mut text = String::new();
    for (at, c) in characters.enumerate() {
        if at == characters_max {
            text.pop();
            text.push(CUT);
            break;
        }
        text.push(c);
    }
    text
}

/// Characters that nobody sees and that change how others are shown: directions, invisible signs, tags.
fn is_misleading(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// For the text of HTML and for attributes in quotes.
pub(super) fn escape_html(text: &str) -> Cow<'_, str> {
    escape(text, |c| {
        Some(match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            _ => return None,
        })
    })
}

/// For Slack, where these three begin links, mentions and channels.
pub(super) fn escape_slack(text: &str) -> Cow<'_, str> {
    escape(text, |c| {
        Some(match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => return None,
        })
    })
}

/// For the inside of a JSON string.
pub(super) fn escape_json(text: &str) -> Cow<'_, str> {
    let is_plain = text.chars().all(|c| c != '"' && c != '\\' && !c.is_control());
    if is_plain {
        return Cow::Borrowed(text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    Cow::Owned(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned())
}

fn escape(text: &str, special: fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if text.chars().all(|c| special(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len().saturating_add(16));
    for c in text.chars() {
        match special(c) {
            Some(replacement) => escaped.push_str(replacement),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_on_its_line_and_shows_what_it_says() {
        assert_eq!(one_line(" a\r\nBcc: x\t\t\u{0}b\u{202e}c\u{2028}d ", 100), "a Bcc: x bc d");
        assert_eq!(one_line("abcdef", 4), "abc…");
        assert_eq!(one_line("ääää", 4), "ääää");
        assert_eq!(lines("a\r\nb\u{1b}[31m\u{200f}", 100), "a\nb [31m");
        assert_eq!(lines("abcdef", 1), "…");
        assert_eq!(one_line("abc", 0), "…");
    }

    #[test]
    fn bytes_are_cut_between_characters() {
        assert_eq!(within_bytes("ääää".to_owned(), 8), "ääää");
        assert_eq!(within_bytes("ääää".to_owned(), 7), "ää…");
        assert_eq!(within_bytes("ääää".to_owned(), 2), "");
    }

    #[test]
    fn each_place_has_its_escapes() {
        assert_eq!(escape_html("<a href=\"'&"), "&lt;a href=&quot;&#39;&amp;");
        assert_eq!(escape_slack("<!channel> & <http://x|y>"), "&lt;!channel&gt; &amp; &lt;http://x|y&gt;");
        assert_eq!(escape_json("a\"b\\\n\u{1}"), "a\\\"b\\\\\\n\\u0001");
        assert!(matches!(escape_json("plain ä"), Cow::Borrowed(_)));
    }
}
