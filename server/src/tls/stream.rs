//! A connection of HTTP, with TLS or without: one type for both, and a bound on how long a peer may leave an answer lie.

use super::gate::Passed;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a peer may take nothing of an answer that is on its way.
const WRITE_TIME_MAX: Duration = Duration::from_secs(60);

/// The connection.
#[derive(Debug)]
pub(crate) struct HttpStream {
    passed: Passed,
    /// Runs while a write waits for the peer.
    waiting: Option<Pin<Box<Sleep>>>,
    patience: Duration,
}

impl HttpStream {
    /// A connection that has passed the gate.
    pub(crate) fn new(passed: Passed) -> HttpStream {
        HttpStream { passed, waiting: None, patience: WRITE_TIME_MAX }
    }

    /// The outcome of a write, or a fault once the peer has taken nothing for too long.
    fn within_time<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.waiting = None;
            return outcome;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                let seconds = patience.as_secs();
                Poll::Ready(Err(io::Error::new(
                    ErrorKind::TimedOut,
                    format!("the peer took nothing for {seconds} s"),
                )))
            }
        }
    }
}

impl AsyncRead for HttpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.passed {
            Passed::Plain(stream) => Pin::new(stream).poll_read(context, out),
            Passed::Sealed(stream) => Pin::new(stream).poll_read(context, out),
        }
    }
}

impl AsyncWrite for HttpStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let outcome = match &mut self.passed {
            Passed::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Passed::Sealed(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        self.within_time(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = match &mut self.passed {
            Passed::Plain(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Passed::Sealed(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
        };
        self.within_time(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.passed {
            Passed::Plain(stream) => stream.is_write_vectored(),
            Passed::Sealed(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = match &mut self.passed {
            Passed::Plain(stream) => Pin::new(stream).poll_flush(context),
            Passed::Sealed(stream) => Pin::new(stream).poll_flush(context),
        };
        self.within_time(context, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.passed {
            Passed::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Passed::Sealed(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::socket::Socket;
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_not_waited_for_forever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = HttpStream::new(Passed::Plain(Socket::new(stream)));
        stream.patience = Duration::ZERO;
        let error = stream.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        drop(peer);
    }
}
