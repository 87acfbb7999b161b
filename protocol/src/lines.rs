//! Splitting a receive buffer into complete lines.
//!
//! Owns the search for line feeds and the count of consumed bytes. A line that has not ended yet is left in the
//! buffer: the receiver reads more, and when the peer closes it takes [`Lines::rest`] as the last line. A rest that
//! outgrows [`crate::limits::LINE_BYTES_MAX`] is the receiver's to refuse as
//! [`crate::Refusal::LineTooLong`], and to drop up to the next line feed.

/// An iterator over the complete lines of a buffer, without their line feeds. Empty lines are passed over.
///
/// ```
/// let mut lines = plumbago_protocol::Lines::new(b"a 1 2\nb 3 4\nc 5");
/// assert_eq!(lines.by_ref().collect::<Vec<_>>(), [b"a 1 2", b"b 3 4"]);
/// assert_eq!(lines.consumed(), 12);
/// assert_eq!(lines.rest(), b"c 5");
/// ```
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    buffer: &'a [u8],
    consumed: usize,
}

impl<'a> Lines<'a> {
    /// Starts at the buffer's first byte.
    pub fn new(buffer: &'a [u8]) -> Lines<'a> {
        Lines { buffer, consumed: 0 }
    }

    /// How many bytes the lines that were yielded or passed over took, line feeds included.
    pub fn consumed(&self) -> usize {
        self.consumed
    }

    /// What has not been yielded yet; once the iterator has ended, the beginning of an unfinished line.
    pub fn rest(&self) -> &'a [u8] {
        self.buffer.get(self.consumed..).unwrap_or_default()
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.rest();
            let end = memchr::memchr(b'\n', rest)?;
            self.consumed += end + 1;
            match rest.get(..end)? {
                [] | [b'\r'] => {}
                line => return Some(line),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_consumed_and_passed_over() {
        let mut lines = Lines::new(b"\n\r\na 1 2\r\n\n");
        assert_eq!(lines.next(), Some(&b"a 1 2\r"[..]));
        assert_eq!(lines.next(), None);
        assert_eq!(lines.consumed(), 11);
        assert!(lines.rest().is_empty());
    }

    #[test]
    fn an_unfinished_line_stays() {
        let mut lines = Lines::new(b"a 1");
        assert_eq!(lines.next(), None);
        assert_eq!((lines.consumed(), lines.rest()), (0, &b"a 1"[..]));
    }
}
