//! Owns the one way in which decoding fails: bytes that no encoder wrote.

use std::fmt;

/// Bytes that are not a value block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecError {
    /// Byte offset of the fault, from the start of the bytes given to the decoder.
    pub offset: usize,
    /// What the layout asks for there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "damaged at byte {}: expected {}, found {}", self.offset, self.expected, self.found)
    }
}

impl std::error::Error for CodecError {}
