//! The first line of a head: `METHOD PATH HTTP/1.1`.

use super::super::answer::Fault;
use super::super::shown::shown;
use hyper::{StatusCode, Uri};
use plumbago_protocol::limits;

/// Longest request line in bytes, without its line end.
const LINE_BYTES_MAX: usize =
    limits::METHOD_BYTES_MAX + limits::URL_BYTES_MAX + " ".len() + " HTTP/1.1".len();

/// What `escaped` escapes.
const ESCAPED: &[u8] = b"\"<>`";

/// Checks a line whose end has not come yet: whether it can still become a request line.
///
/// # Errors
/// What it begins with is no method, or it is too long already.
pub(super) fn check_beginning(line: &[u8]) -> Result<(), Fault> {
    let method = line.split(|&byte| byte == b' ').next().unwrap_or_default();
    if method.len() == line.len() && method.is_empty() {
        return Ok(());
    }
    check_method(method, line)?;
    if line.len() > LINE_BYTES_MAX { Err(too_long()) } else { Ok(()) }
}

/// The line with those characters of its path escaped that people type as they are and the HTTP library refuses: a quoted
/// argument in a shell's `curl 'http://…/render?target=alias(a,"b")'` means what it says. `None` if there are none.
pub(super) fn escaped(line: &[u8]) -> Option<Vec<u8>> {
    let start = memchr::memchr(b' ', line)?;
    let end = memchr::memrchr(b' ', line)?;
    let target = line.get(start..end)?;
    if !target.iter().any(|byte| ESCAPED.contains(byte)) {
        return None;
    }
    let mut escaped = Vec::with_capacity(line.len() + 32);
    escaped.extend_from_slice(&line[..start]);
    for &byte in target {
        match ESCAPED.contains(&byte) {
            true => escaped.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            false => escaped.push(byte),
        }
    }
    escaped.extend_from_slice(&line[end..]);
    Some(escaped)
}

/// Checks a whole line, without its line end, and answers whether its version is 1.1.
///
/// # Errors
/// Which of the three parts is wrong; status 414 for a path that is too long, else 400.
pub(super) fn check(line: &[u8]) -> Result<bool, Fault> {
    let mut parts = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(not_a_request(line));
    };
    check_method(method, line)?;
    if target.len() > limits::URL_BYTES_MAX {
        return Err(too_long());
    }
    if let Err(error) = Uri::try_from(target) {
        return Err(Fault::bad_request(format!("request line: {error}: {}", shown(target))));
    }
    match version {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        other if other.starts_with(b"HTTP/") => {
            Err(Fault::bad_request(format!("request line: expected HTTP/1.1, found {}", shown(other))))
        }
        _ => Err(not_a_request(line)),
    }
}

fn check_method(method: &[u8], line: &[u8]) -> Result<(), Fault> {
    let sound = method.len() <= limits::METHOD_BYTES_MAX && method.iter().all(|&byte| is_token(byte));
    if sound && !method.is_empty() { Ok(()) } else { Err(not_a_request(line)) }
}

/// The characters that HTTP calls a token (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn not_a_request(line: &[u8]) -> Fault {
    Fault::bad_request(format!("request line: expected METHOD PATH HTTP/1.1, found {}", shown(line)))
}

fn too_long() -> Fault {
    let message =
        format!("request line: the path and query string are longer than {} bytes", limits::URL_BYTES_MAX);
    Fault::new(StatusCode::URI_TOO_LONG, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str) -> String {
        check(line.as_bytes()).expect_err(line).message
    }

    #[test]
    fn request_lines_pass() {
        for line in ["GET / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://h/a?b HTTP/1.1", "X-Y a:1 HTTP/1.1"]
        {
            assert_eq!(check(line.as_bytes()), Ok(true), "{line}");
        }
        assert_eq!(check(b"GET /render?target=a.*.%7Bb HTTP/1.0"), Ok(false));
    }

    #[test]
    fn quotes_in_a_path_are_escaped_and_nothing_else_is() {
        let line = br#"GET /render?target=alias(a.{b,c},"<d>")&from=-1h HTTP/1.1"#;
        let escaped = escaped(line).expect("something to escape");
        assert_eq!(
            String::from_utf8_lossy(&escaped),
            "GET /render?target=alias(a.{b,c},%22%3Cd%3E%22)&from=-1h HTTP/1.1"
        );
        assert_eq!(check(&escaped), Ok(true));
        for line in ["GET /a HTTP/1.1", "", "\"", "\"GET\" / \"HTTP/1.1\""] {
            assert_eq!(super::escaped(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn other_lines_are_told_what_is_expected() {
        for line in
            ["", "GET", "GET /", "GET  / HTTP/1.1", "GET / x HTTP/1.1", "a.b 1 1710504000", "G(T / HTTP/1.1"]
        {
            let expected = format!("request line: expected METHOD PATH HTTP/1.1, found {line}");
            assert_eq!(fault(line), expected);
        }
        assert_eq!(fault("GET / HTTP/2.0"), "request line: expected HTTP/1.1, found HTTP/2.0");
        assert!(fault("GET /\u{7f} HTTP/1.1").starts_with("request line: invalid uri character: /\\u{7f}"));
    }

    #[test]
    fn the_path_has_a_cap() {
        let line = |length: usize| format!("GET /{} HTTP/1.1", "a".repeat(length - 1)).into_bytes();
        assert_eq!(check(&line(limits::URL_BYTES_MAX)), Ok(true));
        let fault = check(&line(limits::URL_BYTES_MAX + 1)).expect_err("one byte too long");
        assert_eq!(fault.status, StatusCode::URI_TOO_LONG);
    }

    #[test]
    fn a_beginning_is_refused_as_soon_as_it_cannot_end_well() {
        for sound in ["", "G", "GET", "GET ", "GET /a"] {
            assert_eq!(check_beginning(sound.as_bytes()), Ok(()), "{sound}");
        }
        assert!(check_beginning(b"\x16\x03\x01").is_err(), "the first bytes of TLS");
        assert!(check_beginning(b" ").is_err());
        assert!(check_beginning(&[b'A'; 33]).is_err());
        let long = format!("GET /{}", "a".repeat(LINE_BYTES_MAX));
        assert_eq!(
            check_beginning(long.as_bytes()).map_err(|fault| fault.status),
            Err(StatusCode::URI_TOO_LONG)
        );
    }
}
