//! The log of notifications: what was decided about each message, and every attempt to send it.
//!
//! Invariant: an entry is in the same transaction as what it tells of, and never changed; the oldest ones go when they are
//! too many or too old.

use super::change::run;
use super::error::StoreError;
use super::row::signed;
use plumbago_protocol::limits::{NOTIFICATION_RETENTION_SECONDS, NOTIFICATIONS_KEPT_MAX};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

/// Entries that one sweep takes at most.
const SWEPT_MAX: i64 = 2000;

/// One entry of the log, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// When it happened, in milliseconds since the epoch.
    pub(crate) at_ms: i64,
    /// What happened, in one word: `queued`, `sent`, `failed`, …
    pub(crate) what: String,
    /// To which message, where there is one.
    pub(crate) message: Option<u64>,
    /// Whom the message is for.
    pub(crate) receiver: String,
    /// Position of the integration among the receiver's.
    pub(crate) integration: u64,
    /// The group.
    pub(crate) group_key: String,
    /// Everything else, as JSON.
    pub(crate) detail: String,
    /// The alarms that it names.
    pub(crate) fingerprints: Vec<u64>,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogQuery {
    /// Only those before this number.
    pub(crate) before: Option<u64>,
    /// Only of this receiver.
    pub(crate) receiver: Option<String>,
    /// Only those that tell of this.
    pub(crate) what: Option<String>,
    /// Only about this message.
    pub(crate) message: Option<u64>,
    /// Only of messages in which this alarm is named.
    pub(crate) fingerprint: Option<u64>,
    /// Only of this group.
    pub(crate) group_key: Option<String>,
}

/// Writes entries.
///
/// # Errors
/// SQLite fails.
pub(super) fn write(connection: &Connection, entries: &[LogEntry]) -> Result<(), StoreError> {
    for entry in entries {
        run(
            connection,
            "INSERT INTO notifications (at_ms, what, message, receiver, integration, group_key, detail) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                entry.at_ms,
                entry.what,
                entry.message.map(signed),
                entry.receiver,
                signed(entry.integration),
                entry.group_key,
                entry.detail,
            ],
        )?;
        let id = connection.last_insert_rowid();
        for fingerprint in &entry.fingerprints {
            let values = params![fingerprint.cast_signed(), id];
            run(
                connection,
                "INSERT OR IGNORE INTO notified (fingerprint, notification) VALUES (?1, ?2)",
                values,
            )?;
        }
    }
    Ok(())
}

/// The newest entries that are asked for, at most `count`, each with its number.
///
/// # Errors
/// SQLite fails.
pub(super) fn page(
    connection: &Connection,
    query: &LogQuery,
    count: usize,
) -> Result<Vec<(u64, LogEntry)>, StoreError> {
    let mut text =
        "SELECT n.id, n.at_ms, n.what, n.message, n.receiver, n.integration, n.group_key, n.detail \
                    FROM notifications n WHERE 1"
            .to_owned();
    let mut values: Vec<Value> = Vec::new();
    let mut add = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            text.push_str(condition);
            values.push(value);
        }
    };
    add(" AND n.id < ?", query.before.map(|before| signed(before).into()));
    add(" AND n.receiver = ?", query.receiver.clone().map(Value::from));
    add(" AND n.what = ?", query.what.clone().map(Value::from));
    add(" AND n.message = ?", query.message.map(|message| signed(message).into()));
    add(" AND n.group_key = ?", query.group_key.clone().map(Value::from));
    // What happens to a message later names no alarms: the entries of messages that named this one count.
    if let Some(fingerprint) = query.fingerprint {
        let place = values.len() + 1;
        text.push_str(&format!(
            " AND (n.id IN (SELECT notification FROM notified WHERE fingerprint = ?{place}) OR n.message IN \
             (SELECT m.message FROM notified d JOIN notifications m ON m.id = d.notification \
             WHERE d.fingerprint = ?{place}))"
        ));
        values.push(fingerprint.cast_signed().into());
    }
    text.push_str(&format!(" ORDER BY n.id DESC LIMIT {count}"));
    let reading = StoreError::sqlite("reading the log of notifications");
    let mut statement = connection.prepare_cached(&text).map_err(&reading)?;
    let mut rows = statement.query(params_from_iter(&values)).map_err(&reading)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(&reading)? {
        let number =
            |column: usize| row.get::<_, i64>(column).map(|number| u64::try_from(number).unwrap_or(0));
        let entry = LogEntry {
            at_ms: row.get(1).map_err(&reading)?,
            what: row.get(2).map_err(&reading)?,
            message: row.get::<_, Option<i64>>(3).map_err(&reading)?.and_then(|id| u64::try_from(id).ok()),
            receiver: row.get(4).map_err(&reading)?,
            integration: number(5).map_err(&reading)?,
            group_key: row.get(6).map_err(&reading)?,
            detail: row.get(7).map_err(&reading)?,
            fingerprints: Vec::new(),
        };
        found.push((number(0).map_err(&reading)?, entry));
    }
    for (id, entry) in &mut found {
        entry.fingerprints = fingerprints(connection, *id)?;
    }
    Ok(found)
}

