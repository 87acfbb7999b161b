//! What a worker does while there is no room on the disk: it reads nothing from its connections, and tries its last batch
//! again until it is stored.
//!
//! Invariant: at most one batch a worker waits, and nothing of it is counted before it is in the write-ahead log. Waiting
//! holds up no thread, so that connections can end and the server can stop.

use super::ListenerKind;
use super::intake::NotStored;
use super::worker::WorkerState;
use crate::health::RoomWait;
use std::time::Duration;
use tokio::sync::watch;

/// How often the batch is tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// A batch that waits for room, if there is one.
pub(super) struct Stall {
    waiting: watch::Sender<Option<Waiting>>,
}

struct Waiting {
    /// The listener that the batch came in by.
    kind: ListenerKind,
    /// Tells the server's health while it lasts.
    _room: RoomWait,
}

impl Stall {
    /// Nothing waits.
    pub(super) fn none() -> Stall {
        Stall { waiting: watch::Sender::new(None) }
    }

    /// Whether a batch waits.
    pub(super) fn is_on(&self) -> bool {
        self.waiting.borrow().is_some()
    }

    /// The writer holds a batch from this listener that there is no room for.
    pub(super) fn begin(&self, kind: ListenerKind, room: RoomWait) {
        self.waiting.send_replace(Some(Waiting { kind, _room: room }));
    }

    /// Waits until no batch waits.
    pub(super) async fn until_over(&self) {
        // The sender is `self`: it cannot be gone.
        let _ = self.waiting.subscribe().wait_for(Option::is_none).await;
    }

    async fn until_begun(&self) -> Option<ListenerKind> {
        let mut waiting = self.waiting.subscribe();
        let begun = waiting.wait_for(Option::is_some).await.ok()?;
        begun.as_ref().map(|waiting| waiting.kind)
    }
}

/// Stores the batches that wait, for as long as the worker runs.
pub(super) async fn retry(worker: &WorkerState) {
    while let Some(kind) = worker.stall.until_begun().await {
        tokio::time::sleep(RETRY_INTERVAL).await;
        let stored = worker.intake.borrow_mut().commit(kind);
        // What a latch leaves is never stored; the server's health tells those who wait.
        if !matches!(stored, Err(NotStored::NoRoom(_))) {
            worker.stall.waiting.send_replace(None);
        }
    }
    std::future::pending().await
}
