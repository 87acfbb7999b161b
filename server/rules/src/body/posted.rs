//! `POST /api/v1/events`: one event, or a list of them, with all that can be said of one.
//!
//! Invariant: what others give, its number, source, revision and parents, is not taken from a body. An event without an
//! `end_ms` is a moment; with `null` it goes on.

use super::checked::{Tags, check};
use super::{BodyError, fault, kind, nesting, parse};
use crate::{Event, Severity, Source, Status};
use plumbago_protocol::limits;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Events of one body.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Whether they came as a list, and are to be answered as one.
    pub is_list: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedBody {
    key: Option<String>,
    #[serde(default)]
    kind: String,
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    severity: Severity,
    tags: Option<Tags>,
    series: Option<String>,
    value: Option<f64>,
    start_ms: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    end_ms: Option<Option<i64>>,
}

/// A field that is there, be it `null`.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// Reads one event, or a list of at most [`limits::EVENTS_PER_BODY_MAX`]; those without a time began at `now_ms`.
///
/// # Errors
/// No JSON, a field that is unknown or of the wrong type, or over a limit; in a list, which one.
pub fn read_posted(body: &[u8], now_ms: i64) -> Result<Posted, BodyError> {
    let is_list = kind(body) == Some(b'[');
    if !is_list {
        let event = event(parse(body)?, now_ms)?;
        return Ok(Posted { events: vec![event], is_list });
    }
    nesting::check(body)?;
    let bodies: Vec<&RawValue> = serde_json::from_slice(body).map_err(fault)?;
    if bodies.len() > limits::EVENTS_PER_BODY_MAX {
        let most = limits::EVENTS_PER_BODY_MAX;
        return Err(BodyError::limit(format!("expected at most {most} events, found {}", bodies.len())));
    }
    let read = |(place, body): (usize, &RawValue)| {
        parse(body.get().as_bytes()).and_then(|body| event(body, now_ms)).map_err(
            |BodyError { reason, message }| BodyError {
                reason,
                message: format!("event {place}: {message}"),
            },
        )
    };
    let events = (1..).zip(bodies).map(read).collect::<Result<_, _>>()?;
    Ok(Posted { events, is_list })
}

fn event(body: PostedBody, now_ms: i64) -> Result<Event, BodyError> {
    let start_ms = body.start_ms.unwrap_or(now_ms);
    let end_ms = body.end_ms.unwrap_or(Some(start_ms));
    check(Event {
        id: 0,
        key: body.key,
        kind: body.kind,
        title: body.title,
        text: body.text,
        severity: body.severity,
        tags: body.tags.map(Tags::into_list).unwrap_or_default(),
        series: body.series,
        value: body.value,
        rule: None,
        start_ms,
        end_ms,
        source: Source::Posted,
        status: if end_ms.is_some() { Status::Closed } else { Status::Open },
        revision: 0,
        parents: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(body: &str) -> Result<Event, BodyError> {
        let posted = read_posted(body.as_bytes(), 5_000)?;
        assert!(!posted.is_list);
        Ok(posted.events[0].clone())
    }

    #[test]
    fn a_moment_and_what_goes_on() {
        let moment = one(r#"{"title": "x"}"#).unwrap();
        assert_eq!((moment.start_ms, moment.end_ms, moment.status), (5_000, Some(5_000), Status::Closed));
        let open = one(r#"{"title": "x", "start_ms": 1000, "end_ms": null, "tags": "a b=c"}"#).unwrap();
        assert_eq!((open.start_ms, open.end_ms, open.status), (1_000, None, Status::Open));
        assert_eq!(open.tags, ["a", "b=c"]);
        assert_eq!(one(r#"{"title": "x", "tags": ["a b"]}"#).unwrap().tags, ["a b"]);
    }

    #[test]
    fn a_list_tells_which_one_is_wrong() {
        let posted = read_posted(br#" [{"title": "x"}, {"title": "y", "key": "k"}]"#, 5_000).unwrap();
        assert!(posted.is_list);
        assert_eq!(posted.events[1].key.as_deref(), Some("k"));
        let error = read_posted(br#"[{"title": "x"}, {"title": ""}]"#, 5_000).unwrap_err();
        assert!(error.message.starts_with("event 2: title: "), "{error}");
    }

    #[test]
    fn wrong_bodies_are_refused() {
        for body in [
            r#"{"title": "x", "id": 7}"#,
            r#"{"title": "x", "titel": "y"}"#,
            r#"{"title": "x", "title": "y"}"#,
            r#"{"title": "x", "severity": "loud"}"#,
            r#"{"title": "x", "start_ms": 2000, "end_ms": 1000}"#,
            r#"{"title": "x", "start_ms": 99999999999999999}"#,
            r#"{"title": "x", "start_ms": 1.5}"#,
            r#"{"title": "x", "value": "9"}"#,
            r#"{"title": "x", "key": ""}"#,
            r#"{"text": "x"}"#,
            "null",
            "7",
        ] {
            assert!(one(body).is_err(), "{body}");
        }
    }
}
