//! Events as lines of JSON, for export and import.
//!
//! Invariant: a line that was written is read as the event that it was written from. A key makes an import that is
//! repeated the same: an event without one gets a key made of what it says.

use super::checked::check;
use super::{BodyError, parse};
use crate::{Event, Status};

/// The event as one line, without a line feed.
pub fn write_line(event: &Event) -> String {
    // Fields are texts, whole numbers and finite values; none of them fails to be written.
    serde_json::to_string(event).unwrap_or_default()
}

/// The event of a line. Its `id` is the one that it had where it comes from; 0 without one.
///
/// # Errors
/// No JSON object, a field of the wrong type, or over a limit.
pub fn read_line(line: &[u8]) -> Result<Event, BodyError> {
    let mut event: Event = parse(line)?;
    if event.end_ms.is_none() && event.status == Status::Closed {
        event.status = Status::Open;
    }
    if event.end_ms.is_some() && event.status == Status::Open {
        event.status = Status::Closed;
    }
    if event.key.is_none() {
        event.key = Some(key_of(&event));
    }
    check(event)
}

/// A key made of what the event says.
fn key_of(event: &Event) -> String {
    let said = [event.title.as_str(), event.text.as_str(), event.kind.as_str()];
    let parts = said.into_iter().chain(event.tags.iter().map(String::as_str));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("import/{}/{}/{hash:016x}", event.start_ms, event.id)
}

#[cfg(test)]
mod tests {
    use super::super::read_posted;
    use super::*;

    #[test]
    fn a_written_line_is_read_again() {
        let body =
            br#"{"title": "x", "key": "k", "tags": ["a b"], "value": 0.1, "end_ms": null, "text": "1\n2"}"#;
        let event = Event { id: 7, revision: 3, ..read_posted(body, 1_000).unwrap().events.remove(0) };
        let line = write_line(&event);
        assert!(!line.contains('\n'));
        assert_eq!(read_line(line.as_bytes()).unwrap(), event);
    }

    #[test]
    fn without_a_key_it_is_made_of_what_is_said() {
        let key = |line: &str| read_line(line.as_bytes()).unwrap().key.unwrap();
        let line = r#"{"id": 3, "title": "x", "start_ms": 1000, "end_ms": 1000}"#;
        assert_eq!(key(line), key(line));
        assert_ne!(key(line), key(r#"{"id": 3, "title": "y", "start_ms": 1000, "end_ms": 1000}"#));
        assert!(read_line(br#"{"title": "x"}"#).is_err(), "a time is needed");
    }
}
