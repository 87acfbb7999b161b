//! What is wrong with a glob, and where.

use std::fmt;

/// A glob that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobError {
    /// The column of the character at fault, counted in characters from 1.
    pub column: usize,
    /// What should have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl fmt::Display for GlobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GlobError { column, expected, found } = self;
        write!(formatter, "the pattern is wrong at column {column}: expected {expected}, found {found}")
    }
}

impl std::error::Error for GlobError {}
