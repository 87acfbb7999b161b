//! Where a request's body ends, as its header lines say (RFC 9112, 6.3).
//!
//! Invariant: whatever could be read in two ways is refused, so that no two readers can take different bytes for the
//! next request.

use super::super::answer::Fault;
use super::super::shown::shown;
use httparse::Header;

/// How long the body after a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(u64),
    /// It comes in chunks, the last of which says that it is the last.
    Chunked,
}

impl Framing {
    /// What these headers say.
    ///
    /// # Errors
    /// They contradict each other, or say what nobody can read.
    pub(super) fn of(headers: &[Header<'_>], is_http_1_1: bool) -> Result<Framing, Fault> {
        let mut length = None;
        let mut chunked = false;
        for header in headers {
            if header.name.eq_ignore_ascii_case("content-length") {
                let found = read_length(header.value)?;
                if length.is_some_and(|length| length != found) {
                    return Err(Fault::bad_request("Content-Length: there are two, and they differ"));
                }
                length = Some(found);
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if !is_http_1_1 {
                    return Err(Fault::bad_request("Transfer-Encoding: HTTP/1.0 does not have it"));
                }
                if !header.value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                    let found = shown(header.value);
                    let message = format!("Transfer-Encoding: expected chunked, found {found}");
                    return Err(Fault::bad_request(message));
                }
                chunked = true;
            }
        }
        match (length, chunked) {
            (Some(_), true) => {
                Err(Fault::bad_request("Content-Length: it may not come together with Transfer-Encoding"))
            }
            (None, true) => Ok(Framing::Chunked),
            (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
        }
    }
}

fn read_length(value: &[u8]) -> Result<u64, Fault> {
    let digits = std::str::from_utf8(value.trim_ascii()).ok();
    let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    // No more than a signed number holds: libraries keep the largest ones for meanings of their own.
    digits.and_then(|text| text.parse::<i64>().ok()).and_then(|length| u64::try_from(length).ok()).ok_or_else(
        || Fault::bad_request(format!("Content-Length: expected a number of bytes, found {}", shown(value))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(headers: &[(&str, &str)]) -> Result<Framing, String> {
        let headers: Vec<Header<'_>> =
            headers.iter().map(|(name, value)| Header { name, value: value.as_bytes() }).collect();
        Framing::of(&headers, true).map_err(|fault| fault.message)
    }

    #[test]
    fn lengths_and_chunks() {
        assert_eq!(framing(&[]), Ok(Framing::Length(0)));
        assert_eq!(framing(&[("Content-Length", "12"), ("content-length", "12")]), Ok(Framing::Length(12)));
        assert_eq!(framing(&[("TRANSFER-ENCODING", "Chunked")]), Ok(Framing::Chunked));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in ["", "abc", "-1", "+1", "1, 1", "0x10", "99999999999999999999", "9223372036854775808"] {
            let expected = format!("Content-Length: expected a number of bytes, found {text}");
            assert_eq!(framing(&[("Content-Length", text)]), Err(expected));
        }
        for headers in [
            [("Content-Length", "1"), ("Content-Length", "2")],
            [("Content-Length", "1"), ("Transfer-Encoding", "chunked")],
            [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip")],
        ] {
            assert!(framing(&headers).is_err(), "{headers:?}");
        }
        let old = Framing::of(&[Header { name: "Transfer-Encoding", value: b"chunked" }], false);
        assert!(old.is_err());
    }
}
