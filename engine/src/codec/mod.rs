//! Owns the codec that turns a block of values into few bytes and back, bit for bit.
//!
//! Monitoring values are mostly decimals with few digits, so a block is stored as integers over a power of ten where
//! that is exact, and by other means where it is not; the encoder picks the smallest for each block. The layout is
//! `docs/format-segment.md`, "Value blocks". Invariant: decoding what `Encoder` wrote gives the same 64 bits for every
//! value, NaN payloads and −0.0 included; decoding any other bytes gives values or a `CodecError`, never a panic, in
//! time proportional to the number of values asked for. Which slots the values belong to is not known here.

mod column;
mod decimal;
mod decode;
mod dictionary;
mod encode;
mod error;
mod exceptions;
mod fit;
mod mapped;
mod near;
mod pack;
mod reader;
mod sequence;
mod tag;
#[cfg(test)]
mod tests;
mod unpack;

pub(crate) use column::{ColumnPlan, read_column, write_column};
pub use decode::decode;
pub(crate) use decode::read_values;
pub use encode::Encoder;
pub use error::CodecError;
pub(crate) use reader::Reader;

/// Most values in one block; a reader need not believe in more.
pub const BLOCK_VALUES_MAX: usize = 2048;
