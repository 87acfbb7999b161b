//! Frames of the pickle protocol: a length in four bytes, big-endian, then the pickle.
//!
//! Owns the cutting of a receive buffer into frames, and the limit on their length, which is checked before anything
//! is waited for. A frame that is not complete yet is left in the buffer.

use std::fmt;

use crate::refusal::Refusal;

const HEADER_BYTES: usize = 4;

/// An iterator over the complete frames of a buffer. It ends before an oversized frame, after telling of it once.
///
/// ```
/// use plumbago_protocol::pickle::Frames;
/// let mut frames = Frames::new(b"\0\0\0\x02ab\0\0\0\x05cd", 100);
/// assert_eq!(frames.next(), Some(Ok(&b"ab"[..])));
/// assert_eq!(frames.next(), None);
/// assert_eq!((frames.consumed(), frames.rest().len(), frames.missing()), (6, 6, 3));
/// ```
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    buffer: &'a [u8],
    consumed: usize,
    frame_bytes_max: usize,
    is_oversized: bool,
}

/// A frame longer than the limit. Its bytes can be skipped: `bytes` of them follow the four of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OversizedFrame {
    /// The length that the frame claims.
    pub bytes: u32,
    /// The longest that is accepted.
    pub bytes_max: usize,
}

impl<'a> Frames<'a> {
    /// Starts at the buffer's first byte, which must begin a frame.
    pub fn new(buffer: &'a [u8], frame_bytes_max: usize) -> Frames<'a> {
        Frames { buffer, consumed: 0, frame_bytes_max, is_oversized: false }
    }

    /// How many bytes the yielded frames took, headers included; an oversized frame is not among them.
    pub fn consumed(&self) -> usize {
        self.consumed
    }

    /// What has not been yielded.
    pub fn rest(&self) -> &'a [u8] {
        self.buffer.get(self.consumed..).unwrap_or_default()
    }

    /// How many more bytes the next frame needs, as far as can be told.
    pub fn missing(&self) -> usize {
        let wanted = match self.rest().first_chunk() {
            Some(header) => HEADER_BYTES.saturating_add(u32::from_be_bytes(*header) as usize),
            None => HEADER_BYTES,
        };
        wanted.saturating_sub(self.rest().len())
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<&'a [u8], OversizedFrame>;

    fn next(&mut self) -> Option<Self::Item> {
        let (header, rest) = self.rest().split_first_chunk::<HEADER_BYTES>()?;
        let bytes = u32::from_be_bytes(*header);
        let length = bytes as usize;
        if length > self.frame_bytes_max {
            let is_first_time = !std::mem::replace(&mut self.is_oversized, true);
            return is_first_time.then_some(Err(OversizedFrame { bytes, bytes_max: self.frame_bytes_max }));
        }
        let payload = rest.get(..length)?;
        self.consumed += HEADER_BYTES + length;
        Some(Ok(payload))
    }
}

impl OversizedFrame {
    /// The reason to count it under.
    pub fn refusal(self) -> Refusal {
        Refusal::FrameTooLarge
    }
}

impl fmt::Display for OversizedFrame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the pickle frame claims {} bytes, the limit is {}", self.bytes, self.bytes_max)
    }
}

impl std::error::Error for OversizedFrame {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oversized_frame_is_told_once_and_not_consumed() {
        let mut frames = Frames::new(b"\0\0\0\x01a\xff\xff\xff\xffzz", 1024);
        assert_eq!(frames.next(), Some(Ok(&b"a"[..])));
        let oversized = OversizedFrame { bytes: u32::MAX, bytes_max: 1024 };
        assert_eq!(frames.next(), Some(Err(oversized)));
        assert_eq!(frames.next(), None);
        assert_eq!((frames.consumed(), oversized.refusal()), (5, Refusal::FrameTooLarge));
        assert_eq!(oversized.to_string(), "the pickle frame claims 4294967295 bytes, the limit is 1024");
    }

    #[test]
    fn a_short_header_waits_for_more() {
        let mut frames = Frames::new(b"\0\0", 1024);
        assert_eq!(frames.next(), None);
        assert_eq!((frames.consumed(), frames.missing()), (0, 2));
        assert_eq!(Frames::new(b"\0\0\0\0", 1024).next(), Some(Ok(&b""[..])));
    }
}
