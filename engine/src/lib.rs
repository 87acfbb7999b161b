//! Stores points and reads them back: registry, hot window, write-ahead log, segments, rollups, index.

mod codec;
mod disk;
mod error;
mod record;
mod segment;

pub use codec::{BLOCK_VALUES_MAX, CodecError, Encoder, decode};
pub use disk::{Disk, DiskFile, Mapped, MemoryDisk, RealDisk};
pub use error::Error;
pub use segment::{Segment, SegmentHeader, SegmentSummary, SegmentWriter};
