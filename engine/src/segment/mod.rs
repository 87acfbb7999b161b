//! Owns segments: immutable files with the cells of many series, of one step and one range of time.
//!
//! A writer takes each series' cells once and lays them down in the order given, cut into blocks; a reader finds a
//! series in the mapped file without building anything in memory and decodes just the blocks that a range touches.
//! The layout is `docs/format-segment.md`, "Segment". Invariant: every byte of the file is covered by a checksum, so
//! damage is an `Error::Corrupt` at a place and never a wrong value; checksums of the data are compared at the first
//! read that touches it, all others when the file is opened. What a flag, a birthday or a sequence means, and when a
//! file is renamed or removed, is the caller's business.

mod block;
mod checksum;
mod directory;
mod footer;
mod header;
mod presence;
mod reader;
mod record;
mod staged;
#[cfg(test)]
mod tests;
mod verify;
mod writer;

pub use footer::SegmentSummary;
pub use header::SegmentHeader;
pub use reader::Segment;
pub(crate) use staged::StagedRecords;
pub use writer::SegmentWriter;

/// Most cells in one block: larger ones hardly get smaller files, and a short read decodes more than it needs.
const BLOCK_CELLS_MAX: usize = 512;

/// A piece of data with a checksum of its own.
const CHUNK_BYTES: usize = 1 << 16;
