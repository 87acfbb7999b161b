//! The store of events as others see it: open, change, read.
//!
//! Invariant: what was answered is on the disk. One thread writes; each reader has a connection of its own and sees the
//! state of one moment. The rows of state belong to those who write them, and change in the same transaction as the
//! events that go with them.

use super::change::{self, Change, Effect, Numbers};
use super::copy::EventsCopy;
use super::counters::EventCounters;
use super::error::StoreError;
use super::graphite::{self, GraphiteQuery};
use super::log::{self, LogEntry, LogQuery};
use super::queue::Queue;
use super::row::StoredEvent;
use super::select::{self, Cursor};
use super::writer::{Job, Request, Trouble, Writer};
use super::{instance, retention, row, schema, words};
use crate::health::panic_text;
use parking_lot::Mutex;
use plumbago_alerting::InstanceId;
use plumbago_rules::{EventChange, Search};
use rusqlite::Connection;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{broadcast, oneshot};

/// The file in the data directory.
pub(super) const FILE: &str = "state.sqlite";

/// Changes that a subscriber may be behind.
const BEHIND_MAX: usize = 4096;

/// Connections for reading that are kept.
const READERS_KEPT_MAX: usize = 8;

/// SQLite's steps between two looks at how many a read has taken.
const STEPS_AT_ONCE: i32 = 10_000;

/// Looks after which a read is given up: some ten seconds.
const LOOKS_MAX: u64 = 20_000;

/// The events and the state of rules of one server.
pub(crate) struct EventStore {
    path: PathBuf,
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
    readers: Mutex<Vec<Connection>>,
    news: broadcast::Sender<Arc<StoredEvent>>,
    trouble: Trouble,
    counters: Arc<EventCounters>,
    instance: InstanceId,
}

