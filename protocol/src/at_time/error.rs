//! What is wrong with a time.

use std::fmt;

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtTimeError {
    /// What should have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// The offset in which it stands, if it is in one.
    pub offset: Option<String>,
}

impl AtTimeError {
    pub(super) fn new(expected: impl Into<String>, found: &str) -> AtTimeError {
        let found = format!("{:?}", found.chars().take(40).collect::<String>());
        AtTimeError { expected: expected.into(), found, offset: None }
    }
}

impl fmt::Display for AtTimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AtTimeError { expected, found, offset } = self;
        match offset {
            Some(offset) => {
                write!(formatter, "the time's offset {offset:?} is wrong: expected {expected}, found {found}")
            }
            None => write!(formatter, "the time is wrong: expected {expected}, found {found}"),
        }
    }
}

impl std::error::Error for AtTimeError {}
