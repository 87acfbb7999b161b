//! Items that are no points, and frames that are no pickles, as a person can read them.
//!
//! Owns their text: values as Python writes them, bytes that nobody can read as escapes. Its invariant: a text is no
//! longer than what was asked for, and making it costs no more than that, whatever the pickle holds.

use std::fmt::{self, Write};

use super::value::{Heap, Value};
use crate::refusal::Refusal;

/// How deep tuples and lists are shown: an item that is a point has two levels.
const DEPTH_MAX: usize = 4;

const CUT: &str = "…";

/// One item of a pickle that is no point.
#[derive(Clone, Copy)]
pub struct RefusedItem<'a> {
    /// Why.
    pub refusal: Refusal,
    pub(super) heap: &'a Heap,
    pub(super) payload: &'a [u8],
    pub(super) item: Value,
}

impl RefusedItem<'_> {
    /// The item as it came, such as `("a.b", (1710504000, "nope"))`, in at most `bytes_max` bytes. A long text
    /// inside is cut by itself, so that what follows it can be seen.
    pub fn text(&self, bytes_max: usize) -> String {
        bounded(bytes_max, |out| self.write(out, self.item, bytes_max, 0))
    }

    fn write(&self, out: &mut Bounded, value: Value, bytes_max: usize, depth: usize) -> fmt::Result {
        match value {
            Value::Absent | Value::Nothing => out.write_str("None"),
            Value::TooLarge => out.write_str("an integer of more than 128 bits"),
            Value::Integer(integer) => write!(out, "{integer}"),
            Value::Float(float) => write!(out, "{float:?}"),
            Value::Text(_) | Value::Resolved(_) => {
                write_quoted(out, self.heap.bytes(self.payload, value).unwrap_or_default(), bytes_max / 2)
            }
            Value::Tuple(_) => self.write_elements(out, value, ["(", ")"], bytes_max, depth),
            Value::List(_) => self.write_elements(out, value, ["[", "]"], bytes_max, depth),
        }
    }

    fn write_elements(
        &self,
        out: &mut Bounded,
        value: Value,
        [open, close]: [&str; 2],
        bytes_max: usize,
        depth: usize,
    ) -> fmt::Result {
        out.write_str(open)?;
        if depth == DEPTH_MAX {
            out.write_str(CUT)?;
        } else {
            for (position, element) in self.heap.runs_of(value).flatten().enumerate() {
                out.write_str(if position == 0 { "" } else { ", " })?;
                self.write(out, *element, bytes_max, depth + 1)?;
            }
        }
        out.write_str(close)
    }
}

impl fmt::Debug for RefusedItem<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.refusal.name(), self.text(crate::limits::REFUSED_TEXT_BYTES_MAX))
    }
}

/// A point in the form in which refused items are shown, in at most `bytes_max` bytes.
///
/// ```
/// use plumbago_protocol::pickle::point_text;
/// assert_eq!(point_text(b"a.b", 1710504000, 1.5, 256), r#"("a.b", (1710504000, 1.5))"#);
/// ```
pub fn point_text(name: &[u8], timestamp: i64, value: f64, bytes_max: usize) -> String {
    bounded(bytes_max, |out| {
        out.write_str("(")?;
        write_quoted(out, name, bytes_max / 2)?;
        write!(out, ", ({timestamp}, {value:?}))")
    })
}

/// Bytes as text in at most `bytes_max` bytes: control characters and what is not UTF-8 as `\x…`.
///
/// ```
/// assert_eq!(plumbago_protocol::pickle::escaped(b"\x80\x02]U\x03a.b", 256), r"\x80\x02]U\x03a.b");
/// ```
pub fn escaped(bytes: &[u8], bytes_max: usize) -> String {
    bounded(bytes_max, |out| write_escaped(out, bytes))
}

/// Text in quotes, cut after `bytes_max` bytes of it.
fn write_quoted(out: &mut Bounded, bytes: &[u8], bytes_max: usize) -> fmt::Result {
    out.write_str("\"")?;
    match bytes.get(..bytes_max) {
        Some(beginning) if beginning.len() < bytes.len() => {
            write_escaped(out, beginning)?;
            out.write_str(CUT)?;
        }
        _ => write_escaped(out, bytes)?,
    }
    out.write_str("\"")
}

fn write_escaped(out: &mut Bounded, bytes: &[u8]) -> fmt::Result {
    // No more is looked at than can be shown.
    let bytes = bytes.get(..out.bytes_max.saturating_add(1)).unwrap_or(bytes);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' | '\n' | '\r' | '\t' => write!(out, "{}", character.escape_default())?,
                control if control.is_ascii_control() => write!(out, "\\x{:02x}", control as u32)?,
                // Line ends and marks of direction would change how the rest is shown.
                other if other.is_control() || !is_plain(other) => write!(out, "{}", other.escape_unicode())?,
                plain => out.write_char(plain)?,
            }
        }
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

