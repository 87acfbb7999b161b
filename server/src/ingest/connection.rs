//! One TCP connection, from its first byte to its close.
//!
//! The close is the acknowledgement: the peer sees an orderly end only after everything it sent is in the
//! write-ahead log and counted. Any other end, even the death of this process, resets the connection, because the
//! acceptor made its socket reset when it is closed without further notice. Bad input never ends a connection.

use super::ListenerKind;
use super::frames::{Frame, FrameSplitter};
use super::intake::Batch;
use super::lines::{Line, LineSplitter};
use super::wire::Wire;
use super::worker::{Unstored, WorkerState};
use crate::config;
use crate::health::{HealthWatch, IntakeEnd};
use socket2::SockRef;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::Interest;
use tokio::time::Instant;

/// How long a connection may go on bringing bytes after a stop was asked for.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// A read of less than this, in parts of what could have been read, came from a sender that is in no hurry: the next bytes
/// are waited for. After a larger one they are looked for at once, since sleeping and waking costs more than that.
const UNHURRIED_PARTS: usize = 8;

/// An accepted connection.
pub(super) struct Connection {
    /// The bytes that come.
    pub(super) wire: Wire,
    /// Its other end.
    pub(super) peer: SocketAddr,
    /// The listener that accepted it.
    pub(super) kind: ListenerKind,
}

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The peer sent its last byte, and all of it is stored.
    PeerFinished,
    /// Nothing came for too long.
    Idle,
    /// A sealed connection ended without its peer having said so: all but an unfinished end is stored.
    Cut,
    /// A stop was asked for, and nothing more was waiting to be read.
    Drained,
    /// The peer reset the connection or the network failed.
    Broken,
    /// The store takes nothing any more.
    Latched,
    /// A stop was asked for while there was no room on the disk for what was sent.
    NoRoom,
}

/// Cuts the connection's bytes into what its listener understands.
enum Splitter {
    Lines(LineSplitter),
    Frames(FrameSplitter),
}

/// Reads the connection until it ends.
pub(super) async fn serve(mut connection: Connection, worker: &WorkerState) {
    let counters = worker.shared.counters.listener(connection.kind);
    let _open = counters.connections_open.hold();
    // A reload counts for the connections that come after it.
    let settings = worker.shared.settings.ingest.get();
    let mut splitter = Splitter::new(connection.kind, &settings);
    let end = read_to_end(&mut connection, &mut splitter, worker, settings.idle_timeout).await;
    let mut end = splitter.finish(end, &connection, worker);
    if matches!(end, End::PeerFinished | End::Cut)
        && let Err(other) = until_room(&connection, worker, &mut worker.shared.health.watch()).await
    {
        end = other;
    }
    if end == End::Idle {
        counters.connections_idle_closed.increment();
    }
    if matches!(end, End::PeerFinished | End::Idle | End::Cut) {
        connection.wire.finish();
        if let Err(error) = reset_on_close(SockRef::from(connection.wire.stream()), false) {
            tracing::debug!("{}: cannot be closed in order: {error}", connection.peer);
        }
    }
}

/// Chooses what the peer sees when the socket is closed: a reset, or an orderly end.
pub(super) fn reset_on_close(socket: SockRef<'_>, reset: bool) -> std::io::Result<()> {
    socket.set_linger(reset.then_some(Duration::ZERO))
}

async fn read_to_end(
    connection: &mut Connection,
    splitter: &mut Splitter,
    worker: &WorkerState,
    idle_timeout: Option<Duration>,
) -> End {
    let mut health = worker.shared.health.watch();
    let mut drain_deadline = None;
    loop {
        if drain_deadline.is_none() {
            tokio::select! {
                biased;
                end = health.until_intake_ends() => match end {
                    IntakeEnd::Latch => return End::Latched,
                    IntakeEnd::Drain => drain_deadline = Some(Instant::now() + DRAIN_TIME_MAX),
                },
                ready = readable(connection, idle_timeout) => if let Err(end) = ready {
                    return end;
                },
            }
        }
        if let Err(end) = until_room(connection, worker, &mut health).await {
            return end;
        }
        match read_once(connection, splitter, worker, drain_deadline.is_some()) {
            // The next bytes have to be waited for at any rate.
            ReadOutcome::Took { is_all: true } if drain_deadline.is_none() => continue,
            ReadOutcome::Took { .. } => {}
            ReadOutcome::Unstored => {
                if let Err(end) = until_room(connection, worker, &mut health).await {
                    return end;
                }
            }
            ReadOutcome::Nothing if drain_deadline.is_some() => return End::Drained,
            ReadOutcome::Nothing => continue,
            ReadOutcome::End(end) => return end,
        }
        if drain_deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return End::Drained;
        }
        // A fast sender must not keep the thread's other connections waiting.
        tokio::task::yield_now().await;
    }
}

/// Waits while a batch of this worker waits for room on the disk: nothing is read then, and TCP holds the peers back. Ends
/// early where there is nothing to wait for any more.
async fn until_room(
    connection: &Connection,
    worker: &WorkerState,
    health: &mut HealthWatch,
) -> Result<(), End> {
    if !worker.stall.is_on() {
        return Ok(());
    }
    tokio::select! {
        biased;
        () = worker.stall.until_over() => Ok(()),
        end = health.until_intake_ends() => match end {
            IntakeEnd::Latch => Err(End::Latched),
            IntakeEnd::Drain => Err(End::NoRoom),
        },
        _broken = connection.wire.stream().ready(Interest::ERROR) => Err(End::Broken),
    }
}

