//! Stores points and reads them back: registry, hot window, write-ahead log, segments, rollups, index.

mod admin;
mod arrivals;
mod cardinality;
mod catalog;
mod class;
mod codec;
mod disk;
mod engine;
mod error;
mod fetch;
mod finding;
mod hot;
mod index;
mod latch;
mod maintain;
mod manifest;
mod open;
mod options;
mod policy;
mod prefetch;
mod present;
mod quarantine;
mod read;
mod reading;
mod record;
mod registry;
mod segment;
mod shared;
mod snapshot;
mod stale;
mod stats;
mod varint;
mod verify;
mod view;
mod wal;
mod writer;

pub use admin::Renamed;
pub use arrivals::{Arrivals, Revision, Shown};
pub use cardinality::{
    CardinalityLimits, CardinalityRule, Census, CensusQuery, PrefixPattern, PrefixUse, RuleStatus,
};
pub use codec::{BLOCK_VALUES_MAX, CodecError, Encoder, decode};
pub use disk::{
    Crash, DirectoryLock, Disk, DiskFile, DiskImage, Fault, FaultyDisk, Mapped, Mapping, MemoryDisk, RealDisk,
};
pub use engine::Engine;
pub use error::Error;
pub use fetch::{FetchQuery, FetchedColumn, Selector, VisitedColumn};
pub use finding::{Finding, TornTail};
pub use index::{Found, FreezeJob, FrozenTree, Index, Node, TagValue};
pub use manifest::PATH as MANIFEST_PATH;
pub use options::Options;
pub use policy::{Archive, Policy, PolicyRules};
pub use present::ClockEvent;
pub use reading::Reading;
pub use registry::{Era, LogSync, Registry, SeriesFacts};
pub use segment::{Segment, SegmentHeader, SegmentSummary, SegmentWriter};
pub use snapshot::{SnapshotTaken, take_snapshot};
pub use stale::StaleSeries;
pub use stats::Stats;
pub use verify::{Verified, verify};
pub use writer::{Committed, Refused, RefusedPoint, Writer};
