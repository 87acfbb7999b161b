//! Datagrams: one line or many in each, the last one with or without a newline.
//!
//! A burst is read until the socket is empty or a bound is reached, then stored as one batch, so that the kernel's
//! buffer is emptied as fast as it can be. UDP has no back-pressure; what the kernel drops is reported
//! by `udp_drops`. While a burst waits for room on the disk, those after it are refused.

use super::ListenerKind;
use super::intake::NOBODY;
use super::worker::{Unstored, WorkerState};
use crate::health::IntakeEnd;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use tokio::net::UdpSocket;

/// Datagrams read before they are stored.
const BURST_DATAGRAMS_MAX: usize = 512;

/// Bursts read after a stop was asked for, at most: what a full kernel buffer can hold.
const DRAIN_BURSTS_MAX: usize = 256;

/// Reads datagrams until the server stops.
pub(super) async fn serve(socket: UdpSocket, worker: &WorkerState) {
    let mut health = worker.shared.health.watch();
    loop {
        tokio::select! {
            biased;
            end = health.until_intake_ends() => {
                if end == IntakeEnd::Drain {
                    drain(socket, worker);
                }
                return;
            }
            ready = socket.readable() => if let Err(error) = ready {
                worker.shared.health.latch(&format!("the UDP socket cannot be read: {error}"));
                return;
            },
        }
        if read_burst(|buffer| socket.try_recv_from(buffer), worker) == Burst::Latched {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn drain(socket: UdpSocket, worker: &WorkerState) {
    // Asked directly: the runtime may not have heard yet of datagrams that are there.
    let Ok(socket) = socket.into_std() else {
        return;
    };
    for _ in 0..DRAIN_BURSTS_MAX {
        if read_burst(|buffer| socket.recv_from(buffer), worker) != Burst::Full {
            return;
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Burst {
    /// More may be waiting.
    Full,
    /// The socket is empty.
    Emptied,
    /// The store takes nothing any more.
    Latched,
}

fn read_burst(receive: impl Fn(&mut [u8]) -> io::Result<(usize, SocketAddr)>, worker: &WorkerState) -> Burst {
    if worker.shared.health.is_latched() {
        return Burst::Latched;
    }
    let counters = worker.shared.counters.listener(ListenerKind::Udp);
    let line_bytes_max = worker.shared.settings.ingest.get().line_bytes_max;
    let allow_from = worker.shared.settings.allow_from.get();
    let mut buffer = worker.read_buffer.borrow_mut();
    let mut intake = worker.intake.borrow_mut();
    let mut outcome = Burst::Full;
    let is_full = worker.stall.is_on();
    let mut batch = intake.begin(ListenerKind::Udp, NOBODY);
    for _ in 0..BURST_DATAGRAMS_MAX {
        let (read, peer) = match receive(&mut buffer) {
            Ok(received) => received,
            Err(error) => {
                if error.kind() != ErrorKind::WouldBlock {
                    tracing::debug!("udp: {error}");
                }
                outcome = Burst::Emptied;
                break;
            }
        };
        if !allow_from.udp.allow(peer.ip()) {
            counters.networks_refused.increment();
            continue;
        }
        counters.bytes_read.add(read as u64);
        batch.set_peer(peer);
        for line in buffer[..read].split(|&byte| byte == b'\n') {
            if is_full {
                if !line.trim_ascii().is_empty() {
                    batch.refuse_without_room(line);
                }
                continue;
            }
            match line.get(..line_bytes_max.saturating_add(1)) {
                None => batch.take_line(line),
                Some(too_long) => batch.refuse_long_line(too_long),
            }
        }
    }
    match worker.note(ListenerKind::Udp, batch.commit()) {
        Ok(()) | Err(Unstored::Waits) => outcome,
        Err(Unstored::Latched) => Burst::Latched,
    }
}
