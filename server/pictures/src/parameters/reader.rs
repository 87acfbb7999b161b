//! One parameter at a time: from text to a value within its bounds.
//!
//! Invariant: an empty value and `default` mean that nothing was said, as in graphite-web. Anything else is a value or an
//! error that names the parameter; no number that comes out of here is infinite or NaN.

use std::ops::RangeInclusive;

use plumbago_protocol::limits;

use crate::color::{self, Color};
use crate::error::PictureError;

/// The parameters of a request by name.
pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// Reads what `get` answers.
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<&'a str>) -> Reader<'a> {
        Reader { get }
    }

    /// What was said for `name`.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        (self.get)(name).filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("default"))
    }

    /// Yes or no.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, PictureError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_one_of(["true", "1", "yes", "on"]) {
            Ok(Some(true))
        } else if is_one_of(["false", "0", "no", "off"]) {
            Ok(Some(false))
        } else {
            Err(PictureError::parameter(name, "true or false", text))
        }
    }

    /// A finite number small enough to be drawn.
    pub(super) fn number(&self, name: &'static str) -> Result<Option<f64>, PictureError> {
        let most = limits::PICTURE_VALUE_MAX;
        self.number_within(name, -most..=most, "a number")
    }

    /// A number within a range, both ends included.
    pub(super) fn number_within(
        &self,
        name: &'static str,
        range: RangeInclusive<f64>,
        expected: &str,
    ) -> Result<Option<f64>, PictureError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.trim().parse::<f64>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(PictureError::parameter(name, expected, text)),
        }
    }

    /// A whole number within a range.
    pub(super) fn whole(
        &self,
        name: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, PictureError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match text.trim().parse::<u32>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let expected = format!("a whole number from {} to {}", range.start(), range.end());
                Err(PictureError::parameter(name, expected, text))
            }
        }
    }

    /// One of several words, whatever their case.
    pub(super) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, PictureError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        match found {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
                Err(PictureError::parameter(name, format!("one of {}", words.join(", ")), text))
            }
        }
    }

    /// A colour.
    pub(super) fn color(&self, name: &'static str) -> Result<Option<Color>, PictureError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match Color::parse(text) {
            Some(color) => Ok(Some(color)),
            None => Err(PictureError::parameter(name, color::EXPECTED, text)),
        }
    }

    /// Several colours with commas between them.
    pub(super) fn colors(&self, name: &'static str) -> Result<Option<Vec<Color>>, PictureError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let parts = text.split(',').take(limits::PICTURE_COLORS_MAX);
        let parsed = parts.map(|part| {
            Color::parse(part).ok_or_else(|| PictureError::parameter(name, color::EXPECTED, part))
        });
        parsed.collect::<Result<Vec<_>, _>>().map(Some)
    }

    /// The length of dashes: a number of pixels, or just `true`, which is that of `dashed()` without one.
    pub(super) fn dash(&self, name: &'static str) -> Result<Option<f64>, PictureError> {
        const LENGTH_DEFAULT: f64 = 5.0;
        match self.text(name).map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "yes" | "on") => Ok(Some(LENGTH_DEFAULT)),
            Some("false" | "no" | "off") => Ok(None),
            _ => {
                let most = limits::PICTURE_LINE_PIXELS_MAX;
                let length =
                    self.number_within(name, 0.0..=most, "true, or the length of dashes in pixels")?;
                Ok(length.filter(|length| *length > 0.0))
            }
        }
    }

    /// A title, line by line.
    pub(super) fn title(&self, name: &'static str) -> Result<Vec<String>, PictureError> {
        let text = self.text(name).unwrap_or_default();
        if text.chars().count() > limits::PICTURE_TITLE_CHARACTERS_MAX {
            let expected = format!("at most {} characters", limits::PICTURE_TITLE_CHARACTERS_MAX);
            return Err(PictureError::parameter(name, expected, text));
        }
        Ok(text.lines().take(limits::PICTURE_TITLE_LINES_MAX).map(str::to_owned).collect())
    }
}
