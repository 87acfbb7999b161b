//! The tables of `state.sqlite`, and how an older file becomes one of today.
//!
//! Invariant: `user_version` counts the migrations that were made; each is made once, in its own transaction, and never
//! edited afterwards.

use super::error::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What was added, from the first version on.
const MIGRATIONS: &[&str] = &["
    -- Numbers are given in the order of changes: a new event's id is the number of the change that stored it.
    CREATE TABLE counter (last INTEGER NOT NULL) STRICT;
    INSERT INTO counter VALUES (0);

    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        change INTEGER NOT NULL,
        key TEXT,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        severity INTEGER NOT NULL,
        tags TEXT NOT NULL,
        series TEXT,
        value REAL,
        rule TEXT,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER,
        source INTEGER NOT NULL,
        status INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        parents TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX events_by_change ON events (change);
    CREATE UNIQUE INDEX events_by_key ON events (key) WHERE key IS NOT NULL;
    CREATE INDEX events_by_start ON events (start_ms, id);

    -- Words that an event is found by exactly, in the order of time: `tag:deploy`, `kind:reboot`.
    CREATE TABLE terms (
        term TEXT NOT NULL,
        start_ms INTEGER NOT NULL,
        event INTEGER NOT NULL,
        PRIMARY KEY (term, start_ms, event)
    ) STRICT, WITHOUT ROWID;

    -- Words of titles and texts; the texts themselves are in `events`.
    CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', contentless_delete=1,
        tokenize=\"unicode61 remove_diacritics 0\");

    -- What rules have to remember.
    CREATE TABLE rows (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
", "
    -- Events whose words are not in `words` yet: they are put there in small pieces, after the change was answered.
    CREATE TABLE unindexed (event INTEGER PRIMARY KEY) STRICT;

    -- What became of messages about alarms, in the order in which it happened.
    CREATE TABLE notifications (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms INTEGER NOT NULL,
        what TEXT NOT NULL,
        message INTEGER,
        receiver TEXT NOT NULL,
        integration INTEGER NOT NULL,
        group_key TEXT NOT NULL,
        detail TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notifications_by_message ON notifications (message) WHERE message IS NOT NULL;
    CREATE INDEX notifications_by_receiver ON notifications (receiver, id);

    -- Which alarms an entry is about, where it names them.
    CREATE TABLE notified (
        fingerprint INTEGER NOT NULL,
        notification INTEGER NOT NULL,
        PRIMARY KEY (fingerprint, notification)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX notified_by_entry ON notified (notification);
", "
    -- Words go by time: a place is the span of 2^18 ms in which the event began, and its id.
    DROP TABLE words;
    CREATE VIRTUAL TABLE words USING fts5 (title, text, content='', contentless_delete=1,
        tokenize=\"unicode61 remove_diacritics 0\");
    INSERT INTO words (rowid, title, text)
        SELECT ((max(0, min(start_ms >> 18, 16777215)) - 8388608) << 40) | id AS place, title, text FROM events
        ORDER BY max(0, min(start_ms >> 18, 16777215)), id;

    -- Which words there are, to find those that begin alike.
    CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, instance);

    DROP TABLE unindexed;
    CREATE TABLE unindexed (place INTEGER PRIMARY KEY) STRICT;
", "
    -- Which store this is among all that there are: one row, drawn at the first start. A snapshot has none, since it is
    -- another store than the one it was taken of.
    CREATE TABLE instance (id BLOB NOT NULL CHECK (length(id) = 16)) STRICT;
"];

/// Opens the file to write, creates what is missing, and brings it to the newest version.
///
/// # Errors
/// SQLite fails, or the file is a newer program's.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let opening = StoreError::sqlite("opening its file");
    let mut connection = Connection::open(path).map_err(&opening)?;
    for (name, value) in [
        ("journal_mode", "WAL"),
        // Answered means on disk.
        ("synchronous", "FULL"),
        ("cache_size", "-32768"),
        ("journal_size_limit", "67108864"),
        ("temp_store", "MEMORY"),
    ] {
        connection.pragma_update(None, name, value).map_err(&opening)?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection, path)?;
    Ok(connection)
}

/// Opens the file to read.
///
/// # Errors
/// SQLite fails.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let opening = StoreError::sqlite("opening its file to read");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(&opening)?;
    connection.pragma_update(None, "cache_size", "-16384").map_err(&opening)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(&opening)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let migrating = StoreError::sqlite("bringing its file up to date");
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(&migrating)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known || found < 0 {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    for (version, statements) in (1_i64..).zip(MIGRATIONS) {
        if version > found {
            let transaction = connection.transaction().map_err(&migrating)?;
            transaction.execute_batch(statements).map_err(&migrating)?;
            transaction.pragma_update(None, "user_version", version).map_err(&migrating)?;
            transaction.commit().map_err(&migrating)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::place;
    use super::*;

    #[test]
    fn a_file_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        open_writer(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = open_writer(&path).unwrap_err();
        assert!(matches!(error, StoreError::Newer { found: 99, known: 4, .. }), "{error}");
    }

    #[test]
    fn words_of_an_older_file_get_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        let starts = [i64::MIN, -1, 0, 262_143, 262_144, 1_700_000_000_000, 4_400_000_000_000, i64::MAX];
        {
            let connection = Connection::open(&path).unwrap();
            connection.execute_batch(MIGRATIONS[0]).unwrap();
            connection.execute_batch(MIGRATIONS[1]).unwrap();
            connection.pragma_update(None, "user_version", 2).unwrap();
            for (id, start_ms) in (1_i64..).zip(starts.iter().rev()) {
                let insert = "INSERT INTO events VALUES (?1, ?1, NULL, '', 'disk', 'full', 0, '[]', NULL, NULL, NULL, \
                              ?2, NULL, 0, 1, 0, '[]')";
                connection.execute(insert, [id, *start_ms]).unwrap();
                let list = match id % 2 {
                    0 => "INSERT INTO unindexed VALUES (?1)",
                    _ => "INSERT INTO words (rowid, title, text) VALUES (?1, 'disk', 'full')",
                };
                connection.execute(list, [id]).unwrap();
            }
        }
        let connection = open_writer(&path).unwrap();
        let query = "SELECT rowid FROM words WHERE words MATCH 'disk' ORDER BY rowid DESC";
        let mut statement = connection.prepare(query).unwrap();
        let places: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut expected: Vec<i64> = (1_u64..)
            .zip(starts.iter().rev())
            .map(|(id, start_ms)| place::of(*start_ms, id).unwrap())
            .collect();
        expected.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
        assert_eq!(places, expected);
        let waiting: i64 =
            connection.query_row("SELECT count(*) FROM unindexed", [], |row| row.get(0)).unwrap();
        assert_eq!(waiting, 0);
    }

    #[test]
    fn migrations_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.sqlite");
        drop(open_writer(&path).unwrap());
        let connection = open_writer(&path).unwrap();
        let counters: i64 =
            connection.query_row("SELECT count(*) FROM counter", [], |row| row.get(0)).unwrap();
        assert_eq!(counters, 1);
    }
}
