//! How points come in: plaintext and pickle over TCP, lines over UDP.
//!
//! Acceptors run on the control runtime and hand sockets to ingest threads; each thread owns a writer, and with it a
//! lane of the write-ahead log, so that threads share nothing on the way of a point. UDP has a thread of its own,
//! for nothing pushes back there and its buffer must be emptied in time.

mod acceptor;
mod connection;
mod frames;
mod intake;
mod lines;
mod listener;
mod refused;
mod stall;
mod udp;
mod udp_drops;
mod wire;
mod worker;

pub(crate) use intake::NOBODY;
pub(crate) use listener::ListenerKind;
pub(crate) use refused::RefusedLog;
pub(crate) use udp_drops::kernel_drops;

use crate::carbon_rules::CarbonShared;
use crate::clock::Clock;
use crate::health::Health;
use crate::live::LiveSettings;
use crate::metrics::Counters;
use crate::rule_runner::RuleArrivals;
use crate::tls::TlsGate;
use acceptor::{Acceptor, Workers};
use plumbago_engine::Engine;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use worker::{Handover, WorkerHandle};

/// What every ingest thread reads.
#[derive(Debug)]
pub(crate) struct IngestShared {
    /// Where `now` comes from.
    pub(crate) clock: Clock,
    /// What a reload may replace.
    pub(crate) settings: Arc<LiveSettings>,
    /// Where points are counted.
    pub(crate) counters: Arc<Counters>,
    /// Where refused points are kept.
    pub(crate) refused: Arc<RefusedLog>,
    /// carbon's rules, if there are any.
    pub(crate) carbon_rules: Arc<CarbonShared>,
    /// What TCP connections pass on their way in.
    pub(crate) tls: Arc<TlsGate>,
    /// Whether points are taken.
    pub(crate) health: Arc<Health>,
    /// What the rules have to know of points.
    pub(crate) rule_arrivals: Arc<RuleArrivals>,
}

/// The bound sockets that points come in by; those not wanted are `None`.
#[derive(Debug, Default)]
pub(crate) struct IngestSockets {
    /// Plaintext lines over TCP.
    pub(crate) plaintext: Option<TcpListener>,
    /// Pickle frames over TCP.
    pub(crate) pickle: Option<TcpListener>,
    /// Lines in datagrams.
    pub(crate) udp: Option<UdpSocket>,
}

/// The running listeners and their threads.
#[derive(Debug)]
pub(crate) struct Ingest {
    acceptors: JoinSet<()>,
    workers: Vec<WorkerHandle>,
}

impl Ingest {
    /// Starts the ingest threads and the acceptors, the latter on the runtime that this is called in. They end by
    /// themselves when the server's health says so.
    ///
    /// # Errors
    /// The operating system's, where a socket or a thread cannot be had.
    pub(crate) fn start(
        engine: &Engine,
        sockets: IngestSockets,
        shared: &Arc<IngestShared>,
    ) -> io::Result<Ingest> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut workers = Vec::with_capacity(threads + 1);
        for number in 0..threads {
            workers.push(worker::spawn(format!("ingest-{number}"), engine.writer(), shared.clone())?);
        }
        let takers = Workers::new(workers.iter().map(|worker| worker.sockets.clone()).collect());
        let mut acceptors = JoinSet::new();
        let places = Arc::new(Semaphore::new(shared.settings.ingest.get().connections_max));
        let tcp = [(sockets.plaintext, ListenerKind::Plaintext), (sockets.pickle, ListenerKind::Pickle)];
        for (listener, kind) in tcp {
            let Some(listener) = listener else { continue };
            let acceptor =
                Acceptor { kind, workers: takers.clone(), places: places.clone(), shared: shared.clone() };
            acceptors.spawn(acceptor.accept(tokio::net::TcpListener::from_std(listener)?));
        }
        if let Some(socket) = sockets.udp {
            let reader = worker::spawn("ingest-udp".to_owned(), engine.writer(), shared.clone())?;
            // It was started a moment ago; if it has ended since, the server is latched and says why.
            let _ = reader.sockets.send(Handover::Datagrams(socket));
            workers.push(reader);
        }
        Ok(Ingest { acceptors, workers })
    }

    /// Waits until everything that was sent before the stop is stored and every connection is closed.
    pub(crate) async fn finish(mut self) {
        while self.acceptors.join_next().await.is_some() {}
        let threads: Vec<_> = self.workers.into_iter().map(|worker| worker.thread).collect();
        let joining = tokio::task::spawn_blocking(move || {
            for thread in threads {
                // A panic was turned into a latch inside the thread.
                let _ = thread.join();
            }
        });
        let _ = joining.await;
    }
}
