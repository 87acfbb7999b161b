//! The one thread that changes the file: many requests, one transaction, one fsync.
//!
//! Invariant: a request is answered after its transaction is on the disk, and it is in there whole or not at all. When
//! there is no room, requests are refused until there is; after any other failure to write none is taken any more. Words
//! are indexed and old things removed between requests, in pieces of a few milliseconds.

use super::change::{self, Change, Effect, Numbers};
use super::counters::EventCounters;
use super::error::StoreError;
use super::log::{self, LogEntry};
use super::queue::{Queue, Taken};
use super::retention;
use super::row::StoredEvent;
use super::words;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{broadcast, oneshot};

/// Events without an index of their words at which only urgent requests are taken until there are fewer: searches for
/// words ask each of them.
const UNINDEXED_MAX: u64 = 1500;

/// How long to wait before trying again whether there is room.
const FULL_RETRY_WAIT: Duration = Duration::from_secs(1);

/// How long after a sweep that found nothing more the next one begins.
const SWEEP_WAIT: Duration = Duration::from_secs(10);

/// Seconds since the epoch, for retention.
pub(super) type Now = Box<dyn Fn() -> i64 + Send>;

/// What is to be stored together.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Changes to events, in order.
    pub(super) changes: Vec<Change>,
    /// Rows of state, `None` to remove one.
    pub(super) rows: Vec<(String, Option<Vec<u8>>)>,
    /// Entries for the log of notifications.
    pub(super) log: Vec<LogEntry>,
}

/// The effects of a request's changes, one each.
pub(super) type Answer = Result<Vec<Effect>, StoreError>;

/// A request and where its answer goes.
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) reply: oneshot::Sender<Answer>,
}

/// Why nothing can be stored, shared with those who ask.
pub(super) type Trouble = Arc<Mutex<Option<StoreError>>>;

/// The thread's own.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) numbers: Numbers,
    pub(super) news: broadcast::Sender<Arc<StoredEvent>>,
    pub(super) trouble: Trouble,
    pub(super) counters: Arc<EventCounters>,
    pub(super) now: Now,
    /// Events in the store.
    pub(super) kept: u64,
    /// Those of them whose words are not indexed yet.
    pub(super) unindexed: u64,
}

