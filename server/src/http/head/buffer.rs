//! Bytes of a connection that were read but not passed on, and the search for the head at their beginning.
//!
//! Each byte is searched once, however many pieces a head comes in, and no more is kept than a head may have, plus
//! one read.

use super::super::answer::Fault;
use super::framing::Framing;
use super::{header_lines, request_line};
use plumbago_protocol::limits;

/// A complete head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Its bytes, the empty line included.
    pub(super) bytes: usize,
    /// What follows it.
    pub(super) body: Framing,
}

/// The bytes, and how far they were searched.
#[derive(Debug, Default)]
pub(super) struct HeadBuffer {
    bytes: Vec<u8>,
    /// Bytes in which no further line end is to be found.
    searched: usize,
    /// Where the request line ends, once it was found sound, and whether it says HTTP/1.1.
    line: Option<(usize, bool)>,
}

impl HeadBuffer {
    /// Whether nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds what was read.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes out at most `count` bytes from the beginning.
    pub(super) fn take(&mut self, count: usize) -> impl AsRef<[u8]> {
        let count = count.min(self.bytes.len());
        self.searched = 0;
        self.line = None;
        self.bytes.drain(..count).collect::<Vec<u8>>()
    }

    /// The head at the beginning; `None` while it is not complete.
    ///
    /// # Errors
    /// It is none, as soon as that is certain.
    pub(super) fn head(&mut self) -> Result<Option<Head>, Fault> {
        self.drop_empty_lines();
        let (line_end, is_http_1_1) = match self.line {
            Some(line) => line,
            None => {
                let Some(end) = self.next_line_end() else {
                    return request_line::check_beginning(&self.bytes).map(|()| None);
                };
                let end = self.escape_line(end);
                let line = self.bytes.get(..end).unwrap_or_default();
                let is_http_1_1 = request_line::check(line.strip_suffix(b"\r").unwrap_or(line))?;
                *self.line.insert((end + 1, is_http_1_1))
            }
        };
        while let Some(end) = self.next_line_end() {
            if end + 1 - line_end > limits::HEADER_BYTES_MAX {
                return Err(header_lines::too_long());
            }
            let lines = self.bytes.get(line_end..=end).unwrap_or_default();
            let is_last = lines.ends_with(b"\n\n") || lines.ends_with(b"\n\r\n");
            if is_last || matches!(lines, b"\n" | b"\r\n") {
                return header_lines::check(lines, is_http_1_1)
                    .map(|body| Some(Head { bytes: end + 1, body }));
            }
        }
        if self.bytes.len() - line_end > limits::HEADER_BYTES_MAX {
            return Err(header_lines::too_long());
        }
        Ok(None)
    }

    /// Escapes what the request line, which ends at `end`, has to be escaped; answers where it ends then.
    fn escape_line(&mut self, end: usize) -> usize {
        let Some(line) = self.bytes.get(..end).and_then(request_line::escaped) else { return end };
        let end_then = line.len();
        self.bytes.splice(..end, line);
        self.searched = end_then + 1;
        end_then
    }

    /// Empty lines before a request line count for nothing (RFC 9112, 2.2).
    fn drop_empty_lines(&mut self) {
        if self.line.is_none() && self.searched == 0 {
            let blank = self.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.bytes.drain(..blank);
        }
    }

    fn next_line_end(&mut self) -> Option<usize> {
        let rest = self.bytes.get(self.searched..).unwrap_or_default();
        let found = memchr::memchr(b'\n', rest).map(|offset| self.searched + offset);
        self.searched = found.map_or(self.bytes.len(), |end| end + 1);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::StatusCode;

    fn buffer(bytes: &[u8]) -> HeadBuffer {
        HeadBuffer { bytes: bytes.to_vec(), ..HeadBuffer::default() }
    }

    #[test]
    fn heads_are_found_and_what_follows_stays() {
        let first = b"\r\n\nPOST /render HTTP/1.1\r\nContent-Length: 3\r\n\r\n";
        let mut buffer = buffer(&[&first[..], b"a=bGET / HTTP/1.0\n\nrest"].concat());
        let head = buffer.head().expect("sound").expect("complete");
        assert_eq!(head, Head { bytes: first.len() - 3, body: Framing::Length(3) });
        buffer.take(head.bytes + 3);
        let head = buffer.head().expect("sound").expect("complete");
        assert_eq!(head, Head { bytes: 16, body: Framing::Length(0) });
        buffer.take(head.bytes);
        assert_eq!(buffer.take(100).as_ref(), b"rest");
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_head_may_come_byte_by_byte() {
        let text = b"\r\nGET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        let mut buffer = HeadBuffer::default();
        for (position, byte) in text.iter().enumerate() {
            buffer.push(&[*byte]);
            let head = buffer.head().expect("sound");
            assert_eq!(head.is_some(), position + 1 == text.len(), "after {position}");
        }
    }

    #[test]
    fn a_request_line_is_escaped_once() {
        let mut buffer = buffer(b"GET /a?b=\"c\" HTTP/1.1\r\nHost: \"x\"\r\n\r\nrest\"");
        let head = buffer.head().expect("sound").expect("complete");
        let expected = b"GET /a?b=%22c%22 HTTP/1.1\r\nHost: \"x\"\r\n\r\n";
        assert_eq!(buffer.take(head.bytes).as_ref(), expected);
        assert_eq!(buffer.take(9).as_ref(), b"rest\"");
    }

    #[test]
    fn faults_are_found_before_the_head_is_complete() {
        assert!(buffer(b"a.b.c 1 1710504000\n").head().is_err());
        assert!(buffer(b"\x16\x03").head().is_err());
    }

    #[test]
    fn header_lines_have_a_cap_in_either_shape() {
        let line = b"GET / HTTP/1.1\r\n";
        let one = [&line[..], b"A: ", &vec![b'x'; limits::HEADER_BYTES_MAX]].concat();
        let many = [&line[..], &b"A: b\r\n".repeat(limits::HEADER_BYTES_MAX / 6 + 1)].concat();
        for bytes in [one, many] {
            let status = buffer(&bytes).head().map_err(|fault| fault.status);
            assert_eq!(status, Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
    }
}
