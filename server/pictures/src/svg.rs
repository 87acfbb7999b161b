//! A drawing as SVG text, made from shapes.
//!
//! Invariant: everything that comes from outside is text, and every text goes through [`escape`]; colours and lengths are
//! numbers. Coordinates are written with two digits behind the point at the most and lie within ±[`FAR`], so that equal
//! drawings are equal bytes and no rasteriser overflows.

use std::fmt::Write as _;

use plumbago_protocol::limits;

use crate::color::Color;
use crate::font::{FAMILIES, Font};

/// Coordinates beyond this are brought back to it: nothing of them is in the picture.
const FAR: f64 = 30_000.0;

/// A rectangle, in pixels from the left and from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Frame {
    /// How wide it is; never below zero.
    pub(crate) fn width(self) -> f64 {
        (self.right - self.left).max(0.0)
    }

    /// How high it is; never below zero.
    pub(crate) fn height(self) -> f64 {
        (self.bottom - self.top).max(0.0)
    }
}

/// A line and how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    /// In pixels.
    pub(crate) width: f64,
    /// Length of dashes in pixels.
    pub(crate) dash: Option<f64>,
}

/// Which point of a text lies where it is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text and how it is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    pub(crate) font: Font,
    pub(crate) color: Color,
    pub(crate) anchor: Anchor,
    /// Clockwise, in degrees.
    pub(crate) turned: f64,
}

/// Lines and curves, in the way SVG writes them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    data: String,
}

impl Outline {
    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Begins anew at a point.
    pub(crate) fn move_to(&mut self, x: f64, y: f64) {
        self.point('M', x, y);
    }

    /// Goes on to a point.
    pub(crate) fn line_to(&mut self, x: f64, y: f64) {
        self.point('L', x, y);
    }

    /// Goes on to a point along a circle, clockwise; `large`: by more than half of it.
    pub(crate) fn arc_to(&mut self, radius: f64, large: bool, x: f64, y: f64) {
        self.point('A', radius, radius);
        let _ = write!(self.data, " 0 {} 1 ", u8::from(large));
        number(&mut self.data, x);
        self.data.push(' ');
        number(&mut self.data, y);
    }

    /// Goes back to where it began.
    pub(crate) fn close(&mut self) {
        self.data.push('Z');
    }

    fn point(&mut self, command: char, x: f64, y: f64) {
        self.data.push(command);
        number(&mut self.data, x);
        self.data.push(' ');
        number(&mut self.data, y);
    }
}

/// A drawing in the making.
#[derive(Debug)]
pub(crate) struct Svg {
    text: String,
}

impl Svg {
    /// An empty drawing of this size.
    pub(crate) fn new(width: u32, height: u32) -> Svg {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILIES}\">\n"
        );
        Svg { text }
    }

    /// The whole text.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    /// A filled rectangle.
    pub(crate) fn rectangle(&mut self, frame: Frame, fill: Color) {
        self.text.push_str("<rect");
        self.frame(frame);
        self.fill(fill);
        self.text.push_str("/>\n");
    }

    /// A straight line that is level or upright, and sharp.
    pub(crate) fn rule(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.text.push_str("<line");
        for (name, value) in [("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)] {
            self.length(name, value);
        }
        self.stroke(stroke);
        self.text.push_str("/>\n");
    }

    /// Lines along an outline.
    pub(crate) fn trace(&mut self, outline: &Outline, stroke: Stroke) {
        if outline.is_empty() || stroke.width <= 0.0 {
            return;
        }
        let _ = write!(self.text, "<path d=\"{}\" fill=\"none\"", outline.data);
        self.stroke(stroke);
        self.text.push_str(" stroke-linejoin=\"round\"");
        if stroke.dash.is_none() {
            self.text.push_str(" stroke-linecap=\"round\"");
        }
        self.text.push_str("/>\n");
    }

    /// What lies inside an outline.
    pub(crate) fn area(&mut self, outline: &Outline, fill: Color) {
        if outline.is_empty() {
            return;
        }
        let _ = write!(self.text, "<path d=\"{}\"", outline.data);
        self.fill(fill);
        self.text.push_str("/>\n");
    }

    /// Text at a point of its base line.
    pub(crate) fn words(&mut self, x: f64, y: f64, words: Words<'_>) {
        if words.text.trim().is_empty() {
            return;
        }
        self.text.push_str("<text");
        self.length("x", x);
        self.length("y", y);
        self.length("font-size", words.font.style.size);
        if words.font.style.bold {
            self.text.push_str(" font-weight=\"bold\"");
        }
        if words.font.style.italic {
            self.text.push_str(" font-style=\"italic\"");
        }
        self.fill(words.color);
        self.text.push_str(match words.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        });
        if words.turned != 0.0 {
            self.text.push_str(" transform=\"rotate(");
            for (place, value) in [words.turned, x, y].into_iter().enumerate() {
                self.text.push_str(if place == 0 { "" } else { " " });
                number(&mut self.text, value);
            }
            self.text.push_str(")\"");
        }
        if words.text.contains("  ") {
            self.text.push_str(" xml:space=\"preserve\"");
        }
        self.text.push('>');
        escape(&mut self.text, words.text);
        self.text.push_str("</text>\n");
    }

    /// From here on, only what lies in `frame` is shown.
    pub(crate) fn begin_clip(&mut self, frame: Frame) {
        self.text.push_str("<clipPath id=\"plot\"><rect");
        self.frame(frame);
        self.text.push_str("/></clipPath>\n<g clip-path=\"url(#plot)\">\n");
    }

    /// Ends what the last [`Svg::begin_clip`] began.
    pub(crate) fn end_clip(&mut self) {
        self.text.push_str("</g>\n");
    }

    fn frame(&mut self, frame: Frame) {
        let parts =
            [("x", frame.left), ("y", frame.top), ("width", frame.width()), ("height", frame.height())];
        for (name, value) in parts {
            self.length(name, value);
        }
    }

    fn length(&mut self, name: &str, value: f64) {
        let _ = write!(self.text, " {name}=\"");
        number(&mut self.text, value);
        self.text.push('"');
    }

    fn fill(&mut self, color: Color) {
        let _ = write!(self.text, " fill=\"{color}\"");
        if color.alpha < 1.0 {
            self.length("fill-opacity", color.alpha);
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        let _ = write!(self.text, " stroke=\"{}\"", stroke.color);
        if stroke.color.alpha < 1.0 {
            self.length("stroke-opacity", stroke.color.alpha);
        }
        self.length("stroke-width", stroke.width);
        if let Some(dash) = stroke.dash {
            // Shorter ones would be seen as a grey line, and be drawn one by one all the same.
            self.length("stroke-dasharray", dash.max(1.0));
        }
    }
}

