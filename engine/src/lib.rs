//! Stores points and reads them back: registry, hot window, write-ahead log, segments, rollups, index.

mod disk;
mod error;
mod record;

pub use disk::{Disk, DiskFile, Mapped, MemoryDisk, RealDisk};
pub use error::Error;
