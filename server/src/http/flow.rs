//! The body of an answer: whole, or piece by piece as it comes to be.
//!
//! Invariant: a flow's maker waits while its reader is slow; when the reader goes, the maker is told at its next piece. A
//! fault in the middle cuts the answer off, so that nobody takes half of it for the whole.

use super::formats::Encoded;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Pieces that may wait for the reader.
const PIECES_MAX: usize = 16;

/// The body that hyper sends.
pub(super) type Outgoing = Either<Full<Bytes>, Either<Flow, Encoded>>;

/// A body that comes in pieces.
#[derive(Debug)]
pub(crate) struct Flow {
    pieces: mpsc::Receiver<Result<Bytes, FlowCut>>,
}

/// The maker's end.
pub(super) type Pieces = mpsc::Sender<Result<Bytes, FlowCut>>;

/// Why an answer ends in the middle.
#[derive(Debug)]
pub(crate) struct FlowCut(pub(in crate::http) String);

impl fmt::Display for FlowCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer was cut off: {}", self.0)
    }
}

impl std::error::Error for FlowCut {}

impl Flow {
    /// A body and the end into which its pieces go.
    pub(super) fn new() -> (Pieces, Flow) {
        let (sender, pieces) = mpsc::channel(PIECES_MAX);
        (sender, Flow { pieces })
    }
}

impl Body for Flow {
    type Data = Bytes;
    type Error = FlowCut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FlowCut>>> {
        self.pieces.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
