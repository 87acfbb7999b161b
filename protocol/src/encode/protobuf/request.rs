//! What carbonapi asks in its third dialect: which series over which range, and which nodes.
//!
//! Invariant: whatever the bytes are, reading them ends, with texts no longer than the message.

use super::wire::{Field, Fields, MessageError, text};
use crate::limits;

/// One expression to be answered over its own range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchMessage {
    /// The expression, or the series.
    pub name: String,
    /// Start of the range in seconds since the epoch, exclusive.
    pub start: i64,
    /// End of the range in seconds since the epoch, inclusive.
    pub stop: i64,
    /// What the answer is to be called by; empty where that is the name.
    pub path_expression: String,
}

/// Patterns whose nodes are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GlobMessage {
    /// The patterns.
    pub queries: Vec<String>,
}

/// Reads a `MultiFetchRequest`.
///
/// # Errors
/// The bytes are no such message; more than [`limits::TARGETS_MAX`] expressions.
pub fn fetch_requests_v3(bytes: &[u8]) -> Result<Vec<FetchMessage>, MessageError> {
    let mut requests = Vec::new();
    let mut fields = Fields::of(bytes, 0);
    while let Some((number, field)) = fields.next()? {
        if let (1, Field::Bytes(message, offset)) = (number, field) {
            if requests.len() == limits::TARGETS_MAX {
                return Err(fields.too_many("more expressions than one request may have"));
            }
            requests.push(fetch_request(message, offset)?);
        }
    }
    Ok(requests)
}

fn fetch_request(bytes: &[u8], offset: usize) -> Result<FetchMessage, MessageError> {
    let mut request = FetchMessage::default();
    let mut fields = Fields::of(bytes, offset);
    while let Some((number, field)) = fields.next()? {
        match (number, field) {
            (1, Field::Bytes(bytes, offset)) => request.name = text(bytes, offset)?.to_owned(),
            (2, Field::Number(start)) => request.start = start.cast_signed(),
            (3, Field::Number(stop)) => request.stop = stop.cast_signed(),
            (5, Field::Bytes(bytes, offset)) => request.path_expression = text(bytes, offset)?.to_owned(),
            // Filters and the number of points wanted are offers: carbonapi applies them to what it gets.
            _ => {}
        }
    }
    Ok(request)
}

/// Reads a `MultiGlobRequest`.
///
/// # Errors
/// The bytes are no such message; more than [`limits::TARGETS_MAX`] patterns.
pub fn glob_request_v3(bytes: &[u8]) -> Result<GlobMessage, MessageError> {
    let mut request = GlobMessage::default();
    let mut fields = Fields::of(bytes, 0);
    while let Some((number, field)) = fields.next()? {
        if let (1, Field::Bytes(bytes, offset)) = (number, field) {
            if request.queries.len() == limits::TARGETS_MAX {
                return Err(fields.too_many("more patterns than one request may have"));
            }
            request.queries.push(text(bytes, offset)?.to_owned());
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_is_read() {
        let bytes =
            b"\x0a\x16\x0a\x03a.*\x10\x3c\x18\x78\x20\x01\x2a\x05f(.*)\x32\x00\x38\x64\x0a\x03\x0a\x01b";
        let requests = fetch_requests_v3(bytes).unwrap();
        let first = FetchMessage {
            name: "a.*".to_owned(),
            start: 60,
            stop: 120,
            path_expression: "f(.*)".to_owned(),
        };
        assert_eq!(requests, [first, FetchMessage { name: "b".to_owned(), ..FetchMessage::default() }]);
        let globs = glob_request_v3(b"\x0a\x01a\x0a\x03b.*\x10\x05").unwrap();
        assert_eq!(globs.queries, ["a", "b.*"]);
    }

    #[test]
    fn too_many_are_refused() {
        let bytes = b"\x0a\x01a".repeat(limits::TARGETS_MAX + 1);
        assert!(glob_request_v3(&bytes).unwrap_err().to_string().contains("more patterns"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = (fetch_requests_v3(&bytes).is_ok(), glob_request_v3(&bytes).is_ok());
        }
    }
}
