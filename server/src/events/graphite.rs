//! Events as Graphite asks for them: by tags and time, oldest first.
//!
//! Invariant: as graphite-web does, a tag that no event ever had counts for nothing, unless it is the only one or the
//! intersection is asked for by name. What was retracted is not shown.

use super::error::StoreError;
use super::row::{self, StoredEvent, status_place};
use plumbago_rules::Status;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// How several tags are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagSet {
    /// Those of them that exist, all at once.
    All,
    /// At least one of them.
    Union,
    /// All of them, whether they exist or not.
    Intersection,
}

/// What Graphite asks for.
#[derive(Debug, Clone)]
pub(crate) struct GraphiteQuery {
    /// The first moment, in milliseconds since the epoch.
    pub(crate) from_ms: i64,
    /// The last moment, which counts, in milliseconds since the epoch.
    pub(crate) until_ms: i64,
    /// The tags; `None` for all events.
    pub(crate) tags: Option<Vec<String>>,
    /// How the tags are taken together.
    pub(crate) set: TagSet,
}

/// The events, by their start.
///
/// # Errors
/// There are more than `most`, SQLite fails, or reading takes too long.
pub(super) fn find(
    connection: &Connection,
    query: &GraphiteQuery,
    most: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let Some((condition, values)) = condition(connection, query)? else {
        return Ok(Vec::new());
    };
    let searching = StoreError::sqlite("searching events");
    let text = format!("SELECT {} FROM events e WHERE {condition} ORDER BY e.start_ms, e.id", row::COLUMNS);
    let mut statement = connection.prepare_cached(&text).map_err(&searching)?;
    let mut rows = statement.query(params_from_iter(&values)).map_err(&searching)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(&searching)? {
        if found.len() == most {
            let message = format!("more than {most} events: name a tag, or a shorter time");
            return Err(StoreError::Caller(message));
        }
        found.push(row::read(row)?);
    }
    Ok(found)
}

/// Shows `visit` when each of the events began, in milliseconds since the epoch, in order.
///
/// # Errors
/// SQLite fails, or reading takes too long.
pub(super) fn visit_starts(
    connection: &Connection,
    query: &GraphiteQuery,
    visit: &mut dyn FnMut(i64),
) -> Result<(), StoreError> {
    let Some((condition, values)) = condition(connection, query)? else {
        return Ok(());
    };
    let searching = StoreError::sqlite("searching events");
    let text = format!("SELECT e.start_ms FROM events e WHERE {condition} ORDER BY e.start_ms");
    let mut statement = connection.prepare_cached(&text).map_err(&searching)?;
    let mut rows = statement.query(params_from_iter(&values)).map_err(&searching)?;
    while let Some(row) = rows.next().map_err(&searching)? {
        visit(row.get(0).map_err(&searching)?);
    }
    Ok(())
}

/// Which rows, with the values of the parameters; `None`: none can be.
fn condition(
    connection: &Connection,
    query: &GraphiteQuery,
) -> Result<Option<(String, Vec<Value>)>, StoreError> {
    let (from_ms, until_ms) = (query.from_ms, query.until_ms);
    let mut text = "e.start_ms BETWEEN ? AND ? AND e.status <> ?".to_owned();
    let mut values: Vec<Value> =
        vec![from_ms.into(), until_ms.into(), status_place(Status::Retracted).into()];
    let Some(tags) = &query.tags else {
        return Ok(Some((text, values)));
    };
    let mut known = Vec::with_capacity(tags.len());
    for tag in tags {
        let is_double = known.contains(&tag);
        if !is_double && exists(connection, tag)? {
            known.push(tag);
        } else if query.set == TagSet::Intersection {
            return Ok(None);
        }
    }
    if known.is_empty() {
        return Ok(None);
    }
    let mut add = |tags: &[&String]| {
        let places = vec!["?"; tags.len() * 2].join(", ");
        text.push_str(&format!(
            " AND e.id IN (SELECT event FROM terms WHERE term IN ({places}) AND start_ms BETWEEN ? AND ?)"
        ));
        for tag in tags {
            values.extend([Value::from(format!("tag:{tag}")), Value::from(format!("graphite:{tag}"))]);
        }
        values.extend([Value::from(from_ms), Value::from(until_ms)]);
    };
    if query.set == TagSet::Union {
        add(&known);
    } else {
        known.iter().for_each(|tag| add(&[tag]));
    }
    Ok(Some((text, values)))
}

/// Whether any event carries the tag.
fn exists(connection: &Connection, tag: &str) -> Result<bool, StoreError> {
    let searching = StoreError::sqlite("searching tags");
    let mut statement = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM terms WHERE term IN (?1, ?2))")
        .map_err(&searching)?;
    statement
        .query_row([format!("tag:{tag}"), format!("graphite:{tag}")], |row| row.get(0))
        .map_err(&searching)
}
