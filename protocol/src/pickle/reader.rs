//! Reading a pickle's bytes in order.
//!
//! Owns the position. It never reads past the end: what is missing is a fault.

use super::error::Fault;

/// A position in the payload of a frame.
pub(super) struct Reader<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Reader<'a> {
        Reader { payload, at: 0 }
    }

    /// How many bytes have been read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next opcode.
    #[inline(always)]
    pub(super) fn opcode(&mut self) -> Result<u8, Fault> {
        match self.payload.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => Err(Fault::truncated("an opcode")),
        }
    }

    /// The next bytes, as many as the array holds.
    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        match self.payload.get(self.at..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(Fault::truncated(format!("{N} bytes of an argument"))),
        }
    }

    /// The next bytes.
    #[inline(always)]
    pub(super) fn bytes(&mut self, length: u64) -> Result<&'a [u8], Fault> {
        let end = usize::try_from(length).ok().and_then(|length| self.at.checked_add(length));
        match end.and_then(|end| self.payload.get(self.at..end)) {
            Some(bytes) => {
                self.at += bytes.len();
                Ok(bytes)
            }
            None => Err(Fault::truncated(format!("{length} bytes of an argument"))),
        }
    }

    /// What stands before the next line feed, which is read too.
    #[inline]
    pub(super) fn line(&mut self) -> Result<&'a [u8], Fault> {
        let rest = self.payload.get(self.at..).unwrap_or_default();
        match memchr::memchr(b'\n', rest) {
            Some(end) => {
                self.at += end + 1;
                Ok(rest.get(..end).unwrap_or_default())
            }
            None => Err(Fault::truncated("an argument that ends with a line feed")),
        }
    }
}
