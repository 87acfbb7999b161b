//! `POST /events/` as graphite-web takes it, and Grafana's `POST /api/annotations/graphite`.
//!
//! Invariant: such an event is a moment: it ends when it begins. Its tags are words without blanks.

use super::checked::{Tags, check, from_seconds};
use super::{BodyError, parse};
use crate::{Event, Severity, Source, Status};
use serde::Deserialize;
use serde_json::Number;

/// The fields that count; others are ignored, as graphite-web does.
#[derive(Deserialize)]
struct GraphiteBody {
    what: Text,
    #[serde(default)]
    tags: Option<Tags>,
    #[serde(default, deserialize_with = "given")]
    when: Option<f64>,
    #[serde(default)]
    data: Text,
}

#[derive(Deserialize)]
struct GrafanaBody {
    #[serde(default)]
    what: String,
    #[serde(default)]
    tags: Option<Tags>,
    #[serde(default)]
    when: Option<f64>,
    #[serde(default)]
    data: Option<Text>,
}

/// Text, or a number that is one in print.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text")]
enum Text {
    Text(String),
    Number(Number),
}

impl Default for Text {
    fn default() -> Text {
        Text::Text(String::new())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        match text {
            Text::Text(text) => text,
            Text::Number(number) => number.to_string(),
        }
    }
}

/// A number where there is a field at all: `null` is none.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    f64::deserialize(deserializer).map(Some)
}

/// Reads Graphite's shape: `what`, `tags` as a list or a text, `when` in seconds (the present if it is missing), `data`.
///
/// # Errors
/// No JSON object, a field of the wrong type, or over a limit.
pub fn read_graphite(body: &[u8], now_ms: i64) -> Result<Event, BodyError> {
    let body: GraphiteBody = parse(body)?;
    let start_ms = body.when.map_or(Ok(now_ms), |when| from_seconds("when", when))?;
    moment(body.what.into(), body.tags, start_ms, body.data.into())
}

/// Reads Grafana's shape, which is Graphite's with a `when` of 0 for the present.
///
/// # Errors
/// As [`read_graphite`].
pub fn read_grafana(body: &[u8], now_ms: i64) -> Result<Event, BodyError> {
    let body: GrafanaBody = parse(body)?;
    if body.what.is_empty() {
        return Err(BodyError::field("what field should not be empty"));
    }
    let when = body.when.filter(|when| *when != 0.0);
    let start_ms = when.map_or(Ok(now_ms), |when| from_seconds("when", when))?;
    moment(body.what, body.tags, start_ms, body.data.unwrap_or_default().into())
}

fn moment(title: String, tags: Option<Tags>, start_ms: i64, text: String) -> Result<Event, BodyError> {
    check(Event {
        id: 0,
        key: None,
        kind: String::new(),
        title,
        text,
        severity: Severity::Info,
        tags: tags.map(Tags::into_words).unwrap_or_default(),
        series: None,
        value: None,
        rule: None,
        start_ms,
        end_ms: Some(start_ms),
        source: Source::Posted,
        status: Status::Closed,
        revision: 0,
        parents: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_710_504_000_000;

    #[test]
    fn graphites_shape_is_read_as_graphite_web_does() {
        let body =
            br#"{"what": "deploy", "tags": ["a b", "c"], "when": 1710500400.5, "data": 7, "who": {"x": 1}}"#;
        let event = read_graphite(body, NOW).unwrap();
        assert_eq!((event.title.as_str(), event.text.as_str()), ("deploy", "7"));
        assert_eq!(event.tags, ["a", "b", "c"]);
        assert_eq!((event.start_ms, event.end_ms), (1_710_500_400_500, Some(1_710_500_400_500)));
        let event = read_graphite(br#"{"what": "x", "tags": "  a  b "}"#, NOW).unwrap();
        assert_eq!((event.start_ms, event.tags), (NOW, vec!["a".to_owned(), "b".to_owned()]));
        assert!(read_graphite(br#"{"what": "x", "tags": null}"#, NOW).unwrap().tags.is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        for (body, reason) in [
            ("", "json"),
            ("[1]", "json"),
            ("{", "json"),
            (r#"{"tags": "a"}"#, "field"),
            (r#"{"what": null}"#, "field"),
            (r#"{"what": "  "}"#, "field"),
            (r#"{"what": "x", "tags": 5}"#, "field"),
            (r#"{"what": "x", "tags": [1]}"#, "field"),
            (r#"{"what": "x", "when": null}"#, "field"),
            (r#"{"what": "x", "when": "noon"}"#, "field"),
            (r#"{"what": "x", "when": NaN}"#, "json"),
            (r#"{"what": "x", "when": 1e999}"#, "json"),
            (r#"{"what": "x", "when": 1e300}"#, "field"),
            (r#"{"what": "x", "what": "y"}"#, "field"),
            (r#"{"what": "x", "data": null}"#, "field"),
        ] {
            let error = read_graphite(body.as_bytes(), NOW).unwrap_err();
            assert_eq!(error.reason, reason, "{body}: {error}");
            assert!(!error.message.contains('\n'));
        }
        let deep = format!("{{\"what\": \"x\", \"more\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(read_graphite(deep.as_bytes(), NOW).unwrap_err().reason, "limit");
        let long = format!("{{\"what\": \"{}\"}}", "x".repeat(1025));
        assert_eq!(read_graphite(long.as_bytes(), NOW).unwrap_err().reason, "limit");
        let tags = read_graphite(br#"{"what": "x", "tags": {}}"#, NOW).unwrap_err();
        assert!(tags.message.contains("\"tags\" must be an array or space-separated string"), "{tags}");
    }

    #[test]
    fn grafanas_shape_takes_zero_for_the_present() {
        let event = read_grafana(br#"{"what": "x", "when": 0, "tags": ["a"]}"#, NOW).unwrap();
        assert_eq!(event.start_ms, NOW);
        assert_eq!(read_grafana(b"{}", NOW).unwrap_err().message, "what field should not be empty");
    }
}
