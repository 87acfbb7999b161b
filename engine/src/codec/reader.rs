//! Owns the cursor that reads untrusted bytes: every step is checked, every failure names its offset.

use super::CodecError;
use super::pack::packed_bytes;
use crate::varint::unfold;

/// A position in bytes of which nothing is believed.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from `at` on; offsets in errors count from the start of `bytes`.
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()) }
    }

    /// The offset of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Everything from here on.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// An error about what was just read at `offset`.
    #[cold]
    pub(crate) fn fault<T>(
        offset: usize,
        expected: &'static str,
        found: impl ToString,
    ) -> Result<T, CodecError> {
        Err(CodecError { offset, expected, found: found.to_string() })
    }

    /// The next byte.
    #[inline]
    pub(crate) fn byte(&mut self, expected: &'static str) -> Result<u8, CodecError> {
        match self.bytes.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => Self::fault(self.at, expected, "the end"),
        }
    }

    /// The next `length` bytes.
    pub(crate) fn take(&mut self, length: usize, expected: &'static str) -> Result<&'a [u8], CodecError> {
        match self.rest().get(..length) {
            Some(bytes) => {
                self.at += length;
                Ok(bytes)
            }
            None => Self::fault(self.at, expected, format_args!("{} bytes", self.rest().len())),
        }
    }

    /// The next variable-length integer.
    #[inline]
    pub(crate) fn varint(&mut self, expected: &'static str) -> Result<u64, CodecError> {
        let start = self.at;
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte(expected)?;
            let bits = u64::from(byte & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Self::fault(start, expected, "a number of more than 64 bits")
    }

    /// The next folded signed integer.
    pub(super) fn signed(&mut self, expected: &'static str) -> Result<i64, CodecError> {
        self.varint(expected).map(unfold)
    }

    /// The next eight bytes as an integer.
    pub(super) fn word(&mut self, expected: &'static str) -> Result<u64, CodecError> {
        match self.rest().first_chunk::<8>() {
            Some(bytes) => {
                self.at += bytes.len();
                Ok(u64::from_le_bytes(*bytes))
            }
            None => Self::fault(self.at, expected, format_args!("{} bytes", self.rest().len())),
        }
    }

    /// The next integer, which must lie in `range`.
    pub(crate) fn count(
        &mut self,
        range: std::ops::RangeInclusive<usize>,
        expected: &'static str,
    ) -> Result<usize, CodecError> {
        let start = self.at;
        let number = self.varint(expected)?;
        match usize::try_from(number) {
            Ok(count) if range.contains(&count) => Ok(count),
            _ => Self::fault(start, expected, number),
        }
    }

    /// A width in bits, at most `most`.
    pub(super) fn width(&mut self, most: u32, expected: &'static str) -> Result<u32, CodecError> {
        let start = self.at;
        let width = u32::from(self.byte(expected)?);
        if width <= most { Ok(width) } else { Self::fault(start, expected, width) }
    }

    /// Steps over `count` integers of `width` bits and returns the bytes from their start to the end of everything:
    /// unpacking is faster when it may read, and ignore, what follows.
    pub(super) fn packed(
        &mut self,
        count: usize,
        width: u32,
        expected: &'static str,
    ) -> Result<&'a [u8], CodecError> {
        let bytes = self.rest();
        self.take(packed_bytes(count, width), expected)?;
        Ok(bytes)
    }
}
