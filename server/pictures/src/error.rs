//! Why there is no picture.
//!
//! Invariant: the text is one line that names the parameter and what was found, cut to a length that can be shown.

use std::fmt;

/// Most characters of what was found that are repeated.
const FOUND_CHARACTERS_MAX: usize = 80;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureError {
    /// The caller's mistake in a parameter.
    Parameter {
        /// Its name.
        name: &'static str,
        /// What it may be.
        expected: String,
        /// What it is, cut to a length that can be shown.
        found: String,
    },
    /// More series, or slices, than one picture can show.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The drawing could not be turned into the format: our fault.
    Drawing(String),
}

impl PictureError {
    /// The mistake in a parameter.
    pub(crate) fn parameter(name: &'static str, expected: impl Into<String>, found: &str) -> PictureError {
        PictureError::Parameter {
            name,
            expected: expected.into(),
            found: found.chars().take(FOUND_CHARACTERS_MAX).collect(),
        }
    }

    /// Whether the caller can do something about it.
    pub fn is_callers(&self) -> bool {
        !matches!(self, PictureError::Drawing(_))
    }
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PictureError::Parameter { name, expected, found } => {
                write!(f, "{name}: expected {expected}, found {found:?}")
            }
            PictureError::TooMany { what, found, limit } => {
                write!(f, "{found} {what} exceed the limit of {limit} for one picture")
            }
            PictureError::Drawing(cause) => write!(f, "the picture cannot be drawn: {cause}"),
        }
    }
}

impl std::error::Error for PictureError {}
