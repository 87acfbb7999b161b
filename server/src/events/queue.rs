//! What waits for the writer.
//!
//! Invariant: what alarms wait for goes first, and is never refused: those who ask wait for their answer, so that there
//! are few of them. Everything else is bounded.

use super::writer::Job;
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Requests that wait at once, beside the urgent ones.
const QUEUED_MAX: usize = 4096;

/// Most requests of one transaction.
const BATCH_REQUESTS_MAX: usize = 512;

/// Changes after which no further request is added to a transaction.
const BATCH_CHANGES: usize = 512;

/// The requests of all threads.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    has_come: Condvar,
}

#[derive(Default)]
struct Waiting {
    urgent: VecDeque<Job>,
    usual: VecDeque<Job>,
    is_closed: bool,
}

/// What the writer is given.
pub(super) enum Taken {
    /// Requests of one transaction; none where the time is over.
    Batch(Vec<Job>),
    /// There will be no more.
    Closed,
}

impl Queue {
    /// Adds a request that goes before all others; when the queue is closed the request is dropped, and the one who waits
    /// is told so.
    pub(super) fn push_urgent(&self, job: Job) {
        let mut waiting = self.waiting.lock();
        if !waiting.is_closed {
            waiting.urgent.push_back(job);
            self.has_come.notify_one();
        }
    }

    /// Adds a request; false where too many wait.
    pub(super) fn push(&self, job: Job) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.is_closed {
            return true;
        }
        let has_room = waiting.usual.len() < QUEUED_MAX;
        if has_room {
            waiting.usual.push_back(job);
            self.has_come.notify_one();
        }
        has_room
    }

    /// No request is added any more; what waits is still taken.
    pub(super) fn close(&self) {
        self.waiting.lock().is_closed = true;
        self.has_come.notify_all();
    }

    /// Closes, and drops what waits: nobody will take it, and those who wait are told so.
    pub(super) fn abandon(&self) {
        let mut waiting = self.waiting.lock();
        *waiting = Waiting { is_closed: true, ..Waiting::default() };
    }

    /// The requests of the next transaction, waited for up to `patience`: all urgent ones, and others only where
    /// `takes_usual`.
    pub(super) fn take(&self, patience: Duration, takes_usual: bool) -> Taken {
        let until = Instant::now() + patience;
        let mut waiting = self.waiting.lock();
        loop {
            if !waiting.urgent.is_empty() {
                return Taken::Batch(batch(&mut waiting.urgent));
            }
            if takes_usual && !waiting.usual.is_empty() {
                return Taken::Batch(batch(&mut waiting.usual));
            }
            if waiting.is_closed && waiting.usual.is_empty() {
                return Taken::Closed;
            }
            if self.has_come.wait_until(&mut waiting, until).timed_out() {
                return Taken::Batch(Vec::new());
            }
        }
    }
}

fn batch(waiting: &mut VecDeque<Job>) -> Vec<Job> {
    let mut batch = Vec::new();
    let mut changes = 0;
    while batch.len() < BATCH_REQUESTS_MAX
        && changes < BATCH_CHANGES
        && let Some(job) = waiting.pop_front()
    {
        changes += job.request.changes.len();
        batch.push(job);
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::super::writer::Request;
    use super::*;
    use tokio::sync::oneshot;

    fn job(key: &str) -> Job {
        let rows = vec![(key.to_owned(), None)];
        Job { request: Request { rows, ..Request::default() }, reply: oneshot::channel().0 }
    }

    fn keys(taken: Taken) -> Option<Vec<String>> {
        match taken {
            Taken::Batch(jobs) => Some(jobs.into_iter().map(|job| job.request.rows[0].0.clone()).collect()),
            Taken::Closed => None,
        }
    }

    #[test]
    fn what_is_urgent_goes_first_and_everything_is_taken_before_the_end() {
        let queue = Queue::default();
        assert!(queue.push(job("a")) && queue.push(job("b")));
        queue.push_urgent(job("alarm"));
        assert_eq!(keys(queue.take(Duration::ZERO, true)), Some(vec!["alarm".to_owned()]));
        assert_eq!(keys(queue.take(Duration::ZERO, false)), Some(Vec::new()));
        queue.close();
        queue.push_urgent(job("late"));
        assert_eq!(keys(queue.take(Duration::ZERO, true)), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(keys(queue.take(Duration::ZERO, true)), None);
    }

    #[test]
    fn what_is_not_urgent_is_bounded() {
        let queue = Queue::default();
        (0..QUEUED_MAX).for_each(|_| assert!(queue.push(job("a"))));
        assert!(!queue.push(job("b")));
        assert_eq!(keys(queue.take(Duration::ZERO, true)).map(|keys| keys.len()), Some(BATCH_REQUESTS_MAX));
        assert!(queue.push(job("b")));
    }
}
