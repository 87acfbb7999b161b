//! The rest of a long answer: written as the socket takes it.
//!
//! Invariant: no more than a piece of it is in memory as bytes; the columns are, until the last piece is written or the
//! client goes.

use super::super::flow::FlowCut;
use super::compression::Compressor;
use super::series::Answered;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use plumbago_protocol::encode::Pieces;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes of a piece before it is compressed: short enough that other connections need not wait for it.
const PIECE_BYTES: usize = 64 << 10;

/// What of an answer is not written yet.
#[derive(Debug)]
pub(crate) struct Rest {
    pieces: Pieces,
    list: Answered,
    is_over: bool,
    /// Compresses the whole answer, its beginning included.
    compressor: Option<Compressor>,
}

impl Rest {
    /// The rest of `pieces`, over these series.
    pub(super) fn new(pieces: Pieces, list: Answered) -> Rest {
        Rest { pieces, list, is_over: false, compressor: None }
    }

    /// The same of an answer that goes out compressed.
    pub(super) fn compressed(self, compressor: Compressor) -> Rest {
        Rest { compressor: Some(compressor), ..self }
    }

    /// The next bytes of the answer.
    fn piece(&mut self) -> Bytes {
        let mut plain = Vec::new();
        self.is_over = !self.pieces.write(&self.list, &mut plain, PIECE_BYTES);
        Bytes::from(plain)
    }

    /// These bytes as they are sent.
    fn coded(&mut self, plain: Bytes) -> io::Result<Bytes> {
        let Some(compressor) = &mut self.compressor else {
            return Ok(plain);
        };
        let head = compressor.write(&plain)?;
        match self.compressor.take_if(|_| self.is_over) {
            None => Ok(head),
            Some(compressor) => Ok(Bytes::from([head, compressor.finish()?].concat())),
        }
    }
}

/// The body of a long answer.
#[derive(Debug)]
pub(crate) struct Encoded {
    first: Bytes,
    rest: Option<Rest>,
}

impl Encoded {
    /// A body that begins with `first`.
    pub(crate) fn new(first: Bytes, rest: Rest) -> Encoded {
        Encoded { first, rest: Some(rest) }
    }

    /// The next bytes to send, which may be none; nothing once all are sent.
    fn next(&mut self) -> Option<io::Result<Bytes>> {
        let rest = self.rest.as_mut()?;
        let first = std::mem::take(&mut self.first);
        let plain = if first.is_empty() { rest.piece() } else { first };
        let coded = rest.coded(plain);
        if rest.is_over || coded.is_err() {
            self.rest = None;
        }
        Some(coded)
    }
}

impl Body for Encoded {
    type Data = Bytes;
    type Error = FlowCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FlowCut>>> {
        loop {
            match self.next() {
                None => return Poll::Ready(None),
                Some(Ok(bytes)) if bytes.is_empty() => {}
                Some(Ok(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Err(error)) => return Poll::Ready(Some(Err(FlowCut(error.to_string())))),
            }
        }
    }
}
