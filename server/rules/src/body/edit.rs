//! `PATCH /api/v1/events/ID`: what is to be different about an event.
//!
//! Invariant: an edit sets the fields that it names and no others; number, key, source and rule stay. The event that
//! comes out is within the limits of any other.

use super::checked::{Tags, check};
use super::posted::present;
use super::{BodyError, parse};
use crate::{Event, Severity, Status};
use serde::Deserialize;

/// The fields to set; `None` leaves one as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Its kind.
    pub kind: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub text: Option<String>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Its tags, all of them.
    pub tags: Option<Vec<String>>,
    /// The series that it was seen in; `Some(None)`: in none.
    pub series: Option<Option<String>>,
    /// The value that it was seen by; `Some(None)`: by none.
    pub value: Option<Option<f64>>,
    /// When it began, in milliseconds since the epoch.
    pub start_ms: Option<i64>,
    /// When it ended; `Some(None)`: it goes on.
    pub end_ms: Option<Option<i64>>,
}

/// An edit, and of which revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditRequest {
    /// The revision that was seen; `None`: whichever there is.
    pub revision: Option<u64>,
    /// What to set.
    pub edit: Edit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditBody {
    revision: Option<u64>,
    kind: Option<String>,
    title: Option<String>,
    text: Option<String>,
    severity: Option<Severity>,
    tags: Option<Tags>,
    #[serde(default, deserialize_with = "present")]
    series: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    value: Option<Option<f64>>,
    start_ms: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    end_ms: Option<Option<i64>>,
}

impl EditRequest {
    /// Reads the fields to set.
    ///
    /// # Errors
    /// No JSON object, or a field that is unknown, cannot be set, or is of the wrong type.
    pub fn read(body: &[u8]) -> Result<EditRequest, BodyError> {
        let body: EditBody = parse(body)?;
        let edit = Edit {
            kind: body.kind,
            title: body.title,
            text: body.text,
            severity: body.severity,
            tags: body.tags.map(Tags::into_list),
            series: body.series,
            value: body.value,
            start_ms: body.start_ms,
            end_ms: body.end_ms,
        };
        Ok(EditRequest { revision: body.revision, edit })
    }
}

impl Edit {
    /// The event as it is to be.
    ///
    /// # Errors
    /// The event would be over a limit, or end before it begins.
    pub fn apply(self, event: &Event) -> Result<Event, BodyError> {
        let mut event = event.clone();
        if let Some(end_ms) = self.end_ms
            && event.status != Status::Retracted
        {
            event.status = if end_ms.is_some() { Status::Closed } else { Status::Open };
        }
        // A moment that is moved stays a moment.
        if self.end_ms.is_none() && event.end_ms == Some(event.start_ms) {
            event.end_ms = self.start_ms.or(event.end_ms);
        }
        event.end_ms = self.end_ms.unwrap_or(event.end_ms);
        event.start_ms = self.start_ms.unwrap_or(event.start_ms);
        event.kind = self.kind.unwrap_or(event.kind);
        event.title = self.title.unwrap_or(event.title);
        event.text = self.text.unwrap_or(event.text);
        event.severity = self.severity.unwrap_or(event.severity);
        event.tags = self.tags.unwrap_or(event.tags);
        event.series = self.series.unwrap_or(event.series);
        event.value = self.value.unwrap_or(event.value);
        check(event)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_posted;
    use super::*;

    fn edited(body: &str) -> Result<Event, BodyError> {
        let event = read_posted(br#"{"title": "x", "value": 1, "start_ms": 1000}"#, 0)?.events.remove(0);
        EditRequest::read(body.as_bytes())?.edit.apply(&event)
    }

    #[test]
    fn fields_that_are_named_are_set_and_no_others() {
        let event = edited(r#"{"text": "more", "value": null, "end_ms": null}"#).unwrap();
        assert_eq!((event.title.as_str(), event.text.as_str(), event.value), ("x", "more", None));
        assert_eq!((event.end_ms, event.status), (None, Status::Open));
        let moved = edited(r#"{"start_ms": 3000}"#).unwrap();
        assert_eq!((moved.start_ms, moved.end_ms), (3_000, Some(3_000)));
        assert_eq!(edited("{}").unwrap().value, Some(1.0));
    }

    #[test]
    fn what_cannot_be_set_is_refused() {
        for body in [r#"{"id": 2}"#, r#"{"key": "k"}"#, r#"{"end_ms": 10}"#, r#"{"title": ""}"#, "[]"] {
            assert!(edited(body).is_err(), "{body}");
        }
    }
}