/// Waits for bytes or the peer's end, no longer than `idle_timeout`.
async fn readable(connection: &Connection, idle_timeout: Option<Duration>) -> Result<(), End> {
    if connection.wire.has_more() {
        return Ok(());
    }
    let stream = connection.wire.stream();
    let ready = match idle_timeout {
        None => stream.readable().await,
        Some(limit) => match tokio::time::timeout(limit, stream.readable()).await {
            Ok(ready) => ready,
            Err(_elapsed) => return Err(End::Idle),
        },
    };
    ready.map_err(|_| End::Broken)
}

enum ReadOutcome {
    /// Bytes were read, and their points stored.
    Took {
        /// Whether it was little, and nothing more was there.
        is_all: bool,
    },
    /// Bytes were read, and their points wait for room on the disk.
    Unstored,
    /// Nothing is there to be read.
    Nothing,
    /// The connection is over.
    End(End),
}

fn read_once(
    connection: &mut Connection,
    splitter: &mut Splitter,
    worker: &WorkerState,
    is_draining: bool,
) -> ReadOutcome {
    if worker.shared.health.is_latched() {
        return ReadOutcome::End(End::Latched);
    }
    let mut buffer = worker.read_buffer.borrow_mut();
    // While draining asked directly: the runtime may not have heard yet of bytes that are there.
    let read = match connection.wire.read(&mut buffer, is_draining) {
        Ok(0) => return ReadOutcome::End(End::PeerFinished),
        Ok(read) => read,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            return ReadOutcome::Nothing;
        }
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return ReadOutcome::End(End::Cut),
        Err(error) => {
            tracing::debug!("{}: {error}", connection.peer);
            return ReadOutcome::End(End::Broken);
        }
    };
    let is_all = read < buffer.len() / UNHURRIED_PARTS;
    if is_all && !is_draining {
        // What comes from now on is announced anew, so that the runtime need not ask in vain first.
        let _: std::io::Result<()> =
            connection.wire.stream().try_io(Interest::READABLE, || Err(ErrorKind::WouldBlock.into()));
    }
    let counters = worker.shared.counters.listener(connection.kind);
    counters.bytes_read.add(read as u64);
    let mut intake = worker.intake.borrow_mut();
    let mut batch = intake.begin(connection.kind, connection.peer);
    splitter.feed(&buffer[..read], &mut batch);
    match worker.note(connection.kind, batch.commit()) {
        Ok(()) => ReadOutcome::Took { is_all },
        Err(Unstored::Waits) => ReadOutcome::Unstored,
        Err(Unstored::Latched) => ReadOutcome::End(End::Latched),
    }
}

impl Splitter {
    fn new(kind: ListenerKind, settings: &config::Ingest) -> Splitter {
        match kind {
            ListenerKind::Plaintext | ListenerKind::Udp | ListenerKind::Aggregation | ListenerKind::Rules => {
                Splitter::Lines(LineSplitter::new(settings.line_bytes_max))
            }
            ListenerKind::Pickle => Splitter::Frames(FrameSplitter::new(settings.frame_bytes_max)),
        }
    }

    fn feed(&mut self, bytes: &[u8], batch: &mut Batch<'_>) {
        match self {
            Splitter::Lines(lines) => lines.feed(bytes, |line| match line {
                Line::Whole(line) => batch.take_line(line),
                Line::TooLong(beginning) => batch.refuse_long_line(beginning),
            }),
            Splitter::Frames(frames) => frames.feed(bytes, |frame| take_frame(batch, frame)),
        }
    }

    /// Stores or refuses what is left when the connection ends, and says how it ends now. The last batch may wait for
    /// room after that.
    fn finish(&mut self, end: End, connection: &Connection, worker: &WorkerState) -> End {
        if matches!(end, End::Latched | End::NoRoom) {
            return end;
        }
        let mut intake = worker.intake.borrow_mut();
        let mut batch = intake.begin(connection.kind, connection.peer);
        match self {
            Splitter::Lines(lines) => lines.finish(|line| match line {
                Line::Whole(line) if end == End::PeerFinished => batch.take_line(line),
                // The peer did not say that this was all: half a timestamp would be stored as a whole one.
                Line::Whole(line) | Line::TooLong(line) => batch.refuse_unfinished(line),
            }),
            Splitter::Frames(frames) => frames.finish(|frame| take_frame(&mut batch, frame)),
        }
        match worker.note(connection.kind, batch.commit()) {
            Ok(()) | Err(Unstored::Waits) => end,
            Err(Unstored::Latched) => End::Latched,
        }
    }
}

fn take_frame(batch: &mut Batch<'_>, frame: Frame<'_>) {
    match frame {
        Frame::Whole(bytes) => batch.take_frame(bytes),
        Frame::TooLong(length) => batch.refuse_long_frame(length),
        Frame::Truncated { received, missing } => batch.refuse_truncated_frame(received, missing),
    }
}