impl Writer {
    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, queue: &Queue) {
        let mut next_sweep = Instant::now();
        loop {
            let is_well = self.trouble.lock().is_none();
            let indexes = is_well && self.unindexed > 0;
            let patience = if indexes { Duration::ZERO } else { FULL_RETRY_WAIT };
            match queue.take(patience, !(indexes && self.unindexed >= UNINDEXED_MAX)) {
                Taken::Batch(batch) if !batch.is_empty() => self.work(batch),
                Taken::Batch(_) if indexes => self.index(),
                Taken::Batch(_) => self.probe(),
                Taken::Closed => return,
            }
            if Instant::now() >= next_sweep && self.trouble.lock().is_none() {
                let is_finished = self.sweep();
                next_sweep = Instant::now() + if is_finished { SWEEP_WAIT } else { Duration::ZERO };
            }
        }
    }

    /// Indexes the words of a few events. If that is lost in a crash it is done again: it need not be on the disk.
    fn index(&mut self) {
        let indexed = self.durability("NORMAL").and_then(|()| {
            let indexed = self.in_transaction(words::index_piece);
            self.durability("FULL").and(indexed)
        });
        match indexed {
            Ok(indexed) => self.unindexed = self.unindexed.saturating_sub(indexed),
            Err(error) => drop(self.fail(error)),
        }
    }

    fn durability(&self, synchronous: &str) -> Result<(), StoreError> {
        let setting = self.connection.pragma_update(None, "synchronous", synchronous);
        setting.map_err(StoreError::sqlite("setting its durability"))
    }

    /// Removes what is too old; false where more of it is left.
    fn sweep(&mut self) -> bool {
        let (now, kept) = ((self.now)(), self.kept);
        let swept = self.in_transaction(|connection| {
            log::sweep(connection, now)?;
            Ok((retention::sweep(connection, now, kept)?, words::waiting(connection)?))
        });
        match swept {
            Ok((swept, unindexed)) => {
                self.unindexed = unindexed;
                self.counters.expired.add(swept);
                self.keep(self.kept.saturating_sub(swept));
                swept < retention::SWEPT_MAX
            }
            Err(error) => {
                self.fail(error);
                true
            }
        }
    }

    fn in_transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let committing = StoreError::sqlite("committing");
        let transaction = self.connection.transaction().map_err(&committing)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(&committing)?;
        Ok(result)
    }

    fn keep(&mut self, kept: u64) {
        self.kept = kept;
        self.counters.kept.set(super::row::signed(kept));
    }

    /// Notes why nothing can be stored: for want of room, or for good.
    fn fail(&self, error: StoreError) -> StoreError {
        let error = match error {
            StoreError::Full(_) => error,
            other => StoreError::Latched(Arc::from(other.to_string())),
        };
        self.note(Some(error.clone()));
        error
    }

    /// Tries whether there is room again.
    fn probe(&mut self) {
        let is_full = matches!(&*self.trouble.lock(), Some(StoreError::Full(_)));
        if is_full {
            self.work(Vec::new());
        }
    }

    fn work(&mut self, batch: Vec<Job>) {
        let trouble = self.trouble.lock().clone();
        if let Some(error @ StoreError::Latched(_)) = trouble {
            for job in batch {
                // Nobody waits any more: there is nobody to tell.
                let _ = job.reply.send(Err(error.clone()));
            }
            return;
        }
        let (requests, replies): (Vec<Request>, Vec<_>) =
            batch.into_iter().map(|job| (job.request, job.reply)).unzip();
        match self.transact(requests) {
            Ok(answers) => {
                self.note(None);
                self.tell(&answers);
                for (reply, answer) in replies.into_iter().zip(answers) {
                    let _ = reply.send(answer);
                }
            }
            Err(error) => {
                let error = self.fail(error);
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn note(&self, trouble: Option<StoreError>) {
        let mut known = self.trouble.lock();
        match (&*known, &trouble) {
            (None, Some(error)) => tracing::error!("{error}"),
            (Some(_), None) => tracing::info!("events can be stored again"),
            _ => {}
        }
        *known = trouble;
    }

    /// Makes all changes in one transaction; those of a request that is refused for its own sake are undone alone.
    fn transact(&mut self, requests: Vec<Request>) -> Result<Vec<Answer>, StoreError> {
        let mut numbers = self.numbers;
        let answers = self.in_transaction(|connection| {
            // An empty batch must still find out whether there is room.
            run(connection, "UPDATE counter SET last = last")?;
            let answers: Vec<Answer> = requests
                .into_iter()
                .map(|request| alone(connection, &mut numbers, request))
                .collect::<Result<_, _>>()?;
            numbers.save(connection)?;
            Ok((answers, words::waiting(connection)?))
        })?;
        let (answers, unindexed) = answers;
        (self.numbers, self.unindexed) = (numbers, unindexed);
        Ok(answers)
    }

    /// Counts what was done, and tells the subscribers.
    fn tell(&mut self, answers: &[Answer]) {
        let mut kept = self.kept;
        for effect in answers.iter().flatten().flatten() {
            match effect {
                Effect::Stored(stored) => {
                    self.counters.stored(stored.event.source).increment();
                    kept = kept.saturating_add(1);
                }
                Effect::Changed(_) => self.counters.changed.increment(),
                Effect::Existing(_) => self.counters.repeated.increment(),
                Effect::Nothing => {}
            }
            if let Some(stored) = effect.news()
                && self.news.receiver_count() > 0
            {
                // The last one may have left in between.
                let _ = self.news.send(Arc::new(stored.clone()));
            }
        }
        self.counters.commits.increment();
        self.keep(kept);
    }
}

/// Makes the changes of one request, or none of them where it is refused for its own sake.
///
/// # Errors
/// The whole transaction cannot be.
fn alone(connection: &Connection, numbers: &mut Numbers, request: Request) -> Result<Answer, StoreError> {
    run(connection, "SAVEPOINT request")?;
    let before = *numbers;
    match make(connection, numbers, request) {
        Ok(effects) => {
            run(connection, "RELEASE request")?;
            Ok(Ok(effects))
        }
        Err(error) if error.is_callers() => {
            *numbers = before;
            run(connection, "ROLLBACK TO request")?;
            run(connection, "RELEASE request")?;
            Ok(Err(error))
        }
        Err(error) => Err(error),
    }
}

fn run(connection: &Connection, statement: &str) -> Result<(), StoreError> {
    let writing = StoreError::sqlite("writing");
    connection.prepare_cached(statement).map_err(&writing)?.execute([]).map_err(&writing)?;
    Ok(())
}

fn make(connection: &Connection, numbers: &mut Numbers, request: Request) -> Answer {
    let changes = request.changes.into_iter();
    let effects =
        changes.map(|change| change::make(connection, numbers, change)).collect::<Result<_, _>>()?;
    for (key, value) in &request.rows {
        change::set_row(connection, key, value.as_deref())?;
    }
    log::write(connection, &request.log)?;
    Ok(effects)
}
