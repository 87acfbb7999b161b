//! What is kept for how long: events of a year, and no more than ten million.
//!
//! Invariant: what goes on is kept however old it is; a sweep takes a bounded number at once, so that it delays nobody.

use super::change;
use super::error::StoreError;
use super::row::{self, status_place};
use plumbago_protocol::limits::{EVENT_RETENTION_SECONDS, EVENTS_KEPT_MAX};
use plumbago_rules::{Event, Status};
use rusqlite::{Connection, params};

/// Most events that one sweep takes.
pub(super) const SWEPT_MAX: u64 = 500;

/// How many events there are.
///
/// # Errors
/// SQLite fails.
pub(super) fn count(connection: &Connection) -> Result<u64, StoreError> {
    let counted: i64 = connection
        .query_row("SELECT count(*) FROM events", [], |row| row.get(0))
        .map_err(StoreError::sqlite("counting events"))?;
    Ok(u64::try_from(counted).unwrap_or(0))
}

/// Deletes events that are over at `now` seconds since the epoch, or too many, and says how many those were.
///
/// # Errors
/// SQLite fails.
pub(super) fn sweep(connection: &Connection, now: i64, kept: u64) -> Result<u64, StoreError> {
    let oldest_ms = now.saturating_sub(EVENT_RETENTION_SECONDS).saturating_mul(1000);
    let mut swept = delete(connection, oldest_ms, SWEPT_MAX)?;
    let surplus = kept.saturating_sub(swept).saturating_sub(EVENTS_KEPT_MAX);
    let left = SWEPT_MAX.saturating_sub(swept).min(surplus);
    if left > 0 {
        swept += delete(connection, i64::MAX, left)?;
    }
    Ok(swept)
}

/// Deletes the oldest events that began before a moment and do not go on.
fn delete(connection: &Connection, before_ms: i64, most: u64) -> Result<u64, StoreError> {
    let sweeping = StoreError::sqlite("removing old events");
    let query = format!(
        "SELECT {} FROM events e WHERE e.start_ms < ? AND e.status <> ? ORDER BY e.start_ms, e.id LIMIT ?",
        row::COLUMNS
    );
    let mut old: Vec<Event> = Vec::new();
    {
        let mut statement = connection.prepare_cached(&query).map_err(&sweeping)?;
        let values = params![before_ms, status_place(Status::Open), row::signed(most)];
        let mut rows = statement.query(values).map_err(&sweeping)?;
        while let Some(row) = rows.next().map_err(&sweeping)? {
            old.push(row::read(row)?.event);
        }
    }
    for event in &old {
        change::delete(connection, event)?;
    }
    Ok(u64::try_from(old.len()).unwrap_or(u64::MAX))
}
