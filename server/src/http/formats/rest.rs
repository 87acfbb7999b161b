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
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes of a piece before it is compressed: short enough that other connections need not wait for it.
const PIECE_BYTES: usize = 64 << 10;

/// What of an answer is not written yet.
#[derive(Debug)]
pub(crate) struct Rest {
    pieces: Pieces,
    list: Answered,
}

impl Rest {
    /// The rest of `pieces`, over these series.
    pub(super) fn new(pieces: Pieces, list: Answered) -> Rest {
        Rest { pieces, list }
    }
}

/// The body of a long answer.
#[derive(Debug)]
pub(crate) struct Encoded {
    first: Bytes,
    rest: Option<Rest>,
    compressor: Option<Compressor>,
}

impl Encoded {
    /// A body that begins with `first`.
    pub(super) fn new(first: Bytes, rest: Rest, compressor: Option<Compressor>) -> Encoded {
        Encoded { first, rest: Some(rest), compressor }
    }

    /// The next bytes to send, which may be none; nothing once all are sent.
    fn next(&mut self) -> Option<std::io::Result<Bytes>> {
        let mut plain = Vec::new();
        let first = std::mem::take(&mut self.first);
        if first.is_empty() {
            let rest = self.rest.as_mut()?;
            if !rest.pieces.write(&rest.list, &mut plain, PIECE_BYTES) {
                self.rest = None;
            }
        }
        let plain = if first.is_empty() { Bytes::from(plain) } else { first };
        let Some(compressor) = &mut self.compressor else {
            return Some(Ok(plain));
        };
        let compressed = compressor.write(&plain);
        if compressed.is_ok() && self.rest.is_some() {
            return Some(compressed);
        }
        let last = self.compressor.take().map_or_else(|| Ok(Bytes::new()), Compressor::finish);
        Some(compressed.and_then(|head| Ok(Bytes::from([head, last?].concat()))))
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
                Some(Err(error)) => {
                    self.rest = None;
                    return Poll::Ready(Some(Err(FlowCut(error.to_string()))));
                }
            }
        }
    }
}
