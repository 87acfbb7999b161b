//! Stores points and reads them back: registry, hot window, write-ahead log, segments, rollups, index.

mod disk;
mod error;
mod policy;
mod record;
mod registry;

pub use disk::{Disk, DiskFile, Mapped, MemoryDisk, RealDisk};
pub use error::Error;
pub use policy::{Archive, Policy, PolicyRules};
pub use registry::{Era, Registry, SeriesFacts};
