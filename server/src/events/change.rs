//! What one change does to the tables, inside a transaction that somebody else begins and ends.
//!
//! Invariant: an event's row, its terms and its words change together; a change that changes nothing takes no number.
//! Doing the same change twice is doing it once.

use super::error::StoreError;
use super::row::{self, StoredEvent, list_text, signed};
use super::words;
use plumbago_rules::{Edit, Event, EventChange, Status};
use rusqlite::{Connection, OptionalExtension, params};

/// One change to events.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// Store this one, unless its key is there already.
    Post(Box<Event>),
    /// Store this one, which was exported, unless it is there already: under its key, or without one under its id.
    Import(Box<Event>),
    /// What a rule wants.
    Rule(EventChange),
    /// Somebody corrects an event.
    Edit {
        /// Which one.
        id: u64,
        /// The revision that was seen; `None`: whichever.
        revision: Option<u64>,
        /// What becomes of it.
        edit: Edit,
    },
    /// It should not have been.
    Retract {
        /// Which one.
        id: u64,
    },
}

/// What became of a change.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// A new event.
    Stored(StoredEvent),
    /// It is as it was: another one has its key, or it is so already.
    Existing(StoredEvent),
    /// An event that is different now.
    Changed(StoredEvent),
    /// There is no event with this key, or it was retracted.
    Nothing,
}

impl Effect {
    /// The event as it is now.
    pub(crate) fn event(&self) -> Option<&Event> {
        match self {
            Effect::Stored(stored) | Effect::Changed(stored) | Effect::Existing(stored) => {
                Some(&stored.event)
            }
            Effect::Nothing => None,
        }
    }

    /// The event as it is now, where it is new or different.
    pub(super) fn news(&self) -> Option<&StoredEvent> {
        match self {
            Effect::Stored(stored) | Effect::Changed(stored) => Some(stored),
            Effect::Existing(_) | Effect::Nothing => None,
        }
    }
}

/// Numbers for changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    last: u64,
}

impl Numbers {
    /// Where the store stands.
    ///
    /// # Errors
    /// SQLite fails.
    pub(super) fn load(connection: &Connection) -> Result<Numbers, StoreError> {
        let last: i64 = connection
            .query_row("SELECT last FROM counter", [], |row| row.get(0))
            .map_err(StoreError::sqlite("reading its counter"))?;
        Ok(Numbers { last: u64::try_from(last).unwrap_or(0) })
    }

    /// Keeps where the store stands.
    ///
    /// # Errors
    /// SQLite fails.
    pub(super) fn save(self, connection: &Connection) -> Result<(), StoreError> {
        let mut statement = connection
            .prepare_cached("UPDATE counter SET last = ?1 WHERE last <> ?1")
            .map_err(StoreError::sqlite("writing its counter"))?;
        statement.execute([signed(self.last)]).map_err(StoreError::sqlite("writing its counter"))?;
        Ok(())
    }

    fn next(&mut self) -> u64 {
        self.last = self.last.saturating_add(1);
        self.last
    }
}

/// Makes one change.
///
/// # Errors
/// There is no such event, its revision is another one, or SQLite fails.
pub(super) fn make(
    connection: &Connection,
    numbers: &mut Numbers,
    change: Change,
) -> Result<Effect, StoreError> {
    match change {
        Change::Post(event) | Change::Rule(EventChange::Store(event)) => insert(connection, numbers, *event),
        Change::Import(event) => import(connection, numbers, *event),
        Change::Rule(EventChange::Close { key, end_ms }) => {
            change_by_key(connection, numbers, &key, |event| {
                event.status = Status::Closed;
                event.end_ms = Some(end_ms);
            })
        }
        Change::Rule(EventChange::Raise { key, severity, value }) => {
            change_by_key(connection, numbers, &key, |event| {
                event.severity = severity;
                event.value = value;
            })
        }
        Change::Rule(EventChange::Retract { key }) => {
            change_by_key(connection, numbers, &key, |event| event.status = Status::Retracted)
        }
        Change::Retract { id } => {
            let stored = by_id(connection, id)?.ok_or(StoreError::NoEvent(id))?;
            let retracted = Event { status: Status::Retracted, ..stored.event.clone() };
            update(connection, numbers, stored, retracted)
        }
        Change::Edit { id, revision, edit } => {
            let stored = by_id(connection, id)?.ok_or(StoreError::NoEvent(id))?;
            let found = stored.event.revision;
            if let Some(expected) = revision.filter(|expected| *expected != found) {
                return Err(StoreError::Revision { expected, found });
            }
            let edited = edit.apply(&stored.event).map_err(|error| StoreError::Caller(error.to_string()))?;
            update(connection, numbers, stored, edited)
        }
    }
}

/// A retracted event stays as it was when it was retracted, whatever its rule finds out later.
fn change_by_key(
    connection: &Connection,
    numbers: &mut Numbers,
    key: &str,
    change: impl FnOnce(&mut Event),
) -> Result<Effect, StoreError> {
    match by_key(connection, key)? {
        Some(stored) if stored.event.status != Status::Retracted => {
            let mut event = stored.event.clone();
            change(&mut event);
            update(connection, numbers, stored, event)
        }
        _ => Ok(Effect::Nothing),
    }
}

/// The event with this number.
///
/// # Errors
/// SQLite fails.
pub(super) fn by_id(connection: &Connection, id: u64) -> Result<Option<StoredEvent>, StoreError> {
    one(connection, &format!("SELECT {} FROM events e WHERE e.id = ?1", row::COLUMNS), signed(id))
}

