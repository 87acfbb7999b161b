//! Noticing that a client has gone while its query runs.
//!
//! hyper does not look at the socket until the answer is written, since a peer may close its half once it has said all.
//! That it has closed looks the same whether it still listens or not. So what is closed is given a moment, in which
//! nearly every query ends; one that lasts longer is ended, and the peer, should it still listen, is told.

use crate::tls::Socket;
use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::time::Duration;

use plumbago_query::Cancel;
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Queries that end sooner are not watched over.
const UNWATCHED: Duration = Duration::from_millis(50);
/// How long a peer that has closed its half is waited for.
pub(super) const HALF_CLOSED_TIME_MAX: Duration = Duration::from_secs(1);

/// The other end of a connection.
#[derive(Clone, Default)]
pub(super) struct Peer(Option<Socket>);

impl Peer {
    /// The peer of `socket`. Where the system has no second descriptor for it, its going is not noticed.
    pub(super) fn of(socket: &Socket) -> Peer {
        Peer(Some(socket.clone()))
    }

    /// Returns when the peer has gone, or has long closed its half.
    pub(super) async fn gone(&self) {
        tokio::time::sleep(UNWATCHED).await;
        let Some(stream) = self.second_stream() else { return std::future::pending().await };
        while let Ok(ready) = stream.ready(Interest::READABLE).await {
            if ready.is_read_closed() {
                tokio::time::sleep(HALF_CLOSED_TIME_MAX).await;
                return;
            }
            // More was sent; it is read when its turn comes. This waits for what follows it.
            let _ = stream.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
        }
    }

    /// The same socket once more, to be waited on by itself; closing it closes nothing else.
    fn second_stream(&self) -> Option<TcpStream> {
        let socket = self.0.as_ref()?.as_fd().try_clone_to_owned().ok()?;
        TcpStream::from_std(std::net::TcpStream::from(socket)).ok()
    }
}

/// Cancels a query when it goes: the future that waited for its answer is dropped with the connection.
pub(super) struct CancelWhenDropped(pub(super) Cancel);

impl Drop for CancelWhenDropped {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
