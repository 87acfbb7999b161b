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
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long to wait after a failure to accept: usually there are no file descriptors left, and that takes a moment.
const ACCEPT_RETRY_WAIT: Duration = Duration::from_millis(100);

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

/// Accepts until the server stops or latches.
pub(super) async fn accept(
    listener: TcpListener,
    kind: ListenerKind,
    workers: Workers,
    places: Arc<Semaphore>,
    shared: Arc<IngestShared>,
) {
    let mut health = shared.health.watch();
    let end = tokio::select! {
        biased;
        end = health.until_intake_ends() => end,
        () = accept_forever(&listener, kind, &workers, &places, &shared) => return,
    };
    if end == IntakeEnd::Drain {
        accept_waiting(listener, kind, &workers, &places, &shared);
    }
}

async fn accept_forever(
    listener: &TcpListener,
    kind: ListenerKind,
    workers: &Workers,
    places: &Arc<Semaphore>,
    shared: &IngestShared,
) {
    loop {
        let Some(place) = next_place(places, kind, shared).await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => hand_over(stream.into_std(), peer, kind, place, workers, shared),
            Err(error) => {
                shared.counters.listener(kind).accept_errors.increment();
                tracing::warn!("{} listener cannot accept: {error}", kind.label());
                tokio::time::sleep(ACCEPT_RETRY_WAIT).await;
            }
        }
    }
}

async fn next_place(
    places: &Arc<Semaphore>,
    kind: ListenerKind,
    shared: &IngestShared,
) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = places.clone().try_acquire_owned() {
        return Some(place);
    }
    shared.counters.listener(kind).accept_waits.increment();
    places.clone().acquire_owned().await.ok()
}

/// Takes the connections that wait in the kernel's queue at this moment.
fn accept_waiting(
    listener: TcpListener,
    kind: ListenerKind,
    workers: &Workers,
    places: &Arc<Semaphore>,
    shared: &IngestShared,
) {
    // Asked directly: the runtime may not have heard of them yet.
    let Ok(listener) = listener.into_std() else {
        return;
    };
    while let Ok(place) = places.clone().try_acquire_owned() {
        let Ok((stream, peer)) = listener.accept() else {
            return;
        };
        let stream = stream.set_nonblocking(true).map(|()| stream);
        hand_over(stream, peer, kind, place, workers, shared);
    }
}

fn hand_over(
    stream: std::io::Result<std::net::TcpStream>,
    peer: SocketAddr,
    kind: ListenerKind,
    permit: OwnedSemaphorePermit,
    workers: &Workers,
    shared: &IngestShared,
) {
    shared.counters.listener(kind).connections_accepted.increment();
    // From here on every end but an orderly one resets, even the death of this process.
    let stream =
        stream.and_then(|stream| connection::reset_on_close(SockRef::from(&stream), true).map(|()| stream));
    match stream {
        Ok(stream) => workers.hand_over(Handover::Connection { stream, peer, kind, permit }),
        Err(error) => tracing::warn!("connection of {peer} lost before its first byte: {error}"),
    }
}