/// The event with this key.
///
/// # Errors
/// SQLite fails.
pub(super) fn by_key(connection: &Connection, key: &str) -> Result<Option<StoredEvent>, StoreError> {
    one(connection, &format!("SELECT {} FROM events e WHERE e.key = ?1", row::COLUMNS), key)
}

fn one(
    connection: &Connection,
    query: &str,
    parameter: impl rusqlite::ToSql,
) -> Result<Option<StoredEvent>, StoreError> {
    let reading = StoreError::sqlite("reading an event");
    let mut statement = connection.prepare_cached(query).map_err(&reading)?;
    let found = statement.query_row([parameter], |row| Ok(row::read(row))).optional().map_err(&reading)?;
    found.transpose()
}

fn insert(connection: &Connection, numbers: &mut Numbers, event: Event) -> Result<Effect, StoreError> {
    if let Some(key) = &event.key
        && let Some(stored) = by_key(connection, key)?
    {
        return Ok(Effect::Existing(stored));
    }
    let mut next = *numbers;
    let id = next.next();
    let stored = StoredEvent { change: id, event: Event { id, revision: 0, ..event } };
    write_row(connection, &stored)?;
    write_terms(connection, &stored.event)?;
    words::add(connection, &stored.event)?;
    *numbers = next;
    Ok(Effect::Stored(stored))
}

/// An export of this very store has events without a key; under the key that the import made for one it is not found.
fn import(connection: &Connection, numbers: &mut Numbers, event: Event) -> Result<Effect, StoreError> {
    if let Some(stored) = by_id(connection, event.id)?
        && stored.event.key.is_none()
        && (stored.event.start_ms, &stored.event.title) == (event.start_ms, &event.title)
    {
        return Ok(Effect::Existing(stored));
    }
    insert(connection, numbers, event)
}

fn update(
    connection: &Connection,
    numbers: &mut Numbers,
    stored: StoredEvent,
    event: Event,
) -> Result<Effect, StoreError> {
    if event == stored.event {
        return Ok(Effect::Existing(stored));
    }
    let event = Event { revision: stored.event.revision.saturating_add(1), ..event };
    let mut next = *numbers;
    let changed = StoredEvent { change: next.next(), event };
    delete_terms(connection, &stored.event)?;
    write_row(connection, &changed)?;
    write_terms(connection, &changed.event)?;
    if indexed(&changed.event) != indexed(&stored.event) {
        words::remove(connection, &stored.event)?;
        words::add(connection, &changed.event)?;
    }
    *numbers = next;
    Ok(Effect::Changed(changed))
}

/// What the index of words goes by.
fn indexed(event: &Event) -> (i64, &str, &str) {
    (event.start_ms, &event.title, &event.text)
}

/// Takes an event out of every table.
///
/// # Errors
/// SQLite fails.
pub(super) fn delete(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    delete_terms(connection, event)?;
    words::remove(connection, event)?;
    run(connection, "DELETE FROM events WHERE id = ?1", [signed(event.id)]).map(drop)
}

fn write_row(connection: &Connection, stored: &StoredEvent) -> Result<(), StoreError> {
    let event = &stored.event;
    run(
        connection,
        "INSERT OR REPLACE INTO events (id, change, key, kind, title, text, severity, tags, series, value, rule, \
         start_ms, end_ms, source, status, revision, parents) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        params![
            signed(event.id),
            signed(stored.change),
            event.key,
            event.kind,
            event.title,
            event.text,
            row::severity_place(event.severity),
            list_text(&event.tags),
            event.series,
            // SQLite keeps no NaN.
            event.value.filter(|value| !value.is_nan()),
            event.rule,
            event.start_ms,
            event.end_ms,
            row::source_place(event.source),
            row::status_place(event.status),
            signed(event.revision),
            list_text(&event.parents),
        ],
    )
    .map(drop)
}

fn write_terms(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    for term in row::terms(event) {
        let values = params![term, event.start_ms, signed(event.id)];
        run(connection, "INSERT OR IGNORE INTO terms (term, start_ms, event) VALUES (?1, ?2, ?3)", values)?;
    }
    Ok(())
}

fn delete_terms(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    for term in row::terms(event) {
        let values = params![term, event.start_ms, signed(event.id)];
        run(connection, "DELETE FROM terms WHERE term = ?1 AND start_ms = ?2 AND event = ?3", values)?;
    }
    Ok(())
}

/// Sets a row of state, or removes it.
///
/// # Errors
/// SQLite fails.
pub(super) fn set_row(connection: &Connection, key: &str, value: Option<&[u8]>) -> Result<(), StoreError> {
    match value {
        Some(value) => {
            let values = params![key, value];
            run(connection, "INSERT OR REPLACE INTO rows (key, value) VALUES (?1, ?2)", values)
        }
        None => run(connection, "DELETE FROM rows WHERE key = ?1", [key]),
    }
    .map(drop)
}

/// Runs one statement that changes something.
///
/// # Errors
/// SQLite fails.
pub(super) fn run(
    connection: &Connection,
    statement: &str,
    values: impl rusqlite::Params,
) -> Result<usize, StoreError> {
    let writing = StoreError::sqlite("writing");
    let mut statement = connection.prepare_cached(statement).map_err(&writing)?;
    statement.execute(values).map_err(&writing)
}
