//! A connection that lets only sound heads through to the HTTP library.
//!
//! Invariant: what is read from it is a sequence of checked heads, some characters of their paths escaped, each followed
//! by no more than its body. At the first fault it ends, as if the peer had closed, and keeps the fault for whoever
//! answers it; writing is not touched.

use super::super::answer::Fault;
use super::buffer::HeadBuffer;
use super::framing::Framing;
use hyper::StatusCode;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a head may take from its first byte on.
const HEAD_TIME_MAX: Duration = Duration::from_secs(20);

/// Bytes asked for in one read.
const READ_BYTES: usize = 16 << 10;

/// The connection.
#[derive(Debug)]
pub(in crate::http) struct CheckedStream<S> {
    inner: S,
    buffer: HeadBuffer,
    /// Bytes that may pass before the next head is due. After a head whose body is chunked nothing more is checked:
    /// its answer closes the connection, so that no other head follows.
    passing: u64,
    fault: Option<Fault>,
    /// Runs while a head has begun and is not complete.
    head_due: Option<Pin<Box<Sleep>>>,
}

impl<S> CheckedStream<S> {
    /// A connection of which nothing was read yet.
    pub(in crate::http) fn new(inner: S) -> CheckedStream<S> {
        CheckedStream { inner, buffer: HeadBuffer::default(), passing: 0, fault: None, head_due: None }
    }

    /// The fault that ended it, and the connection below.
    pub(in crate::http) fn into_parts(self) -> (S, Option<Fault>) {
        (self.inner, self.fault)
    }

    /// Whether a head has begun and is not complete.
    pub(in crate::http) fn is_inside_head(&self) -> bool {
        self.passing == 0 && !self.buffer.is_empty()
    }

    /// Whether the peer may still be sending the body of a request.
    pub(in crate::http) fn is_inside_body(&self) -> bool {
        self.passing > 0
    }

    /// Sees whether anything may pass: looks for a head where one is due.
    fn check(&mut self) {
        if self.passing > 0 || self.fault.is_some() {
            return;
        }
        match self.buffer.head() {
            Ok(None) => {}
            Ok(Some(head)) => {
                self.passing = match head.body {
                    Framing::Length(length) => length.saturating_add(head.bytes as u64),
                    Framing::Chunked => u64::MAX,
                };
            }
            Err(fault) => self.fault = Some(fault),
        }
    }

    /// Moves what may pass from the buffer to `out`.
    fn pass(&mut self, out: &mut ReadBuf<'_>) {
        let passing = usize::try_from(self.passing).unwrap_or(usize::MAX);
        let bytes = self.buffer.take(passing.min(out.remaining()));
        out.put_slice(bytes.as_ref());
        self.passing -= bytes.as_ref().len() as u64;
    }
}

impl<S: AsyncRead + Unpin> CheckedStream<S> {
    /// Whether the head that is being waited for has taken too long; notes it as the fault.
    fn is_head_late(&mut self, context: &mut Context<'_>) -> bool {
        if !self.is_inside_head() {
            self.head_due = None;
            return false;
        }
        let due = self.head_due.get_or_insert_with(|| Box::pin(sleep(HEAD_TIME_MAX)));
        let is_late = due.as_mut().poll(context).is_ready();
        if is_late {
            let message = format!("request: its head took longer than {} s", HEAD_TIME_MAX.as_secs());
            self.fault = Some(Fault::new(StatusCode::REQUEST_TIMEOUT, message));
        }
        is_late
    }

    /// Reads once into the buffer; answers how many bytes came.
    fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0; READ_BYTES];
        let mut read = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut read))?;
        self.buffer.push(read.filled());
        Poll::Ready(Ok(read.filled().len()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for CheckedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            self.check();
            if self.fault.is_some() {
                return Poll::Ready(Ok(()));
            }
            if self.passing > 0 && !self.buffer.is_empty() {
                self.pass(out);
                return Poll::Ready(Ok(()));
            }
            if self.is_head_late(context) {
                return Poll::Ready(Ok(()));
            }
            if ready!(self.poll_fill(context))? == 0 {
                if self.is_inside_head() {
                    self.fault = Some(Fault::bad_request("request: the connection ended inside its head"));
                }
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CheckedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    /// Everything that passes of these bytes, and the fault at the end.
    async fn read(bytes: &[u8]) -> (String, Option<String>) {
        let mut stream = CheckedStream::new(bytes);
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("text");
        (text, stream.into_parts().1.map(|fault| fault.message))
    }

    #[tokio::test]
    async fn sound_requests_pass_unchanged() {
        let text = "GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nGARBAGE\r\n\
                    GET /b HTTP/1.1\r\n\r\n";
        assert_eq!(read(text.as_bytes()).await, (text.to_owned(), None));
    }

    #[tokio::test]
    async fn nothing_passes_of_a_head_with_a_fault_and_all_before_it_does() {
        let sound = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b";
        let (passed, fault) = read(format!("{sound}GET / HTTP/1.1\r\nno colon\r\n\r\n").as_bytes()).await;
        assert_eq!(passed, sound);
        assert!(fault.is_some_and(|fault| fault.starts_with("header line 1: ")));
        let (passed, fault) = read(format!("{sound}GET / HT").as_bytes()).await;
        assert_eq!(passed, sound);
        assert!(fault.is_some_and(|fault| fault.contains("ended inside its head")));
    }

    #[tokio::test]
    async fn a_chunked_body_passes_to_its_end_whatever_it_holds() {
        let text = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\n\r\n\x01";
        assert_eq!(read(text.as_bytes()).await, (text.to_owned(), None));
    }
}
