//! Whether the server may take points, and why not.
//!
//! A full disk is not final: while points wait for room the server is not ready, and afterwards it is again.
//!
//! One watch channel carries the state, so that listeners, workers and `/readyz` see the same facts and can wait for
//! them to change. A latch is final: after a failed write or a panic nothing makes the server ready again. Nothing
//! is stopped here; those who read the state stop themselves.

use std::sync::Arc;
use tokio::sync::watch;

/// What is known about one server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    ready: bool,
    stopping: bool,
    latch: Option<Arc<str>>,
    /// How many writers wait for room on the disk, and why the first of them does.
    room_waits: usize,
    room_reason: Option<Arc<str>>,
}

/// Why points are no longer taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntakeEnd {
    /// A stop was asked for: what was sent is stored first.
    Drain,
    /// A write failed or a thread panicked: nothing more is stored.
    Latch,
}

/// The state of one server, shared by all of its threads.
#[derive(Debug)]
pub(crate) struct Health {
    state: watch::Sender<State>,
}

/// A writer that waits for room on the disk, for as long as this lives.
#[derive(Debug)]
pub(crate) struct RoomWait {
    health: Arc<Health>,
}

/// One reader's view of the state, with which it waits for a change.
#[derive(Debug, Clone)]
pub(crate) struct HealthWatch {
    state: watch::Receiver<State>,
}

impl Health {
    /// Health of a server that is starting.
    pub(crate) fn new() -> Arc<Health> {
        Arc::new(Health { state: watch::Sender::new(State::default()) })
    }

    /// A view that sees every later change.
    pub(crate) fn watch(&self) -> HealthWatch {
        HealthWatch { state: self.state.subscribe() }
    }

    /// True once a write failed or a thread panicked.
    pub(crate) fn is_latched(&self) -> bool {
        self.state.borrow().latch.is_some()
    }

    /// Starting ends: points are taken from now on.
    pub(crate) fn set_ready(&self) {
        self.state.send_modify(|state| state.ready = true);
    }

    /// A stop was asked for.
    pub(crate) fn set_stopping(&self) {
        self.state.send_modify(|state| state.stopping = true);
    }

    /// True once a stop was asked for.
    pub(crate) fn is_stopping(&self) -> bool {
        self.state.borrow().stopping
    }

    /// Stops taking points for good. The first reason is kept as the cause; every one is logged.
    pub(crate) fn latch(&self, reason: &str) {
        tracing::error!("no more points are taken: {reason}");
        self.state.send_if_modified(|state| {
            let first = state.latch.is_none();
            if first {
                state.latch = Some(Arc::from(reason));
            }
            first
        });
    }

    /// A writer begins to wait for room on the disk.
    pub(crate) fn wait_for_room(self: &Arc<Health>, reason: &str) -> RoomWait {
        self.state.send_modify(|state| {
            if state.room_waits == 0 {
                tracing::warn!("the disk is full, points wait: {reason}");
                state.room_reason = Some(Arc::from(reason));
            }
            state.room_waits += 1;
        });
        RoomWait { health: self.clone() }
    }

    /// True while points wait for room on the disk.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.state.borrow().room_waits > 0
    }

    /// Why points are no longer taken, if a failure is the reason.
    pub(crate) fn latch_reason(&self) -> Option<Arc<str>> {
        self.state.borrow().latch.clone()
    }

    /// `Ok` once data can be written and read; else one line that says why not.
    pub(crate) fn readiness(&self) -> Result<(), String> {
        let state = self.state.borrow();
        if let Some(reason) = &state.latch {
            return Err(format!("latched, no points are taken until a restart: {reason}"));
        }
        if state.stopping {
            return Err("stopping: what was received is being stored".to_owned());
        }
        if !state.ready {
            return Err("starting: the store is being opened".to_owned());
        }
        if let Some(reason) = &state.room_reason {
            return Err(format!("the disk is full, points wait until there is room: {reason}"));
        }
        Ok(())
    }
}

impl Drop for RoomWait {
    fn drop(&mut self) {
        self.health.state.send_modify(|state| {
            state.room_waits = state.room_waits.saturating_sub(1);
            if state.room_waits == 0 {
                state.room_reason = None;
                tracing::info!("points do not wait for room on the disk any more");
            }
        });
    }
}

impl HealthWatch {
    /// Waits until points are no longer to be taken.
    pub(crate) async fn until_intake_ends(&mut self) -> IntakeEnd {
        match self.state.wait_for(|state| state.stopping || state.latch.is_some()).await {
            Ok(state) if state.latch.is_some() => IntakeEnd::Latch,
            // Without a sender the server is gone, and there is nothing left to wait for.
            Ok(_) | Err(_) => IntakeEnd::Drain,
        }
    }

    /// Waits until a stop is asked for. A latched server goes on answering queries until then.
    pub(crate) async fn until_stopping(&mut self) {
        let _ = self.state.wait_for(|state| state.stopping).await;
    }
}

/// The text a panic was raised with, for the reason of a latch.
pub(crate) fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without a text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_follows_the_state() {
        let health = Health::new();
        assert!(health.readiness().unwrap_err().contains("starting"));
        health.set_ready();
        assert_eq!(health.readiness(), Ok(()));
        health.set_stopping();
        assert!(health.readiness().unwrap_err().contains("stopping"));
    }

    #[test]
    fn a_latch_keeps_its_first_reason_and_is_final() {
        let health = Health::new();
        health.set_ready();
        health.latch("disk full");
        health.latch("a second fault");
        health.set_ready();
        assert!(health.is_latched());
        assert!(health.readiness().unwrap_err().contains("disk full"));
    }

    #[test]
    fn a_full_disk_is_over_when_the_last_writer_has_room() {
        let health = Health::new();
        health.set_ready();
        let first = health.wait_for_room("cannot take room for wal/1");
        let second = health.wait_for_room("cannot take room for wal/2");
        assert!(health.readiness().unwrap_err().contains("room for wal/1"));
        drop(first);
        assert!(health.is_disk_full());
        drop(second);
        assert_eq!(health.readiness(), Ok(()));
    }

    #[tokio::test]
    async fn waiting_tells_a_stop_from_a_latch() {
        let health = Health::new();
        let mut early = health.watch();
        health.set_stopping();
        assert_eq!(early.until_intake_ends().await, IntakeEnd::Drain);
        early.until_stopping().await;
        health.latch("disk full");
        assert_eq!(health.watch().until_intake_ends().await, IntakeEnd::Latch);
    }

    #[test]
    fn panic_text_reads_both_kinds() {
        assert_eq!(panic_text(&"plain"), "plain");
        assert_eq!(panic_text(&"owned".to_owned()), "owned");
        assert_eq!(panic_text(&7_u8), "a panic without a text");
    }
}
