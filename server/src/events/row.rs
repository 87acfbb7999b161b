//! An event as it lies in its row.
//!
//! Invariant: what is read is what was written, or an error; a value outside of its list is damage, never a default.

use super::error::StoreError;
use plumbago_rules::{Event, Severity, Source, Status};
use rusqlite::Row;
use std::fmt::Write;

/// An event with the number of its last change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredEvent {
    /// The number of the change that made it what it is; for a new event its id. Ascending over all events.
    pub(crate) change: u64,
    /// The event.
    pub(crate) event: Event,
}

/// The columns of an event in the order in which [`read`] takes them; those of `events` under the name `e`.
pub(super) const COLUMNS: &str = "e.id, e.change, e.key, e.kind, e.title, e.text, e.severity, e.tags, e.series, e.value, \
     e.rule, e.start_ms, e.end_ms, e.source, e.status, e.revision, e.parents";

const SEVERITIES: [Severity; 4] = [Severity::Info, Severity::Warning, Severity::Error, Severity::Critical];
const SOURCES: [Source; 5] =
    [Source::Posted, Source::Rule, Source::Alarm, Source::Pattern, Source::Predicted];
const STATUSES: [Status; 3] = [Status::Open, Status::Closed, Status::Retracted];

/// The place of a value in its list, as it is stored.
fn place<T: PartialEq>(list: &[T], value: &T) -> i64 {
    list.iter().position(|one| one == value).and_then(|place| i64::try_from(place).ok()).unwrap_or(0)
}

fn at_place<T: Copy>(list: &[T], place: i64, what: &str) -> Result<T, StoreError> {
    let found = usize::try_from(place).ok().and_then(|place| list.get(place)).copied();
    found.ok_or_else(|| StoreError::Damaged(format!("{what} {place} of an event is none")))
}

/// How a severity is stored.
pub(super) fn severity_place(severity: Severity) -> i64 {
    place(&SEVERITIES, &severity)
}

/// How a source is stored.
pub(super) fn source_place(source: Source) -> i64 {
    place(&SOURCES, &source)
}

/// How a status is stored.
pub(super) fn status_place(status: Status) -> i64 {
    place(&STATUSES, &status)
}

/// A number that is never over what SQLite holds, as SQLite holds it.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The event of a row of [`COLUMNS`].
///
/// # Errors
/// The row holds something else.
pub(super) fn read(row: &Row<'_>) -> Result<StoredEvent, StoreError> {
    let reading = StoreError::sqlite("reading an event");
    macro_rules! column {
        ($place:expr) => {
            row.get($place).map_err(&reading)?
        };
    }
    let (tags, parents): (String, String) = (column!(7), column!(16));
    let damaged = |what: &str, cause: serde_json::Error| StoreError::Damaged(format!("{what}: {cause}"));
    let (id, change, revision): (i64, i64, i64) = (column!(0), column!(1), column!(15));
    let event = Event {
        id: unsigned(id),
        key: column!(2),
        kind: column!(3),
        title: column!(4),
        text: column!(5),
        severity: at_place(&SEVERITIES, column!(6), "severity")?,
        tags: serde_json::from_str(&tags).map_err(|cause| damaged("tags of an event", cause))?,
        series: column!(8),
        value: column!(9),
        rule: column!(10),
        start_ms: column!(11),
        end_ms: column!(12),
        source: at_place(&SOURCES, column!(13), "source")?,
        status: at_place(&STATUSES, column!(14), "status")?,
        revision: unsigned(revision),
        parents: serde_json::from_str(&parents).map_err(|cause| damaged("parents of an event", cause))?,
    };
    Ok(StoredEvent { change: unsigned(change), event })
}

/// Texts as a JSON list.
pub(super) fn list_text<T: serde::Serialize>(list: &[T]) -> String {
    // Strings and numbers can always be written.
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// The words under which an event is found exactly. The usual severity and status are left out: nearly every event has
/// them, so that walking their list would be walking all of the store.
pub(super) fn terms(event: &Event) -> Vec<String> {
    let mut terms: Vec<String> = event.tags.iter().map(|tag| format!("tag:{tag}")).collect();
    let mut add = |field: &str, value: &str| {
        let mut term = String::with_capacity(field.len() + value.len() + 1);
        // Writing to a String cannot fail.
        let _ = write!(term, "{field}:{value}");
        terms.push(term);
    };
    if !event.kind.is_empty() {
        add("kind", &event.kind);
    }
    for (field, value) in [("rule", &event.rule), ("series", &event.series)] {
        if let Some(value) = value {
            add(field, value);
        }
    }
    match event.severity {
        Severity::Info => {}
        Severity::Warning => add("severity", "warning"),
        Severity::Error => add("severity", "error"),
        Severity::Critical => add("severity", "critical"),
    }
    match event.status {
        Status::Closed => {}
        Status::Open => add("status", "open"),
        Status::Retracted => add("status", "retracted"),
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}
