//! The one thread that changes the file: many requests, one transaction, one fsync.
//!
//! Invariant: a request is answered after its transaction is on the disk, and it is in there whole or not at all. When
//! there is no room, requests are refused until there is; after any other failure to write none is taken any more.

use super::change::{self, Change, Effect, Numbers};
use super::error::StoreError;
use super::row::StoredEvent;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::{broadcast, oneshot};

/// Most requests of one transaction.
const BATCH_REQUESTS_MAX: usize = 512;

/// How long to wait before trying again whether there is room.
const FULL_RETRY_WAIT: Duration = Duration::from_secs(1);

/// What is to be stored together.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// Changes to events, in order.
    pub(super) changes: Vec<Change>,
    /// Rows of state, `None` to remove one.
    pub(super) rows: Vec<(String, Option<Vec<u8>>)>,
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
}

impl Writer {
    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = match jobs.recv_timeout(FULL_RETRY_WAIT) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.probe();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let more = std::iter::from_fn(|| jobs.try_recv().ok()).take(BATCH_REQUESTS_MAX - 1);
            let batch: Vec<Job> = std::iter::once(job).chain(more).collect();
            self.work(batch);
        }
    }

    /// Tries whether there is room again.
    fn probe(&mut self) {
        if matches!(&*self.trouble.lock(), Some(StoreError::Full(_))) {
            self.work(Vec::new());
        }
    }

    fn work(&mut self, batch: Vec<Job>) {
        if let Some(error @ StoreError::Latched(_)) = &*self.trouble.lock() {
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
                let error = match error {
                    StoreError::Full(_) => error,
                    other => StoreError::Latched(Arc::from(other.to_string())),
                };
                self.note(Some(error.clone()));
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
        let committing = StoreError::sqlite("committing");
        let transaction = self.connection.transaction().map_err(&committing)?;
        // An empty batch must still find out whether there is room.
        transaction.execute("UPDATE counter SET last = last", []).map_err(&committing)?;
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            transaction.execute_batch("SAVEPOINT request").map_err(&committing)?;
            let before = numbers;
            let answer = make(&transaction, &mut numbers, request);
            match &answer {
                Ok(_) => transaction.execute_batch("RELEASE request").map_err(&committing)?,
                Err(error) if error.is_callers() => {
                    numbers = before;
                    transaction.execute_batch("ROLLBACK TO request; RELEASE request").map_err(&committing)?;
                }
                Err(error) => return Err(error.clone()),
            }
            answers.push(answer);
        }
        numbers.save(&transaction)?;
        transaction.commit().map_err(&committing)?;
        self.numbers = numbers;
        Ok(answers)
    }

    fn tell(&self, answers: &[Answer]) {
        let effects = answers.iter().flatten().flatten();
        for stored in effects.filter_map(Effect::news) {
            // Without a subscriber there is nobody to tell.
            let _ = self.news.send(Arc::new(stored.clone()));
        }
    }
}

fn make(connection: &Connection, numbers: &mut Numbers, request: Request) -> Answer {
    let changes = request.changes.into_iter();
    let effects =
        changes.map(|change| change::make(connection, numbers, change)).collect::<Result<_, _>>()?;
    for (key, value) in &request.rows {
        change::set_row(connection, key, value.as_deref())?;
    }
    Ok(effects)
}
