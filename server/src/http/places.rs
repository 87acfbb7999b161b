//! How many queries run at once, how many wait, and what the next one is told.
//!
//! Invariant: whoever finds no place to wait is told at once, without a look at the store; a place is given back only when
//! the work that it was for has ended.

use super::answer::Fault;
use crate::metrics::{Counters, HttpRefusal};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Queries that run at once for each processor, unless the settings say otherwise.
const RUNNING_PER_PROCESSOR: usize = 4;

/// The places of one server.
pub(crate) struct Places {
    running: Arc<Semaphore>,
    counters: Arc<Counters>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its end")] OwnedSemaphorePermit);

impl Places {
    /// So many places; `None`: as the processors allow.
    pub(crate) fn new(running_max: Option<usize>, counters: Arc<Counters>) -> Places {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let count = running_max.unwrap_or(processors * RUNNING_PER_PROCESSOR);
        Places { running: Arc::new(Semaphore::new(count)), counters }
    }

    /// A place that is free.
    ///
    /// # Errors
    /// Status 503: there is none.
    pub(crate) fn take(&self) -> Result<Place, Fault> {
        self.running.clone().try_acquire_owned().map(Place).map_err(|_| self.busy())
    }

    /// A place, waited for no longer than until `deadline`, if no more than `waiting_max` others wait.
    ///
    /// # Errors
    /// Status 503, at once or at the deadline.
    pub(crate) async fn wait(&self, waiting_max: usize, deadline: Instant) -> Result<Place, Fault> {
        if let Ok(place) = self.running.clone().try_acquire_owned() {
            return Ok(Place(place));
        }
        let waiting = usize::try_from(self.counters.queries_waiting.get()).unwrap_or(0);
        if waiting >= waiting_max {
            return Err(self.busy());
        }
        let _waiting = self.counters.queries_waiting.hold();
        match tokio::time::timeout_at(deadline.into(), self.running.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(Place(place)),
            _ => Err(self.busy()),
        }
    }

    fn busy(&self) -> Fault {
        self.counters.http_refusals.count(HttpRefusal::Busy);
        Fault::busy("too many queries are running; try again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::StatusCode;
    use std::time::Duration;

    #[tokio::test]
    async fn those_that_fit_run_some_wait_and_the_next_is_told_at_once() {
        let counters = Arc::new(Counters::default());
        let places = Arc::new(Places::new(Some(1), counters.clone()));
        let deadline = Instant::now() + Duration::from_secs(3600);
        let first = places.wait(1, deadline).await.expect("a place");
        let waiter = places.clone();
        let second = tokio::spawn(async move { waiter.wait(1, deadline).await.is_ok() });
        while counters.queries_waiting.get() == 0 {
            tokio::task::yield_now().await;
        }
        let third = places.wait(1, deadline).await.expect_err("a fault");
        assert_eq!(third.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(third.headers.iter().any(|(name, _)| name == "retry-after"));
        assert!(places.take().is_err());
        drop(first);
        assert!(second.await.expect("no panic"));
        assert_eq!(counters.queries_waiting.get(), 0);
        assert!(places.take().is_ok());
        assert_eq!(counters.http_refusals.get(HttpRefusal::Busy), 2);
    }

    #[tokio::test]
    async fn waiting_ends_at_its_deadline() {
        let places = Places::new(Some(1), Arc::default());
        let _first = places.take().expect("a place");
        assert!(places.wait(9, Instant::now()).await.is_err());
        assert_eq!(places.counters.queries_waiting.get(), 0);
    }
}
