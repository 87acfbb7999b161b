//! The index of words in titles and texts.
//!
//! Invariant: an event is in the index under the words that it has, or it is listed as unindexed; never both. Listing
//! costs next to nothing; the index is filled in small pieces later, so that a batch of long texts keeps nobody waiting.
//! Both lists go by [`place`].

use super::change::run;
use super::error::StoreError;
use super::place;
use plumbago_rules::Event;
use rusqlite::{Connection, OptionalExtension, params};

/// Events of one piece at most.
const PIECE_EVENTS_MAX: usize = 64;

/// Bytes of texts after which a piece ends.
const PIECE_BYTES: usize = 32 << 10;

/// The event is to be indexed.
///
/// # Errors
/// SQLite fails, or no place is left.
pub(super) fn add(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    let place = place::of(event.start_ms, event.id)?;
    run(connection, "INSERT OR IGNORE INTO unindexed (place) VALUES (?1)", [place]).map(drop)
}

/// The event goes, or gets other words or another start.
///
/// # Errors
/// SQLite fails.
pub(super) fn remove(connection: &Connection, event: &Event) -> Result<(), StoreError> {
    let place = place::of(event.start_ms, event.id)?;
    let listed = run(connection, "DELETE FROM unindexed WHERE place = ?1", [place])?;
    if listed == 0 {
        run(connection, "DELETE FROM words WHERE rowid = ?1", [place])?;
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

/// Indexes the next few events, and says how many those were. They are taken in the order of places: what lies before what
/// was just indexed would have FTS5 close a segment.
///
/// # Errors
/// SQLite fails.
pub(super) fn index_piece(connection: &Connection) -> Result<u64, StoreError> {
    let mut bytes = 0;
    let mut indexed = 0;
    while indexed < PIECE_EVENTS_MAX && bytes < PIECE_BYTES {
        let Some((place, title, text)) = next(connection)? else { break };
        run(
            connection,
            "INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)",
            params![place, title, text],
        )?;
        run(connection, "DELETE FROM unindexed WHERE place = ?1", [place])?;
        bytes += title.len() + text.len();
        indexed += 1;
    }
    Ok(u64::try_from(indexed).unwrap_or(u64::MAX))
}

fn next(connection: &Connection) -> Result<Option<(i64, String, String)>, StoreError> {
    let reading = StoreError::sqlite("reading an event that is not indexed");
    let query = format!(
        "SELECT u.place, ifnull(e.title, ''), ifnull(e.text, '') FROM unindexed u \
         LEFT JOIN events e ON e.id = (u.place & {}) ORDER BY u.place LIMIT 1",
        place::ID_MASK
    );
    let mut statement = connection.prepare_cached(&query).map_err(&reading)?;
    let found = statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    found.optional().map_err(&reading)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_rules::read_posted;

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT, text TEXT); \
                 CREATE TABLE unindexed (place INTEGER PRIMARY KEY); \
                 CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', contentless_delete=1);",
            )
            .unwrap();
        connection
    }

    /// An event that began in a minute of this number, stored.
    fn stored(connection: &Connection, id: u64, minute: i64, title: &str) -> Event {
        let mut event = read_posted(br#"{"title": "t"}"#, 0).unwrap().events.remove(0);
        event.id = id;
        event.start_ms = minute * 60_000;
        event.title = title.to_owned();
        let values = params![row_id(id), event.title, event.text];
        connection.execute("INSERT OR REPLACE INTO events VALUES (?1, ?2, ?3)", values).unwrap();
        event
    }

    fn row_id(id: u64) -> i64 {
        i64::try_from(id).unwrap()
    }

    /// The ids of the events with a word, the newest first.
    fn found(connection: &Connection, word: &str) -> Vec<i64> {
        let query = "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC";
        let mut statement = connection.prepare(query).unwrap();
        let places = statement.query_map([word], |row| row.get::<_, i64>(0)).unwrap();
        places.map(|place| place.unwrap() & place::ID_MASK).collect()
    }

    #[test]
    fn an_event_is_listed_or_indexed_and_never_both() {
        let connection = connection();
        let (full, other) = (stored(&connection, 1, 5, "disk full"), stored(&connection, 2, 5, "disk"));
        add(&connection, &full).unwrap();
        add(&connection, &other).unwrap();
        assert_eq!((waiting(&connection).unwrap(), found(&connection, "disk")), (2, vec![]));
        remove(&connection, &other).unwrap();
        assert_eq!(index_piece(&connection).unwrap(), 1);
        assert_eq!((waiting(&connection).unwrap(), found(&connection, "disk")), (0, vec![1]));
        remove(&connection, &full).unwrap();
        add(&connection, &stored(&connection, 1, 90, "disk empty")).unwrap();
        assert_eq!((index_piece(&connection).unwrap(), index_piece(&connection).unwrap()), (1, 0));
        assert_eq!((found(&connection, "full"), found(&connection, "empty")), (vec![], vec![1]));
    }

    #[test]
    fn the_index_goes_by_time() {
        let connection = connection();
        for (id, minute) in [(1, 50), (2, 10), (3, 90), (4, 30)] {
            add(&connection, &stored(&connection, id, minute, "disk")).unwrap();
        }
        assert_eq!(index_piece(&connection).unwrap(), 4);
        assert_eq!(found(&connection, "disk"), [3, 1, 4, 2]);
    }

    #[test]
    fn a_piece_of_long_texts_is_short() {
        let connection = connection();
        let text = "word ".repeat(PIECE_BYTES / 8);
        for id in 1..=5 {
            add(&connection, &stored(&connection, id, 1, &text)).unwrap();
        }
        assert_eq!(index_piece(&connection).unwrap(), 2);
        assert_eq!(waiting(&connection).unwrap(), 3);
    }
}
