//! Owns the write-ahead log: points that are accepted but not yet in a segment.
//!
//! Invariant: a record stands alone (it refers to no other record), so damage loses only itself; records carry a
//! sequence number, so the lanes of several writers replay in the order in which they were accepted. A file belongs
//! to a generation; a flush makes whole generations superfluous, never parts of a file.

mod batch;
mod lane;
mod replay;
mod value;

pub(crate) use batch::{BatchHeader, LoggedPoint};
pub(crate) use lane::{Lane, Lanes};
pub(crate) use replay::{Replay, replay};

/// Folder of the log inside the data directory.
pub(crate) const FOLDER: &str = "wal";

/// Path of a lane's file in a generation.
pub(crate) fn path(generation: u64, lane: u32) -> String {
    format!("{FOLDER}/{generation:010}-{lane:03}.wal")
}

/// Generation and lane of a file name, if it is one of ours.
pub(crate) fn parse_name(name: &str) -> Option<(u64, u32)> {
    let (generation, lane) = name.strip_suffix(".wal")?.split_once('-')?;
    Some((generation.parse().ok()?, lane.parse().ok()?))
}
