//! The limits of an event, in one place for every shape that it comes in.
//!
//! Invariant: an event that passes can be stored, shown and found; what is refused names its field.

use super::BodyError;
use crate::Event;
use plumbago_protocol::limits;
use serde::Deserialize;

/// Tags as a list, or as words in one text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "\"tags\" must be an array or space-separated string")]
pub(super) enum Tags {
    /// `["deploy", "host=web1"]`
    List(Vec<String>),
    /// `"deploy host=web1"`
    Text(String),
}

impl Tags {
    /// The tags; those of a list keep their blanks.
    pub(super) fn into_list(self) -> Vec<String> {
        match self {
            Tags::List(list) => list,
            Tags::Text(text) => words(&text),
        }
    }

    /// The tags as Graphite knows them: words, whatever they came in.
    pub(super) fn into_words(self) -> Vec<String> {
        match self {
            Tags::List(list) => list.iter().flat_map(|tag| words(tag)).collect(),
            Tags::Text(text) => words(&text),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Seconds, whole or not, as milliseconds.
///
/// # Errors
/// Outside of the years 1 to 9999, or no number.
pub(super) fn from_seconds(field: &str, seconds: f64) -> Result<i64, BodyError> {
    let milliseconds = (seconds * 1000.0).round();
    if !milliseconds.is_finite() {
        return Err(BodyError::field(format!("{field}: expected a time, found {seconds}")));
    }
    // A cast of a float keeps to the range of its type.
    check_time(field, milliseconds as i64)
}

/// A time that calendars know.
///
/// # Errors
/// Outside of the years 1 to 9999.
pub(super) fn check_time(field: &str, milliseconds: i64) -> Result<i64, BodyError> {
    let seconds = milliseconds.div_euclid(1000);
    if (limits::TIME_SECONDS_MIN..=limits::TIMESTAMP_SECONDS_MAX).contains(&seconds) {
        return Ok(milliseconds);
    }
    Err(BodyError::field(format!("{field}: expected a time in the years 1 to 9999, found {seconds} seconds")))
}

/// The event, if it is within every limit; empty tags are dropped.
///
/// # Errors
/// The first field that is not.
pub(super) fn check(mut event: Event) -> Result<Event, BodyError> {
    event.tags.retain(|tag| !tag.is_empty());
    let longest = [
        ("title", event.title.len(), limits::EVENT_TITLE_BYTES_MAX),
        ("text", event.text.len(), limits::EVENT_TEXT_BYTES_MAX),
        ("kind", event.kind.len(), limits::EVENT_WORD_BYTES_MAX),
        ("key", length(&event.key), limits::EVENT_WORD_BYTES_MAX),
        ("rule", length(&event.rule), limits::EVENT_TITLE_BYTES_MAX),
        ("series", length(&event.series), limits::NAME_BYTES_MAX),
        ("a tag", event.tags.iter().map(String::len).max().unwrap_or(0), limits::EVENT_WORD_BYTES_MAX),
    ];
    for (field, found, most) in longest {
        if found > most {
            return Err(BodyError::limit(format!("{field}: expected at most {most} bytes, found {found}")));
        }
    }
    let counts = [
        ("tags", event.tags.len(), limits::EVENT_TAGS_MAX),
        ("parents", event.parents.len(), limits::EVENT_PARENTS_MAX),
    ];
    for (field, found, most) in counts {
        if found > most {
            return Err(BodyError::limit(format!("{field}: expected at most {most}, found {found}")));
        }
    }
    if event.title.trim().is_empty() {
        return Err(BodyError::field("title: expected a line that says what happened, found nothing"));
    }
    if event.key.as_deref() == Some("") {
        return Err(BodyError::field("key: expected a text that no other event has, found nothing"));
    }
    check_time("start_ms", event.start_ms)?;
    if let Some(end_ms) = event.end_ms
        && check_time("end_ms", end_ms)? < event.start_ms
    {
        return Err(BodyError::field(format!("end_ms: {end_ms} lies before start_ms, {}", event.start_ms)));
    }
    if event.value.is_some_and(|value| !value.is_finite()) {
        return Err(BodyError::field("value: expected a finite number"));
    }
    Ok(event)
}

fn length(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}