/// Whether a character is shown by a mark of its own, without changing its neighbours.
fn is_plain(character: char) -> bool {
    !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text that takes no more than its bound, and then says that it was cut.
struct Bounded {
    text: String,
    bytes_max: usize,
    is_cut: bool,
}

impl Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.text.len() + part.len() <= self.bytes_max {
            self.text.push_str(part);
            return Ok(());
        }
        self.is_cut = true;
        let room = part.floor_char_boundary(self.bytes_max - self.text.len());
        self.text.push_str(part.get(..room).unwrap_or_default());
        Err(fmt::Error)
    }
}

/// What `write` writes, and an ellipsis in the place of what is too much.
fn bounded(bytes_max: usize, write: impl FnOnce(&mut Bounded) -> fmt::Result) -> String {
    let mut out = Bounded { text: String::new(), bytes_max, is_cut: false };
    // The only error is that the bound was reached.
    let _ = write(&mut out);
    let Bounded { mut text, is_cut, .. } = out;
    if is_cut {
        let room = text.floor_char_boundary(bytes_max.saturating_sub(CUT.len()));
        text.truncate(room);
        if room + CUT.len() <= bytes_max {
            text.push_str(CUT);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, PickleLimits};
    use super::*;

    /// The texts of the refused items of a pickle.
    fn texts(payload: &[u8], bytes_max: usize) -> Vec<String> {
        let mut texts = Vec::new();
        let mut emit = |item: Result<crate::Point<'_>, RefusedItem<'_>>| {
            texts.extend(item.err().map(|refused| refused.text(bytes_max)));
        };
        Decoder::new(PickleLimits::default()).decode(payload, 0, &mut emit).expect("a well-formed pickle");
        texts
    }

    #[test]
    fn an_item_is_shown_as_python_writes_it() {
        for (pickle, text) in [
            (&b"]U\x03a.bK\x05U\x04nope\x86\x86a."[..], r#"("a.b", (5, "nope"))"#),
            (b"]U\x03a.b](K\x05NeN\x87a.", r#"("a.b", [5, None], None)"#),
            (b"](U\x04\xff\"\\\nK\x05G\x7f\xf8\0\0\0\0\0\0\x86\x86e.", r#"("\xff\"\\\n", (5, NaN))"#),
            (b"]U\x04\x00\xc3\xbc\x7fK\x01\x86a.", r#"("\x00ü\x7f", 1)"#),
            (b"]U\x03\xe2\x80\xaea.", r#""\u{202e}""#),
            (b"]\x8a\x11aaaaaaaaaaaaaaaaaa.", "an integer of more than 128 bits"),
            (b"])a.", "()"),
        ] {
            assert_eq!(texts(pickle, 256), [text], "{pickle:?}");
        }
    }

    #[test]
    fn a_long_name_does_not_hide_the_rest() {
        let name = "n".repeat(200);
        let pickle = [b"]U\xc8", name.as_bytes(), b"K\x05U\x04nope\x86\x86a."].concat();
        let text = texts(&pickle, 100).remove(0);
        assert_eq!(text, format!(r#"("{}…", (5, "nope"))"#, "n".repeat(50)));
        assert_eq!(
            point_text(name.as_bytes(), 5, f64::INFINITY, 100),
            format!(r#"("{}…", (5, inf))"#, "n".repeat(50))
        );
    }

    #[test]
    fn no_text_exceeds_its_bound() {
        // A list that holds itself four times, and one of a thousand texts that take more room escaped.
        let nested = b"]q\x00(h\x00h\x00h\x00h\x00e.";
        let wide = [&b"]("[..], &b"U\x02\xff\xff".repeat(1000), b"ta."].concat();
        for bytes_max in [0, 1, 2, 3, 4, 7, 64, 256] {
            for text in [texts(nested, bytes_max), texts(&wide, bytes_max)].concat() {
                assert!(text.len() <= bytes_max, "{text} in {bytes_max}");
                assert!(bytes_max < CUT.len() || text.ends_with(CUT), "{text} in {bytes_max}");
            }
        }
        assert_eq!(escaped(&[0; 100], 10), r"\x00\x0…");
        assert_eq!(escaped("üü".as_bytes(), 4), "üü");
        assert_eq!(escaped("üüü".as_bytes(), 5), "ü…");
    }
}
