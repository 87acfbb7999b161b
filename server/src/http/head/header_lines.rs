//! The header lines of a head: well-formed, not too many, not too long.

use super::super::answer::Fault;
use super::super::shown::shown;
use super::framing::Framing;
use hyper::StatusCode;
use plumbago_protocol::limits;

/// Checks the header lines with the empty line that ends them; says how long the body is that follows.
///
/// # Errors
/// The first line that is wrong, with its number: the first one after the request line is 1.
pub(super) fn check(lines: &[u8], is_http_1_1: bool) -> Result<Framing, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; limits::HEADER_LINES_MAX];
    match httparse::parse_headers(lines, &mut headers) {
        Ok(httparse::Status::Complete((_, headers))) => Framing::of(headers, is_http_1_1),
        Ok(httparse::Status::Partial) => Err(Fault::bad_request("header lines: their end is missing")),
        Err(httparse::Error::TooManyHeaders) => {
            let message = format!("header lines: there are more than {}", limits::HEADER_LINES_MAX);
            Err(Fault::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message))
        }
        Err(error) => Err(first_wrong_line(lines, error)),
    }
}

/// The fault of header lines that go beyond the cap on their bytes.
pub(super) fn too_long() -> Fault {
    let message = format!("header lines: together they are longer than {} bytes", limits::HEADER_BYTES_MAX);
    Fault::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, message)
}

fn first_wrong_line(lines: &[u8], error: httparse::Error) -> Fault {
    let is_wrong = |line: &[u8]| {
        let ended = [line, b"\n\n"].concat();
        httparse::parse_headers(&ended, &mut [httparse::EMPTY_HEADER; 1]).err()
    };
    let mut found = lines.split(|&byte| byte == b'\n').map(is_wrong).enumerate();
    let Some((position, Some(cause))) = found.find(|(_, cause)| cause.is_some()) else {
        return Fault::bad_request(format!("header lines: {error}"));
    };
    let line = lines.split(|&byte| byte == b'\n').nth(position).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let expected = match cause {
        httparse::Error::HeaderName => "expected NAME: VALUE, found",
        httparse::Error::HeaderValue => "a byte that no value may hold, in",
        _ => "not a header line:",
    };
    Fault::bad_request(format!("header line {}: {expected} {}", position + 1, shown(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(lines: &[u8]) -> Fault {
        check(lines, true).expect_err("a fault")
    }

    #[test]
    fn sound_lines_pass() {
        for lines in [&b"\r\n"[..], b"\n", b"Host: a\r\nX-B:\r\n\r\n", b"a:b\nc: \xc3\xa9\n\n"] {
            assert_eq!(check(lines, true), Ok(Framing::Length(0)), "{lines:?}");
        }
    }

    #[test]
    fn the_first_wrong_line_is_named() {
        let message = |lines: &[u8]| fault(lines).message;
        assert_eq!(
            message(b"Host: a\r\nno colon\r\n\r\n"),
            "header line 2: expected NAME: VALUE, found no colon"
        );
        assert_eq!(message(b": x\r\n\r\n"), "header line 1: expected NAME: VALUE, found : x");
        assert_eq!(message(b"A: x\r\n folded\r\n\r\n"), "header line 2: expected NAME: VALUE, found  folded");
        assert_eq!(
            message(b"A: x\x01y\r\n\r\n"),
            "header line 1: a byte that no value may hold, in A: x\\u{1}y"
        );
    }

    #[test]
    fn too_many_lines_are_too_large() {
        let lines = |count: usize| format!("{}\r\n", "A: b\r\n".repeat(count)).into_bytes();
        assert_eq!(check(&lines(limits::HEADER_LINES_MAX), true), Ok(Framing::Length(0)));
        let fault = fault(&lines(limits::HEADER_LINES_MAX + 1));
        assert_eq!(fault.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(fault.message, "header lines: there are more than 100");
    }
}
