//! The pickle protocol: frames that hold a Python pickle of `[(name, (timestamp, value)), …]`.
//!
//! Owns the decoding of protocols 0 to 5 without the parts of pickle that run code. A frame that is not well-formed is
//! refused as a whole, before anything of it is emitted; an item that is no point is refused by itself. It reads no
//! socket: frames are cut from a buffer by [`Frames`].

mod error;
mod frame;
mod machine;
mod opcode;
mod points;
mod reader;
mod refused;
mod text;
mod usual;
mod value;

use crate::limits;
use crate::point::Point;
use points::ItemPoint;
use usual::UsualPoint;

pub use error::PickleError;
pub use frame::{Frames, OversizedFrame};
pub use points::RawPoint;
pub use refused::{RefusedItem, escaped, point_text};

/// What one pickle may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PickleLimits {
    /// Longest payload in bytes.
    pub frame_bytes_max: usize,
    /// Most points.
    pub items_max: usize,
    /// Most values on the stack.
    pub stack_max: usize,
    /// Most values in tuples and lists.
    pub values_max: usize,
    /// Most memo entries.
    pub memo_max: usize,
    /// Most marks at once.
    pub marks_max: usize,
}

impl Default for PickleLimits {
    fn default() -> PickleLimits {
        PickleLimits {
            frame_bytes_max: limits::PICKLE_FRAME_BYTES_DEFAULT,
            items_max: limits::PICKLE_ITEMS_MAX,
            stack_max: limits::PICKLE_STACK_MAX,
            values_max: limits::PICKLE_VALUES_MAX,
            memo_max: limits::PICKLE_MEMO_MAX,
            marks_max: limits::PICKLE_MARKS_MAX,
        }
    }
}

impl PickleLimits {
    /// The default limits with another one on the frame, which cannot exceed [`limits::PICKLE_FRAME_BYTES_MAX`].
    pub fn with_frame_bytes_max(frame_bytes_max: usize) -> PickleLimits {
        let frame_bytes_max = frame_bytes_max.min(limits::PICKLE_FRAME_BYTES_MAX);
        PickleLimits { frame_bytes_max, ..PickleLimits::default() }
    }
}

/// A decoder that keeps its buffers from frame to frame: one for each connection or thread.
#[derive(Debug, Default)]
pub struct Decoder {
    machine: machine::Machine,
    usual: Vec<UsualPoint>,
    limits: PickleLimits,
}

impl Decoder {
    /// A decoder with these limits.
    pub fn new(limits: PickleLimits) -> Decoder {
        Decoder { limits, ..Decoder::default() }
    }

    /// Decodes the payload of one frame, and emits each of its items as a point or as what was refused and
    /// why, in order; `now` is what a timestamp of −1 stands for.
    ///
    /// # Errors
    /// The frame is not a well-formed list of items, or exceeds a limit; then nothing was emitted.
    pub fn decode(
        &mut self,
        payload: &[u8],
        now: i64,
        emit: &mut dyn FnMut(Result<Point<'_>, RefusedItem<'_>>),
    ) -> Result<(), PickleError> {
        self.decode_items(payload, now, &mut |item| emit(item.and_then(ItemPoint::checked)))
    }

    /// As [`Decoder::decode`], but for the names, which are handed on as they were sent.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_raw(
        &mut self,
        payload: &[u8],
        now: i64,
        emit: &mut dyn FnMut(Result<RawPoint<'_>, RefusedItem<'_>>),
    ) -> Result<(), PickleError> {
        if usual::read(payload, now, &self.limits, &mut self.usual).is_none() {
            return self.decode_by_machine(payload, now, emit);
        }
        for UsualPoint { name, value, timestamp } in self.usual.iter().copied() {
            emit(Ok(RawPoint { name: name.of(payload), value, timestamp }));
        }
        self.usual.clear();
        self.usual.shrink_to(machine::KEPT_VALUES_MAX);
        Ok(())
    }

    fn decode_by_machine(
        &mut self,
        payload: &[u8],
        now: i64,
        emit: &mut dyn FnMut(Result<RawPoint<'_>, RefusedItem<'_>>),
    ) -> Result<(), PickleError> {
        self.decode_items(payload, now, &mut |item| emit(item.map(|item| item.point)))
    }

    fn decode_items(
        &mut self,
        payload: &[u8],
        now: i64,
        emit: &mut dyn FnMut(Result<ItemPoint<'_>, RefusedItem<'_>>),
    ) -> Result<(), PickleError> {
        let run = self.machine.run(payload, &self.limits);
        let result = run
            .and_then(|list| points::emit_points(&self.machine.heap, payload, list, now, &self.limits, emit));
        self.machine.shrink();
        result
    }
}

/// Decodes the payload of a single frame; see [`Decoder::decode`].
///
/// ```
/// use plumbago_protocol::Point;
/// use plumbago_protocol::pickle::{PickleLimits, RefusedItem, decode_frame};
/// // pickle.dumps([("a.b", (1710504000, 1.5))], protocol=2)
/// let payload = b"\x80\x02]q\x00X\x03\x00\x00\x00a.bq\x01J@8\xf4eG?\xf8\x00\x00\x00\x00\x00\x00\x86q\x02\x86q\x03a.";
/// let mut points = Vec::new();
/// let mut emit = |item: Result<Point<'_>, RefusedItem<'_>>| {
///     points.extend(item.ok().map(|point| (point.name.into_owned(), point.timestamp, point.value)));
/// };
/// decode_frame(payload, 0, &PickleLimits::default(), &mut emit).unwrap();
/// assert_eq!(points, [("a.b".to_owned(), 1_710_504_000, 1.5)]);
/// ```
///
/// # Errors
/// As [`Decoder::decode`].
pub fn decode_frame(
    payload: &[u8],
    now: i64,
    limits: &PickleLimits,
    emit: &mut dyn FnMut(Result<Point<'_>, RefusedItem<'_>>),
) -> Result<(), PickleError> {
    Decoder::new(*limits).decode(payload, now, emit)
}

#[cfg(test)]
mod tests;
