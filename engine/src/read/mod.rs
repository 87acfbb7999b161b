//! Owns reading: from a view and a series to a column of values.
//!
//! Invariant: pure over its arguments; nothing here locks, writes or looks at a clock.

mod cells;
mod legacy;
pub(crate) mod level;
pub(crate) mod roll;
mod select;
mod sources;
mod stored;

pub(crate) use cells::Cells;
pub(crate) use select::{Selection, select};
pub(crate) use sources::{Decoded, Sources};
