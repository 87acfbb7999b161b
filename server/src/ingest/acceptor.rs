//! Accepts connections and hands them to the workers in turn.
//!
//! At the connection limit it stops accepting: peers wait in the kernel's queue instead of being turned away. On a
//! stop it takes what the kernel has already accepted, so that a peer's finished conversation is not lost; on a
//! latch it closes its socket, so that peers are refused rather than kept waiting.

use super::connection;
use super::worker::Handover;
use super::{IngestShared, ListenerKind};
use crate::health::IntakeEnd;
use socket2::SockRef;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long to wait after a failure to accept: usually there are no file descriptors left, and that takes a moment.
const ACCEPT_RETRY_WAIT: Duration = Duration::from_millis(100);

/// Connections taken from the kernel's queue after a stop was asked for, at most: what the queue can hold.
const DRAIN_CONNECTIONS_MAX: usize = 4096;

/// The workers, as an acceptor sees them.
#[derive(Clone)]
pub(super) struct Workers {
    sockets: Arc<[UnboundedSender<Handover>]>,
    next: Arc<AtomicUsize>,
}

impl Workers {
    /// Workers that are handed sockets in turn.
    pub(super) fn new(sockets: Vec<UnboundedSender<Handover>>) -> Workers {
        Workers { sockets: sockets.into(), next: Arc::default() }
    }

    fn hand_over(&self, connection: Handover) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.sockets.len();
        // A worker that has panicked takes nothing; the server is latched then, and the connection is reset.
        let _ = self.sockets[turn].send(connection);
    }
}

/// What one listener needs to take connections in.
pub(super) struct Acceptor {
    /// The listener's kind.
    pub(super) kind: ListenerKind,
    /// Where connections go.
    pub(super) workers: Workers,
    /// Places for connections, shared by all listeners.
    pub(super) places: Arc<Semaphore>,
    /// Counters and health.
    pub(super) shared: Arc<IngestShared>,
}

impl Acceptor {
    /// Accepts until the server stops or latches.
    pub(super) async fn accept(self, listener: TcpListener) {
        let mut health = self.shared.health.watch();
        let end = loop {
            let accepted = tokio::select! {
                biased;
                end = health.until_intake_ends() => break end,
                accepted = listener.accept() => accepted.and_then(|(stream, peer)| Ok((stream.into_std()?, peer))),
            };
            match accepted {
                Ok((_, peer)) if !self.is_allowed(peer) => {
                    self.shared.counters.listener(self.kind).networks_refused.increment();
                    tracing::debug!("{} listener: {peer} is refused by allow_from", self.kind.label());
                }
                Ok((stream, peer)) => {
                    // Only now, so that an idle listener keeps no place from the others: one peer of each listener
                    // waits here, the rest in the kernel's queue.
                    let (place, end) = tokio::select! {
                        biased;
                        place = self.next_place() => (place, None),
                        end = health.until_intake_ends() => (None, Some(end)),
                    };
                    self.hand_over(stream, peer, place);
                    if let Some(end) = end {
                        break end;
                    }
                }
                Err(error) => {
                    self.shared.counters.listener(self.kind).accept_errors.increment();
                    tracing::warn!("{} listener cannot accept: {error}", self.kind.label());
                    tokio::time::sleep(ACCEPT_RETRY_WAIT).await;
                }
            }
        };
        // Asked directly: the runtime may not have heard yet of connections that are there.
        if end == IntakeEnd::Drain
            && let Ok(listener) = listener.into_std()
        {
            self.accept_waiting(&listener);
        }
    }

    fn is_allowed(&self, peer: SocketAddr) -> bool {
        let allow_from = self.shared.settings.allow_from.get();
        match self.kind {
            ListenerKind::Pickle => allow_from.pickle.allow(peer.ip()),
            _ => allow_from.plaintext.allow(peer.ip()),
        }
    }

    async fn next_place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some(place);
        }
        self.shared.counters.listener(self.kind).accept_waits.increment();
        self.places.clone().acquire_owned().await.ok()
    }

    /// Takes the connections that wait in the kernel's queue at this moment, places or not: no more will come.
    fn accept_waiting(&self, listener: &std::net::TcpListener) {
        for _ in 0..DRAIN_CONNECTIONS_MAX {
            let Ok((stream, peer)) = listener.accept() else {
                return;
            };
            if !self.is_allowed(peer) {
                continue;
            }
            self.hand_over(stream, peer, self.places.clone().try_acquire_owned().ok());
        }
    }

    fn hand_over(&self, stream: TcpStream, peer: SocketAddr, place: Option<OwnedSemaphorePermit>) {
        self.shared.counters.listener(self.kind).connections_accepted.increment();
        // From here on every end but an orderly one resets, even the death of this process.
        let prepared = stream
            .set_nonblocking(true)
            .and_then(|()| connection::reset_on_close(SockRef::from(&stream), true));
        match prepared {
            Ok(()) => self.workers.hand_over(Handover::Connection { stream, peer, kind: self.kind, place }),
            Err(error) => tracing::warn!("connection of {peer} lost before its first byte: {error}"),
        }
    }
}