impl EventStore {
    /// Opens the store in the data directory, or makes an empty one. `now` tells the seconds since the epoch from which
    /// retention is counted.
    ///
    /// # Errors
    /// The file cannot be opened, is a newer program's, or there is no thread to be had.
    pub(crate) fn open(
        data_dir: &Path,
        now: impl Fn() -> i64 + Send + 'static,
    ) -> Result<EventStore, StoreError> {
        let path = data_dir.join(FILE);
        let connection = schema::open_writer(&path)?;
        let (news, _) = broadcast::channel(BEHIND_MAX);
        let trouble = Trouble::default();
        let counters = Arc::new(EventCounters::default());
        let instance = instance::of(&connection)?;
        let kept = retention::count(&connection)?;
        counters.kept.set(row::signed(kept));
        let writer = Writer {
            numbers: Numbers::load(&connection)?,
            counters: counters.clone(),
            now: Box::new(now),
            kept,
            unindexed: words::waiting(&connection)?,
            connection,
            news: news.clone(),
            trouble: trouble.clone(),
        };
        let queue = Arc::new(Queue::default());
        let jobs = queue.clone();
        let thread = std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || write(writer, &jobs))
            .map_err(|cause| StoreError::Thread(Arc::new(cause)))?;
        Ok(EventStore {
            path,
            queue,
            thread: Mutex::new(Some(thread)),
            readers: Mutex::default(),
            news,
            trouble,
            counters,
            instance,
        })
    }

    /// Makes what rules and alarms want done with events, sets (or with `None` removes) rows of their state, and adds to
    /// the log of notifications: one transaction, on the disk when this returns, and before whatever else waits. Doing the
    /// same changes and rows twice is doing them once. Blocks: not for threads of the runtime.
    ///
    /// # Errors
    /// Nothing of it was stored: there is no room, and it may be tried again, or the store failed.
    pub(crate) fn apply(
        &self,
        changes: Vec<EventChange>,
        rows: Vec<(String, Option<Vec<u8>>)>,
        log: Vec<LogEntry>,
    ) -> Result<(), StoreError> {
        let request = Request { changes: changes.into_iter().map(Change::Rule).collect(), rows, log };
        let (reply, waiting) = oneshot::channel();
        // Where nobody takes it, the reply is dropped, and the one who waits is told so.
        self.queue.push_urgent(Job { request, reply });
        waiting.blocking_recv().unwrap_or_else(|_| Err(self.closed())).map(|_effects| ())
    }

    /// Makes changes in one transaction, and answers what became of each once they are on the disk.
    ///
    /// # Errors
    /// Nothing of it was stored: one of the changes is impossible, there is no room, too much is waiting to be stored, or
    /// the store failed.
    pub(crate) async fn change(&self, changes: Vec<Change>) -> Result<Vec<Effect>, StoreError> {
        let (reply, waiting) = oneshot::channel();
        if !self.queue.push(Job { request: Request { changes, ..Request::default() }, reply }) {
            return Err(StoreError::Busy);
        }
        waiting.await.unwrap_or_else(|_| Err(self.closed()))
    }

    /// The newest events of a search, from `after` on, at most `count`.
    ///
    /// # Errors
    /// SQLite fails, or reading takes too long.
    pub(crate) fn page(
        &self,
        search: &Search,
        after: Option<Cursor>,
        count: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|connection| select::page(connection, search, after, count))
    }

    /// What changed after the change with this number, in the order of changes, at most `count` events; each as it is now.
    ///
    /// # Errors
    /// SQLite fails.
    pub(crate) fn changed_after(&self, change: u64, count: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|connection| select::after(connection, select::Order::Change, change, count))
    }

    /// The events with greater ids than this one, in the order of ids, at most `count`.
    ///
    /// # Errors
    /// SQLite fails.
    pub(crate) fn stored_after(&self, id: u64, count: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|connection| select::after(connection, select::Order::Id, id, count))
    }

    /// The events that Graphite asks for, oldest first.
    ///
    /// # Errors
    /// There are more than `most`, SQLite fails, or reading takes too long.
    pub(crate) fn graphite(
        &self,
        query: &GraphiteQuery,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|connection| graphite::find(connection, query, most))
    }

    /// Shows `visit` when each of the events that Graphite asks for began, in milliseconds since the epoch.
    ///
    /// # Errors
    /// SQLite fails, or reading takes too long.
    pub(crate) fn visit_starts(
        &self,
        query: &GraphiteQuery,
        visit: &mut dyn FnMut(i64),
    ) -> Result<(), StoreError> {
        self.read(|connection| graphite::visit_starts(connection, query, visit))
    }

    /// The newest entries of the log of notifications that are asked for, at most `count`, each with its number.
    ///
    /// # Errors
    /// SQLite fails, or reading takes too long.
    pub(crate) fn notifications(
        &self,
        query: &LogQuery,
        count: usize,
    ) -> Result<Vec<(u64, LogEntry)>, StoreError> {
        self.read(|connection| log::page(connection, query, count))
    }

    /// Which server this is, among all that there are.
    pub(crate) fn instance(&self) -> InstanceId {
        self.instance
    }

    /// What was counted.
    pub(crate) fn counters(&self) -> &Arc<EventCounters> {
        &self.counters
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

    /// Copies the store for a snapshot.
    ///
    /// # Errors
    /// It cannot be read, or there is no room.
    pub(crate) fn copy(&self, label: &str) -> Result<EventsCopy, StoreError> {
        EventsCopy::take(self.data_dir(), label)
    }

    /// The folder that the store is in.
    pub(crate) fn data_dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
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
        self.queue.close();
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
        let mut connection = match kept {
            Some(connection) => connection,
            None => schema::open_reader(&self.path)?,
        };
        let looks = AtomicU64::new(0);
        let is_over = move || looks.fetch_add(1, Ordering::Relaxed) >= LOOKS_MAX;
        connection
            .progress_handler(STEPS_AT_ONCE, Some(is_over))
            .map_err(StoreError::sqlite("beginning to read"))?;
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

/// Runs the writer; a panic of it closes the store for changes, and says so.
fn write(writer: Writer, queue: &Queue) {
    let trouble = writer.trouble.clone();
    let Err(payload) = std::panic::catch_unwind(AssertUnwindSafe(|| writer.run(queue))) else {
        return;
    };
    let error = StoreError::Latched(Arc::from(format!("its writer panicked: {}", panic_text(&*payload))));
    tracing::error!("{error}");
    *trouble.lock() = Some(error);
    queue.abandon();
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

    fn by_key(store: &EventStore, key: &str) -> StoredEvent {
        store.read(|connection| change::by_key(connection, key)).unwrap().unwrap()
    }

    #[test]
    fn what_was_applied_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path(), || 0).unwrap();
        let change = EventChange::Store(Box::new(event("k", 1_000)));
        store.apply(vec![change], vec![("rules/a".to_owned(), Some(vec![1, 2]))], Vec::new()).unwrap();
        drop(store);
        let store = EventStore::open(folder.path(), || 0).unwrap();
        let stored = by_key(&store, "k");
        assert_eq!(stored.event, Event { id: 1, ..event("k", 1_000) });
        assert_eq!(store.event(1).unwrap(), Some(stored));
        assert_eq!(store.rows("rules/").unwrap(), [("rules/a".to_owned(), vec![1, 2])]);
        assert!(store.rows("rulez").unwrap().is_empty());
    }

    #[test]
    fn the_same_changes_twice_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path(), || 0).unwrap();
        let changes = || {
            vec![
                EventChange::Store(Box::new(event("k", 1_000))),
                EventChange::Raise { key: "k".to_owned(), severity: Severity::Critical, value: Some(20.0) },
                EventChange::Close { key: "k".to_owned(), end_ms: 5_000 },
                EventChange::Close { key: "nobody".to_owned(), end_ms: 5_000 },
            ]
        };
        store.apply(changes(), Vec::new(), Vec::new()).unwrap();
        let first = by_key(&store, "k");
        store.apply(changes(), vec![("r".to_owned(), None)], Vec::new()).unwrap();
        let second = by_key(&store, "k");
        assert_eq!(first, second);
        assert_eq!((second.event.id, second.change, second.event.revision), (1, 3, 2));
        assert_eq!((second.event.status, second.event.end_ms), (Status::Closed, Some(5_000)));
        assert_eq!(second.event.severity, Severity::Critical);
    }

    #[test]
    fn what_was_retracted_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path(), || 0).unwrap();
        store.apply(vec![EventChange::Store(Box::new(event("k", 1_000)))], Vec::new(), Vec::new()).unwrap();
        store.apply(vec![EventChange::Retract { key: "k".to_owned() }], Vec::new(), Vec::new()).unwrap();
        store
            .apply(vec![EventChange::Close { key: "k".to_owned(), end_ms: 5_000 }], Vec::new(), Vec::new())
            .unwrap();
        let stored = by_key(&store, "k");
        assert_eq!((stored.event.status, stored.event.end_ms), (Status::Retracted, None));
    }
}
