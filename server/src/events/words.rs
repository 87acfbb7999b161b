//! The index of words in titles and texts.
//!
//! Invariant: an event is in the index under the words that it has, or it is listed as unindexed; never both. Listing
//! costs next to nothing; the index is filled in small pieces later, so that a batch of long texts keeps nobody waiting.

use super::change::run;
use super::error::StoreError;
use super::row::signed;
use rusqlite::{Connection, OptionalExtension, params};

/// Events of one piece at most.
const PIECE_EVENTS_MAX: usize = 64;

/// Bytes of texts after which a piece ends.
const PIECE_BYTES: usize = 32 << 10;

/// The event is to be indexed.
///
/// # Errors
/// SQLite fails.
pub(super) fn add(connection: &Connection, id: u64) -> Result<(), StoreError> {
    run(connection, "INSERT OR IGNORE INTO unindexed (event) VALUES (?1)", [signed(id)]).map(drop)
}

/// The event goes, or gets other words.
///
/// # Errors
/// SQLite fails.
pub(super) fn remove(connection: &Connection, id: u64) -> Result<(), StoreError> {
    let listed = run(connection, "DELETE FROM unindexed WHERE event = ?1", [signed(id)])?;
    if listed == 0 {
        run(connection, "DELETE FROM words WHERE rowid = ?1", [signed(id)])?;
    }
    Ok(())
}

/// How many events are not indexed yet.
///
/// # Errors
/// SQLite fails.
pub(super) fn waiting(connection: &Connection) -> Result<u64, StoreError> {
    let counting = StoreError::sqlite("counting events that are not indexed");
    let mut statement = connection.prepare_cached("SELECT count(*) FROM unindexed").map_err(&counting)?;
    let found: i64 = statement.query_row([], |row| row.get(0)).map_err(&counting)?;
    Ok(u64::try_from(found).unwrap_or(0))
}

/// Whether any event is not indexed yet.
///
/// # Errors
/// SQLite fails.
pub(super) fn is_any_waiting(connection: &Connection) -> Result<bool, StoreError> {
    let looking = StoreError::sqlite("looking for events that are not indexed");
    let query = "SELECT EXISTS (SELECT 1 FROM unindexed)";
    let mut statement = connection.prepare_cached(query).map_err(&looking)?;
    statement.query_row([], |row| row.get(0)).map_err(&looking)
}

/// Indexes the next few events, and says how many those were.
///
/// # Errors
/// SQLite fails.
pub(super) fn index_piece(connection: &Connection) -> Result<u64, StoreError> {
    let mut bytes = 0;
    let mut indexed = 0;
    while indexed < PIECE_EVENTS_MAX && bytes < PIECE_BYTES {
        let Some((id, title, text)) = next(connection)? else { break };
        run(
            connection,
            "INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)",
            params![id, title, text],
        )?;
        run(connection, "DELETE FROM unindexed WHERE event = ?1", [id])?;
        bytes += title.len() + text.len();
        indexed += 1;
    }
    Ok(u64::try_from(indexed).unwrap_or(u64::MAX))
}

fn next(connection: &Connection) -> Result<Option<(i64, String, String)>, StoreError> {
    let reading = StoreError::sqlite("reading an event that is not indexed");
    let query = "SELECT u.event, ifnull(e.title, ''), ifnull(e.text, '') FROM unindexed u \
                 LEFT JOIN events e ON e.id = u.event ORDER BY u.event LIMIT 1";
    let mut statement = connection.prepare_cached(query).map_err(&reading)?;
    let found = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    found.optional().map_err(&reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT, text TEXT); \
                 CREATE TABLE unindexed (event INTEGER PRIMARY KEY); \
                 CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', contentless_delete=1);",
            )
            .unwrap();
        connection
    }

    fn found(connection: &Connection, word: &str) -> Vec<i64> {
        let mut statement = connection.prepare("SELECT rowid FROM words WHERE words MATCH ?1").unwrap();
        statement.query_map([word], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn an_event_is_listed_or_indexed_and_never_both() {
        let connection = connection();
        connection.execute("INSERT INTO events VALUES (1, 'disk full', ''), (2, 'disk', '')", []).unwrap();
        add(&connection, 1).unwrap();
        add(&connection, 2).unwrap();
        assert_eq!((waiting(&connection).unwrap(), found(&connection, "disk")), (2, vec![]));
        remove(&connection, 2).unwrap();
        assert_eq!(index_piece(&connection).unwrap(), 1);
        assert_eq!((is_any_waiting(&connection).unwrap(), found(&connection, "disk")), (false, vec![1]));
        connection.execute("UPDATE events SET title = 'disk empty' WHERE id = 1", []).unwrap();
        remove(&connection, 1).unwrap();
        add(&connection, 1).unwrap();
        assert_eq!((index_piece(&connection).unwrap(), index_piece(&connection).unwrap()), (1, 0));
        assert_eq!((found(&connection, "full"), found(&connection, "empty")), (vec![], vec![1]));
    }

    #[test]
    fn a_piece_of_long_texts_is_short() {
        let connection = connection();
        let text = "word ".repeat(PIECE_BYTES / 8);
        for id in 1..=5_u64 {
            let values = params![signed(id), text];
            connection.execute("INSERT INTO events VALUES (?1, 't', ?2)", values).unwrap();
            add(&connection, id).unwrap();
        }
        assert_eq!(index_piece(&connection).unwrap(), 2);
        assert_eq!(waiting(&connection).unwrap(), 3);
    }
}