fn fingerprints(connection: &Connection, entry: u64) -> Result<Vec<u64>, StoreError> {
    let reading = StoreError::sqlite("reading the log of notifications");
    let query = "SELECT fingerprint FROM notified WHERE notification = ?1 ORDER BY fingerprint";
    let mut statement = connection.prepare_cached(query).map_err(&reading)?;
    let rows = statement.query_map([signed(entry)], |row| row.get::<_, i64>(0)).map_err(&reading)?;
    rows.map(|fingerprint| fingerprint.map(i64::cast_unsigned)).collect::<Result<_, _>>().map_err(&reading)
}

/// Removes entries that are too old at `now` seconds since the epoch, or too many, and says how many those were.
///
/// # Errors
/// SQLite fails.
pub(super) fn sweep(connection: &Connection, now: i64) -> Result<u64, StoreError> {
    let sweeping = StoreError::sqlite("removing old entries of the log of notifications");
    let last: Option<i64> = connection
        .query_row("SELECT id FROM notifications ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
        .optional()
        .map_err(&sweeping)?;
    let surplus_until = last.unwrap_or(0).saturating_sub(NOTIFICATIONS_KEPT_MAX);
    let oldest_ms = now.saturating_sub(NOTIFICATION_RETENTION_SECONDS).saturating_mul(1000);
    let first: Option<i64> = connection
        .query_row("SELECT id FROM notifications ORDER BY id LIMIT 1", [], |row| row.get(0))
        .optional()
        .map_err(&sweeping)?;
    let Some(first) = first else { return Ok(0) };
    let end = first.saturating_add(SWEPT_MAX);
    let old = "SELECT id FROM notifications WHERE id < ?1 AND (id <= ?2 OR at_ms < ?3)";
    let values = params![end, surplus_until, oldest_ms];
    run(connection, &format!("DELETE FROM notified WHERE notification IN ({old})"), values)?;
    let swept = run(
        connection,
        "DELETE FROM notifications WHERE id < ?1 AND (id <= ?2 OR at_ms < ?3)",
        params![end, surplus_until, oldest_ms],
    )?;
    Ok(u64::try_from(swept).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::EventStore;
    use super::*;

    fn entry(what: &str, message: u64, receiver: &str, fingerprints: &[u64]) -> LogEntry {
        LogEntry {
            at_ms: 1_000,
            what: what.to_owned(),
            message: Some(message),
            receiver: receiver.to_owned(),
            integration: 0,
            group_key: format!("{{}}:{receiver}"),
            detail: "{}".to_owned(),
            fingerprints: fingerprints.to_vec(),
        }
    }

    fn store(now: i64) -> (tempfile::TempDir, EventStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path(), move || now).unwrap();
        (folder, store)
    }

    #[test]
    fn entries_are_found_by_what_they_tell_of() {
        let (_folder, store) = store(1);
        let entries = vec![
            entry("queued", 1, "ops", &[u64::MAX, 7]),
            entry("queued", 2, "dev", &[7]),
            entry("sent", 1, "ops", &[]),
        ];
        store.apply(Vec::new(), Vec::new(), entries.clone()).unwrap();
        let found = |query: LogQuery| {
            let page = store.notifications(&query, 10).unwrap();
            page.into_iter().map(|(id, entry)| (id, entry.what, entry.receiver)).collect::<Vec<_>>()
        };
        let named = |id: u64, what: &str, receiver: &str| (id, what.to_owned(), receiver.to_owned());
        let all = [named(3, "sent", "ops"), named(2, "queued", "dev"), named(1, "queued", "ops")];
        assert_eq!(found(LogQuery::default()), all);
        assert_eq!(found(LogQuery { before: Some(2), ..LogQuery::default() }), all[2..]);
        assert_eq!(found(LogQuery { what: Some("sent".to_owned()), ..LogQuery::default() }), all[..1]);
        let of_one = LogQuery { fingerprint: Some(u64::MAX), ..LogQuery::default() };
        assert_eq!(found(of_one), [all[0].clone(), all[2].clone()], "what became of its message, too");
        let of_both =
            LogQuery { fingerprint: Some(7), receiver: Some("dev".to_owned()), ..LogQuery::default() };
        assert_eq!(found(of_both), all[1..2]);
        let page = store.notifications(&LogQuery { message: Some(2), ..LogQuery::default() }, 10).unwrap();
        assert_eq!(page, [(2, entries[1].clone())]);
    }

    #[test]
    fn old_entries_go_and_those_that_tell_of_their_alarms_with_them() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE notifications (id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms, what, message, receiver, \
                 integration, group_key, detail); CREATE TABLE notified (fingerprint, notification);",
            )
            .unwrap();
        let young =
            LogEntry { at_ms: 2_000 + NOTIFICATION_RETENTION_SECONDS * 1000, ..entry("b", 2, "ops", &[8]) };
        write(&connection, &[entry("a", 1, "ops", &[7]), young]).unwrap();
        assert_eq!(sweep(&connection, NOTIFICATION_RETENTION_SECONDS + 2).unwrap(), 1);
        assert_eq!(sweep(&connection, NOTIFICATION_RETENTION_SECONDS + 2).unwrap(), 0);
        let left: Vec<(u64, LogEntry)> = page(&connection, &LogQuery::default(), 10).unwrap();
        assert_eq!(
            left.iter().map(|(id, entry)| (*id, entry.fingerprints.clone())).collect::<Vec<_>>(),
            [(2, vec![8])]
        );
    }
}
