//! The store of events as others see it: open, change, read.
//!
//! Invariant: what was answered is on the disk. One thread writes; each reader has a connection of its own and sees the
//! state of one moment. The rows of state belong to those who write them, and change in the same transaction as the
//! events that go with them.

use super::change::{self, Change, Effect, Numbers};
use super::error::StoreError;
use super::row::StoredEvent;
use super::schema;
use super::writer::{Answer, Job, Request, Trouble, Writer};
use parking_lot::Mutex;
use plumbago_rules::EventChange;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use tokio::sync::{broadcast, oneshot};

/// The file in the data directory.
const FILE: &str = "state.sqlite";

/// Requests that wait for the writer at once; further ones wait to be queued.
const QUEUED_MAX: usize = 4096;

/// Changes that a subscriber may be behind.
const BEHIND_MAX: usize = 4096;

/// Connections for reading that are kept.
const READERS_KEPT_MAX: usize = 8;

/// The events and the state of rules of one server.
pub(crate) struct EventStore {
    path: PathBuf,
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    readers: Mutex<Vec<Connection>>,
    news: broadcast::Sender<Arc<StoredEvent>>,
    trouble: Trouble,
}

impl EventStore {
    /// Opens the store in the data directory, or makes an empty one.
    ///
    /// # Errors
    /// The file cannot be opened, is a newer program's, or there is no thread to be had.
    pub(crate) fn open(data_dir: &Path) -> Result<EventStore, StoreError> {
        let path = data_dir.join(FILE);
        let connection = schema::open_writer(&path)?;
        let (news, _) = broadcast::channel(BEHIND_MAX);
        let trouble = Trouble::default();
        let writer = Writer {
            numbers: Numbers::load(&connection)?,
            connection,
            news: news.clone(),
            trouble: trouble.clone(),
        };
        let (jobs, queue) = sync_channel(QUEUED_MAX);
        let thread = std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(|cause| StoreError::Thread(Arc::new(cause)))?;
        Ok(EventStore {
            path,
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            readers: Mutex::default(),
            news,
            trouble,
        })
    }

    /// Makes what rules want done with events, and sets (or with `None` removes) rows of their state: one transaction,
    /// on the disk when this returns. Doing the same twice is doing it once. Blocks: not for threads of the runtime.
    ///
    /// # Errors
    /// Nothing of it was stored: there is no room, and it may be tried again, or the store failed.
    pub(crate) fn apply(
        &self,
        changes: Vec<EventChange>,
        rows: Vec<(String, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        let request = Request { changes: changes.into_iter().map(Change::Rule).collect(), rows };
        let waiting = self.queue(request);
        waiting.blocking_recv().unwrap_or_else(|_| Err(self.closed())).map(|_effects| ())
    }

    /// Makes changes in one transaction, and answers what became of each once they are on the disk.
    ///
    /// # Errors
    /// Nothing of it was stored: one of the changes is impossible, there is no room, or the store failed.
    pub(crate) async fn change(&self, changes: Vec<Change>) -> Result<Vec<Effect>, StoreError> {
        let waiting = self.queue(Request { changes, rows: Vec::new() });
        waiting.await.unwrap_or_else(|_| Err(self.closed()))
    }

    fn queue(&self, request: Request) -> oneshot::Receiver<Answer> {
        let (reply, waiting) = oneshot::channel();
        let jobs = self.jobs.lock().clone();
        // Where nobody takes it, the reply is dropped, and the one who waits is told so.
        if let Some(jobs) = jobs {
            let _ = jobs.send(Job { request, reply });
        }
        waiting
    }

    /// The rows of state whose keys begin with `prefix`, by key.
    ///
    /// # Errors
    /// SQLite fails.
    pub(crate) fn rows(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.read(|connection| {
            let reading = StoreError::sqlite("reading rows of state");
            let mut statement = connection
                .prepare_cached("SELECT key, value FROM rows WHERE key >= ?1 ORDER BY key")
                .map_err(&reading)?;
            let mut found = statement.query([prefix]).map_err(&reading)?;
            let mut rows = Vec::new();
            while let Some(row) = found.next().map_err(&reading)? {
                let key: String = row.get(0).map_err(&reading)?;
                if !key.starts_with(prefix) {
                    break;
                }
                rows.push((key, row.get(1).map_err(&reading)?));
            }
            Ok(rows)
        })
    }

    /// The event with this number.
    ///
    /// # Errors
    /// SQLite fails.
    pub(crate) fn event(&self, id: u64) -> Result<Option<StoredEvent>, StoreError> {
        self.read(|connection| change::by_id(connection, id))
    }

    /// The event with this key.
    ///
    /// # Errors
    /// SQLite fails.
    pub(crate) fn event_by_key(&self, key: &str) -> Result<Option<StoredEvent>, StoreError> {
        self.read(|connection| change::by_key(connection, key))
    }

    /// Every event that is stored or changed from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<StoredEvent>> {
        self.news.subscribe()
    }

