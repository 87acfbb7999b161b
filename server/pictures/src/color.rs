//! Colours as users write them: graphite-web's names, or hexadecimal digits with or without opacity.
//!
//! Invariant: what is written into a picture is made of numbers, never of what the user wrote.

use std::fmt;

/// A colour and its opacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Color {
    red: u8,
    green: u8,
    blue: u8,
    /// From 0, invisible, to 1.
    pub(crate) alpha: f64,
}

/// What a colour may be, for those who wrote another one.
pub(crate) const EXPECTED: &str = "a colour: a name such as blue, or six or eight hexadecimal digits";

/// The names, which are graphite-web's; some are not what they are on the web.
const NAMES: &[(&str, Color)] = &[
    ("black", Color::rgb(0, 0, 0)),
    ("white", Color::rgb(255, 255, 255)),
    ("blue", Color::rgb(100, 100, 255)),
    ("green", Color::rgb(0, 200, 0)),
    ("red", Color::rgb(200, 0, 50)),
    ("yellow", Color::rgb(255, 255, 0)),
    ("orange", Color::rgb(255, 165, 0)),
    ("purple", Color::rgb(200, 100, 255)),
    ("brown", Color::rgb(150, 100, 50)),
    ("cyan", Color::rgb(0, 255, 255)),
    ("aqua", Color::rgb(0, 150, 150)),
    ("gray", Color::rgb(175, 175, 175)),
    ("grey", Color::rgb(175, 175, 175)),
    ("magenta", Color::rgb(255, 0, 255)),
    ("pink", Color::rgb(255, 100, 100)),
    ("gold", Color::rgb(200, 200, 0)),
    ("rose", Color::rgb(200, 150, 200)),
    ("darkblue", Color::rgb(0, 0, 255)),
    ("darkgreen", Color::rgb(0, 255, 0)),
    ("darkred", Color::rgb(255, 0, 0)),
    ("darkgray", Color::rgb(111, 111, 111)),
    ("darkgrey", Color::rgb(111, 111, 111)),
];

impl Color {
    /// An opaque colour.
    pub(crate) const fn rgb(red: u8, green: u8, blue: u8) -> Color {
        Color { red, green, blue, alpha: 1.0 }
    }

    /// The colour that `text` means.
    pub(crate) fn parse(text: &str) -> Option<Color> {
        let text = text.trim();
        if let Some((_, color)) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Some(*color);
        }
        let digits = text.strip_prefix('#').or_else(|| text.strip_prefix("%23")).unwrap_or(text);
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let alpha = match digits.len() {
            6 => 1.0,
            8 => f64::from(part(6)?) / 255.0,
            _ => return None,
        };
        Some(Color { red: part(0)?, green: part(2)?, blue: part(4)?, alpha })
    }

    /// The same colour, `share` as opaque.
    pub(crate) fn faded(self, share: f64) -> Color {
        Color { alpha: self.alpha * share.clamp(0.0, 1.0), ..self }
    }

    /// How bright it looks, from 0 to 1.
    pub(crate) fn brightness(self) -> f64 {
        let parts = [(self.red, 0.299), (self.green, 0.587), (self.blue, 0.114)];
        parts.iter().map(|&(part, weight)| f64::from(part) / 255.0 * weight).sum()
    }
}

impl fmt::Display for Color {
    /// The colour without its opacity, as SVG writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_digits_are_colours_and_nothing_else_is() {
        let shown = |text: &str| Color::parse(text).map(|color| (color.to_string(), color.alpha));
        assert_eq!(shown("blue"), Some(("#6464ff".to_owned(), 1.0)));
        assert_eq!(shown(" Red "), Some(("#c80032".to_owned(), 1.0)));
        assert_eq!(shown("#00fF7f"), Some(("#00ff7f".to_owned(), 1.0)));
        assert_eq!(shown("%2300ff7f"), Some(("#00ff7f".to_owned(), 1.0)));
        assert_eq!(shown("00ff7f80"), Some(("#00ff7f".to_owned(), 128.0 / 255.0)));
        for text in ["", "#", "12345", "+12345", "12345é", "1234567", "url(#a)", "\"/><script>"] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
