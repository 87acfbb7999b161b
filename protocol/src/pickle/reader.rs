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

    /// What has not been read.
    #[inline(always)]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.payload.get(self.at..).unwrap_or_default()
    }

    /// Passes over bytes that were looked at in the rest.
    #[inline(always)]
    pub(super) fn skip(&mut self, length: usize) {
        self.at = (self.at + length).min(self.payload.len());
    }

    /// The next opcode.
    #[inline(always)]
    pub(super) fn opcode(&mut self) -> Result<u8, Fault> {
        match self.payload.get(self.at) {
            Some(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            None => Err(opcode_missing()),
        }
    }

    /// The next bytes, as many as the array holds.
    #[inline(always)]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        match self.rest().first_chunk() {
            Some(bytes) => {
                self.at += N;
                Ok(*bytes)
            }
            None => Err(argument_missing(N as u64)),
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
            None => Err(argument_missing(length)),
        }
    }

    /// What stands before the next line feed, which is read too.
    #[inline]
    pub(super) fn line(&mut self) -> Result<&'a [u8], Fault> {
        let rest = self.rest();
        match memchr::memchr(b'\n', rest) {
            Some(end) => {
                self.at += end + 1;
                Ok(rest.get(..end).unwrap_or_default())
            }
            None => Err(Fault::truncated("an argument that ends with a line feed")),
        }
    }
}

#[cold]
#[inline(never)]
fn opcode_missing() -> Fault {
    Fault::truncated("an opcode")
}

#[cold]
#[inline(never)]
fn argument_missing(bytes: u64) -> Fault {
    Fault::truncated(format!("{bytes} bytes of an argument"))
}
