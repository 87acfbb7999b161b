//! The number that tells the server of this store from all others.
//!
//! Invariant: it is drawn once, at the first start, and is as durable as the store. A snapshot has none, so that the server
//! that goes on from it is not taken for the one that it was taken of: both count their messages on from the same number.

use super::error::StoreError;
use plumbago_alerting::InstanceId;
use rusqlite::Connection;
use std::path::Path;

/// The number of a store that is open to write; one that has none gets it.
///
/// # Errors
/// SQLite fails.
pub(super) fn of(connection: &Connection) -> Result<InstanceId, StoreError> {
    let reading = StoreError::sqlite("reading which server it is");
    // SQLite's random numbers begin with the system's.
    connection
        .execute("INSERT INTO instance SELECT randomblob(16) WHERE NOT EXISTS (SELECT id FROM instance)", [])
        .map_err(&reading)?;
    let id = connection.query_row("SELECT id FROM instance", [], |row| row.get(0)).map_err(&reading)?;
    Ok(InstanceId(id))
}

/// Takes the number out of a copy that nobody has open. What an earlier program made has none.
///
/// # Errors
/// SQLite fails.
pub(super) fn forget(copy: &Path) -> Result<(), StoreError> {
    let forgetting = StoreError::sqlite("making its copy another store");
    let connection = Connection::open(copy).map_err(&forgetting)?;
    // A copy that is cut short is of no use in any case.
    connection.pragma_update(None, "journal_mode", "MEMORY").map_err(&forgetting)?;
    if connection.table_exists(None, "instance").map_err(&forgetting)? {
        connection.execute("DELETE FROM instance", []).map_err(&forgetting)?;
    }
    connection.close().map_err(|(_, cause)| forgetting(cause))
}

#[cfg(test)]
mod tests {
    use super::super::{EventStore, EventsCopy, schema, store::FILE};
    use super::*;

    fn instance(folder: &Path) -> InstanceId {
        EventStore::open(folder, || 0).unwrap().instance()
    }

    #[test]
    fn each_store_has_a_number_of_its_own_for_good() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = instance(one.path());
        assert_eq!(instance(one.path()), first);
        assert_ne!(instance(other.path()), first);
    }

    #[test]
    fn what_goes_on_from_a_snapshot_is_another_server() {
        let (origin, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = instance(origin.path());
        EventsCopy::take(origin.path(), "x").unwrap().place(restored.path()).unwrap();
        let second = instance(restored.path());
        assert_ne!(second, first);
        assert_eq!((instance(restored.path()), instance(origin.path())), (second, first));
        let names = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        assert_eq!((names(origin.path()), names(restored.path())), (1, 1), "nothing is left beside them");
    }

    #[test]
    fn a_file_of_an_earlier_program_gets_one_and_its_copy_none() {
        let (origin, restored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let connection = schema::open_writer(&origin.path().join(FILE)).unwrap();
        connection.execute_batch("DROP TABLE instance; PRAGMA user_version = 3").unwrap();
        connection.execute("INSERT INTO rows VALUES ('alarms/message/1', x'01')", []).unwrap();
        drop(connection);
        EventsCopy::take(origin.path(), "x").unwrap().place(restored.path()).unwrap();
        assert_ne!(instance(origin.path()), instance(restored.path()));
        let store = EventStore::open(origin.path(), || 0).unwrap();
        assert_eq!(store.rows("alarms/").unwrap().len(), 1, "what waits to be sent is still there");
    }
}
