//! One ingest thread: a runtime of its own, a writer of its own, and the connections it was handed.
//!
//! Nothing that a worker owns is shared with another one, so a batch takes no lock. When the engine pushes back the
//! whole thread waits inside `commit`, and its sockets are not read: that is the back-pressure TCP passes on. A wait for
//! room on the disk may take hours: then only the batch waits (`stall`), and the thread goes on tending its sockets. A
//! panic here latches the server; it never ends the process.

use super::connection::{self, Connection};
use super::intake::{Intake, NotStored};
use super::stall::{self, Stall};
use super::wire::Wire;
use super::{IngestShared, ListenerKind, udp};
use crate::health::panic_text;
use crate::tls::{Socket, TlsListener};
use plumbago_engine::Writer;
use std::cell::RefCell;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet, LocalSet};

/// Bytes that one socket read can bring, and so the largest plaintext batch.
const READ_BYTES_MAX: usize = 256 * 1024;

/// A socket that an acceptor hands to a worker.
#[derive(Debug)]
pub(super) enum Handover {
    /// An accepted connection, non-blocking; its place counts against the connection limit until it is dropped.
    Connection {
        /// The socket.
        stream: TcpStream,
        /// Its other end.
        peer: SocketAddr,
        /// Which listener accepted it.
        kind: ListenerKind,
        /// Its place among the allowed connections; none for one that came while the server stops.
        place: Option<OwnedSemaphorePermit>,
    },
    /// The bound datagram socket, non-blocking.
    Datagrams(UdpSocket),
}

/// A running worker, seen from outside. It ends once every clone of `sockets` is gone and its connections are done.
#[derive(Debug)]
pub(super) struct WorkerHandle {
    /// Where to hand sockets to.
    pub(super) sockets: UnboundedSender<Handover>,
    /// The thread.
    pub(super) thread: JoinHandle<()>,
}

/// What the tasks of one worker thread share.
pub(super) struct WorkerState {
    /// The way into the store.
    pub(super) intake: RefCell<Intake>,
    /// The buffer every read of this thread goes into; empty connections hold none.
    pub(super) read_buffer: RefCell<Vec<u8>>,
    /// Whether the last batch waits for room on the disk.
    pub(super) stall: Stall,
    /// What all workers share.
    pub(super) shared: Arc<IngestShared>,
}

/// What becomes of a batch that is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unstored {
    /// Nothing: the store takes nothing any more.
    Latched,
    /// It waits, and nothing more is to be read before it is stored.
    Waits,
}

impl WorkerState {
    /// Notes how the commit of a batch from this listener ended.
    pub(super) fn note(&self, kind: ListenerKind, stored: Result<(), NotStored>) -> Result<(), Unstored> {
        stored.map_err(|unstored| match unstored {
            NotStored::Latched => Unstored::Latched,
            NotStored::NoRoom(reason) => {
                self.stall.begin(kind, self.shared.health.wait_for_room(&reason));
                Unstored::Waits
            }
        })
    }
}

/// Starts a worker thread that owns `writer`.
///
/// # Errors
/// The operating system's, where no thread can be made.
pub(super) fn spawn(
    name: String,
    writer: Writer,
    shared: Arc<IngestShared>,
) -> std::io::Result<WorkerHandle> {
    let (sockets, receiver) = unbounded_channel();
    let thread = std::thread::Builder::new().name(name.clone()).spawn(move || {
        let health = shared.health.clone();
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| run(writer, shared, receiver)));
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => health.latch(&format!("the thread {name} could not start: {error}")),
            Err(payload) => {
                health.latch(&format!("the thread {name} panicked: {}", panic_text(payload.as_ref())))
            }
        }
    })?;
    Ok(WorkerHandle { sockets, thread })
}

fn run(
    writer: Writer,
    shared: Arc<IngestShared>,
    sockets: UnboundedReceiver<Handover>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let state = Rc::new(WorkerState {
        intake: RefCell::new(Intake::new(writer, shared.clone())),
        read_buffer: RefCell::new(vec![0; READ_BYTES_MAX]),
        stall: Stall::none(),
        shared,
    });
    LocalSet::new().block_on(&runtime, tend(state, sockets));
    Ok(())
}

async fn tend(state: Rc<WorkerState>, mut sockets: UnboundedReceiver<Handover>) {
    let mut tasks = JoinSet::new();
    let mut retrying = std::pin::pin!(stall::retry(&state));
    loop {
        tokio::select! {
            () = &mut retrying => {}
            handed = sockets.recv() => match handed {
                Some(socket) => start(&state, socket, &mut tasks),
                None => break,
            },
            Some(ended) = tasks.join_next() => note_panic(&state, ended),
        }
    }
    while let Some(ended) = tasks.join_next().await {
        note_panic(&state, ended);
    }
}

fn start(state: &Rc<WorkerState>, socket: Handover, tasks: &mut JoinSet<()>) {
    match socket {
        Handover::Connection { stream, peer, kind, place } => {
            let state = state.clone();
            match tokio::net::TcpStream::from_std(stream) {
                Ok(stream) => {
                    tasks.spawn_local(async move {
                        if let Some(wire) = pass(stream, peer, kind, &state).await {
                            connection::serve(Connection { wire, peer, kind }, &state).await;
                        }
                        drop(place);
                    });
                }
                Err(error) => tracing::warn!("connection of {peer} lost before its first byte: {error}"),
            }
        }
        Handover::Datagrams(socket) => {
            let state = state.clone();
            match tokio::net::UdpSocket::from_std(socket) {
                Ok(socket) => {
                    tasks.spawn_local(async move { udp::serve(socket, &state).await });
                }
                Err(error) => state.shared.health.latch(&format!("the UDP socket cannot be read: {error}")),
            }
        }
    }
}

/// The connection behind its handshake, if there is to be one; `None` where there was none.
async fn pass(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    kind: ListenerKind,
    state: &WorkerState,
) -> Option<Wire> {
    let listener = match kind {
        ListenerKind::Pickle => TlsListener::Pickle,
        _ => TlsListener::Plaintext,
    };
    let mut health = state.shared.health.watch();
    tokio::select! {
        biased;
        passed = state.shared.tls.pass(listener, Socket::new(stream), peer) => passed.map(Wire::new),
        _end = health.until_intake_ends() => None,
    }
}

fn note_panic(state: &WorkerState, ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && let Ok(payload) = error.try_into_panic()
    {
        // The writer may have been left in the middle of a batch.
        let reason = format!("an ingest task panicked: {}", panic_text(payload.as_ref()));
        state.shared.health.latch(&reason);
    }
}
