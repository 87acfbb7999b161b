//! Handshakes: a bounded number at once, each within a bounded time.
//!
//! A connection beyond the bound waits for its turn, and its time begins with it, so that many agents that come back
//! at once are all served.

use super::certificates::Certificates;
use super::socket::Socket;
use crate::config::TcpListeners;
use crate::live::Live;
use crate::metrics::Counters;
use plumbago_protocol::limits::TLS_HANDSHAKES_MAX;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How long a handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// A listener that may speak TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsListener {
    /// Lines.
    Plaintext,
    /// Pickle frames.
    Pickle,
    /// Queries.
    Http,
}

impl TlsListener {
    /// All of them.
    pub(crate) const ALL: [TlsListener; 3] = [TlsListener::Plaintext, TlsListener::Pickle, TlsListener::Http];

    /// Its name in settings, metrics and the log.
    pub(crate) fn label(self) -> &'static str {
        match self {
            TlsListener::Plaintext => "plaintext",
            TlsListener::Pickle => "pickle",
            TlsListener::Http => "http",
        }
    }

    /// Whether it is one of these.
    pub(super) fn is_in(self, listeners: TcpListeners) -> bool {
        match self {
            TlsListener::Plaintext => listeners.plaintext,
            TlsListener::Pickle => listeners.pickle,
            TlsListener::Http => listeners.http,
        }
    }
}

/// What every connection of a listener with TLS passes.
#[derive(Debug)]
pub(crate) struct TlsGate {
    certificates: Live<Certificates>,
    turns: Semaphore,
    counters: Arc<Counters>,
}

/// What a connection is after the gate.
#[derive(Debug)]
pub(crate) enum Passed {
    /// Its listener speaks no TLS.
    Plain(Socket),
    /// The handshake was done.
    Sealed(Box<TlsStream<Socket>>),
}

impl TlsGate {
    /// A gate with its first certificates.
    pub(crate) fn new(certificates: Certificates, counters: Arc<Counters>) -> TlsGate {
        TlsGate { certificates: Live::new(certificates), turns: Semaphore::new(TLS_HANDSHAKES_MAX), counters }
    }

    /// Shows these certificates from now on.
    pub(crate) fn replace(&self, certificates: Certificates) {
        self.certificates.set(certificates);
    }

    /// Lets a connection through, after its handshake where its listener speaks TLS. `None`: there was none, which is
    /// counted; the connection is gone.
    pub(crate) async fn pass(
        &self,
        listener: TlsListener,
        stream: Socket,
        peer: SocketAddr,
    ) -> Option<Passed> {
        let Some(config) = self.certificates.get().of(listener) else {
            return Some(Passed::Plain(stream));
        };
        let _turn = self.turns.acquire().await.ok()?;
        // Boxed: connections without TLS shall not be as large as one.
        let shaking =
            tokio::time::timeout(HANDSHAKE_TIME_MAX, Box::pin(TlsAcceptor::from(config).accept(stream)));
        let fault = match shaking.await {
            Ok(Ok(stream)) => return Some(Passed::Sealed(Box::new(stream))),
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => format!("it took longer than {} s", HANDSHAKE_TIME_MAX.as_secs()),
        };
        self.counters.tls_handshakes_failed[listener as usize].increment();
        tracing::debug!("{peer}: no TLS handshake with the {} listener: {fault}", listener.label());
        None
    }
}