/// Writes a number with at most two digits behind the point, and none that say nothing.
fn number(text: &mut String, value: f64) {
    let hundredths = (value.clamp(-FAR, FAR) * 100.0).round();
    // NaN becomes 0: it has no place in a picture.
    let hundredths = hundredths as i64;
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    let _ = match (rest, rest % 10) {
        (0, _) => write!(text, "{sign}{whole}"),
        (_, 0) => write!(text, "{sign}{whole}.{}", rest / 10),
        _ => write!(text, "{sign}{whole}.{rest:02}"),
    };
}

/// Writes text as XML shows it. Characters that XML has no place for, or that would turn the order of others round, are
/// replaced; of a text that is too long, both ends are kept.
fn escape(text: &mut String, words: &str) {
    let length = words.chars().count();
    let kept = limits::PICTURE_NAME_CHARACTERS_MAX.max(1);
    let (head, tail) = if length > kept { (kept / 2, length - kept / 2) } else { (length, length) };
    for (place, character) in words.chars().enumerate() {
        if place == head && length > kept {
            text.push('…');
        }
        if (head..tail).contains(&place) {
            continue;
        }
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            '\t' | '\n' | '\r' => text.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                text.push('\u{fffd}')
            }
            other if other.is_control() => text.push('\u{fffd}'),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: f64) -> String {
        let mut text = String::new();
        number(&mut text, value);
        text
    }

    fn escaped(words: &str) -> String {
        let mut text = String::new();
        escape(&mut text, words);
        text
    }

    #[test]
    fn numbers_are_short_and_within_bounds() {
        for (value, text) in [
            (0.0, "0"),
            (-0.001, "0"),
            (1.5, "1.5"),
            (-1.05, "-1.05"),
            (12.999, "13"),
            (0.006, "0.01"),
            (1e308, "30000"),
            (f64::NEG_INFINITY, "-30000"),
            (f64::NAN, "0"),
        ] {
            assert_eq!(written(value), text);
        }
    }

    #[test]
    fn no_text_can_be_taken_for_anything_else() {
        let hostile = "</text><script>alert('&\"')</script>]]>";
        assert_eq!(
            escaped(hostile),
            "&lt;/text&gt;&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;]]&gt;"
        );
        assert_eq!(escaped("a\u{0}b\u{1b}c\u{202e}d\u{ffff}e\nf"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e f");
    }

    #[test]
    fn of_a_long_text_both_ends_are_kept() {
        let long = format!("{}{}", "a".repeat(400), "z".repeat(400));
        assert_eq!(escaped(&long), format!("{}…{}", "a".repeat(150), "z".repeat(150)));
        let just = "m".repeat(limits::PICTURE_NAME_CHARACTERS_MAX);
        assert_eq!(escaped(&just), just);
    }
}