    /// Why nothing can be stored, if that is so.
    pub(crate) fn trouble(&self) -> Option<StoreError> {
        self.trouble.lock().clone()
    }

    /// Stores what is queued and ends the writer; later changes are refused.
    pub(crate) fn close(&self) {
        drop(self.jobs.lock().take());
        if let Some(thread) = self.thread.lock().take() {
            // A panic of the writer has been told to those whose requests it lost.
            let _ = thread.join();
        }
    }

    /// Reads with a connection that nobody else uses meanwhile.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.readers.lock().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => schema::open_reader(&self.path)?,
        };
        let outcome = read(&connection);
        let mut readers = self.readers.lock();
        if readers.len() < READERS_KEPT_MAX {
            readers.push(connection);
        }
        outcome
    }

    fn closed(&self) -> StoreError {
        self.trouble().unwrap_or_else(|| StoreError::Latched(Arc::from("the store of events is closed")))
    }
}

impl Drop for EventStore {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_rules::{Event, Severity, Source, Status};

    fn event(key: &str, start_ms: i64) -> Event {
        Event {
            id: 0,
            key: Some(key.to_owned()),
            kind: "load".to_owned(),
            title: "high load".to_owned(),
            text: String::new(),
            severity: Severity::Warning,
            tags: vec!["host=web1".to_owned()],
            series: Some("hosts.web1.load".to_owned()),
            value: Some(9.5),
            rule: Some("a/b/c".to_owned()),
            start_ms,
            end_ms: None,
            source: Source::Rule,
            status: Status::Open,
            revision: 0,
            parents: Vec::new(),
        }
    }

    #[test]
    fn what_was_applied_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path()).unwrap();
        let change = EventChange::Store(Box::new(event("k", 1_000)));
        store.apply(vec![change], vec![("rules/a".to_owned(), Some(vec![1, 2]))]).unwrap();
        drop(store);
        let store = EventStore::open(folder.path()).unwrap();
        let stored = store.event_by_key("k").unwrap().unwrap();
        assert_eq!(stored.event, Event { id: 1, ..event("k", 1_000) });
        assert_eq!(store.event(1).unwrap(), Some(stored));
        assert_eq!(store.rows("rules/").unwrap(), [("rules/a".to_owned(), vec![1, 2])]);
        assert!(store.rows("rulez").unwrap().is_empty());
    }

    #[test]
    fn the_same_changes_twice_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path()).unwrap();
        let changes = || {
            vec![
                EventChange::Store(Box::new(event("k", 1_000))),
                EventChange::Raise { key: "k".to_owned(), severity: Severity::Critical, value: Some(20.0) },
                EventChange::Close { key: "k".to_owned(), end_ms: 5_000 },
                EventChange::Close { key: "nobody".to_owned(), end_ms: 5_000 },
            ]
        };
        store.apply(changes(), Vec::new()).unwrap();
        let first = store.event_by_key("k").unwrap().unwrap();
        store.apply(changes(), vec![("r".to_owned(), None)]).unwrap();
        let second = store.event_by_key("k").unwrap().unwrap();
        assert_eq!(first, second);
        assert_eq!((second.event.id, second.change, second.event.revision), (1, 3, 2));
        assert_eq!((second.event.status, second.event.end_ms), (Status::Closed, Some(5_000)));
        assert_eq!(second.event.severity, Severity::Critical);
    }

    #[test]
    fn what_was_retracted_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path()).unwrap();
        store.apply(vec![EventChange::Store(Box::new(event("k", 1_000)))], Vec::new()).unwrap();
        store.apply(vec![EventChange::Retract { key: "k".to_owned() }], Vec::new()).unwrap();
        store.apply(vec![EventChange::Close { key: "k".to_owned(), end_ms: 5_000 }], Vec::new()).unwrap();
        let stored = store.event_by_key("k").unwrap().unwrap();
        assert_eq!((stored.event.status, stored.event.end_ms), (Status::Retracted, None));
    }
}
