//! Owns the folder of segments that were found damaged, and which faults send one there.
//!
//! Invariant: a file in here is named as it was in `segments` and is never read again nor removed: that is the
//! operator's to do, who may still get something out of it. A segment leaves the manifest only when its file is durable
//! here, or when there is no file any more.

use std::io;

use crate::Error;
use crate::disk::Disk;
use crate::manifest::{SegmentEntry, segment_number, segment_path};

/// The folder inside the data directory.
pub(crate) const FOLDER: &str = "quarantine";

/// The segment that `fault` says is damaged or gone, or cannot be read. Anything else, such as a version that is not
/// known or a limit of the system, says nothing against a segment.
pub(crate) fn damaged_segment(fault: &Error) -> Option<u64> {
    match fault {
        Error::Corrupt { path, .. } | Error::Io { path, operation: "read", .. } => segment_number(path),
        _ => None,
    }
}

/// Where segment `number` is kept.
pub(crate) fn path(number: u64) -> String {
    let path = segment_path(number);
    format!("{FOLDER}/{}", path.rsplit('/').next().unwrap_or(&path))
}

/// Keeps the file of segment `number`, durably; answers whether there was one.
pub(crate) fn keep(disk: &dyn Disk, number: u64) -> Result<bool, Error> {
    let (from, to) = (segment_path(number), path(number));
    match disk.link(&from, &to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Error::io_or_full(to, "keep a damaged segment as", error)),
    }
    disk.sync_folder(FOLDER).map_err(|error| Error::io(FOLDER, "sync", error))?;
    Ok(true)
}

/// The files in here.
pub(crate) fn list(disk: &dyn Disk) -> Result<Vec<String>, Error> {
    let names = disk.list(FOLDER).map_err(|error| Error::io(FOLDER, "list", error))?;
    Ok(names.into_iter().map(|name| format!("{FOLDER}/{name}")).collect())
}

/// The numbers of the segments in here: they are not given again.
pub(crate) fn numbers(disk: &dyn Disk) -> Result<Vec<u64>, Error> {
    let number = |path: &String| segment_number(&path.replacen(FOLDER, "segments", 1));
    Ok(list(disk)?.iter().filter_map(number).collect())
}

/// A segment of the manifest that does not open, and why.
#[derive(Debug)]
pub(crate) struct Damaged {
    pub(crate) entry: SegmentEntry,
    pub(crate) fault: Error,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_against_a_segment_sends_it_here() {
        let corrupt = |path: &str| Error::corrupt(path, 0, "x", "y");
        assert_eq!(damaged_segment(&corrupt("segments/000000000017.seg")), Some(17));
        assert_eq!(damaged_segment(&corrupt("names.log")), None);
        let io = |operation, kind: io::ErrorKind| Error::io(segment_path(3), operation, kind.into());
        assert_eq!(damaged_segment(&io("read", io::ErrorKind::Other)), Some(3));
        assert_eq!(damaged_segment(&io("map", io::ErrorKind::OutOfMemory)), None);
        assert_eq!(damaged_segment(&io("write", io::ErrorKind::Other)), None);
        assert_eq!(path(17), "quarantine/000000000017.seg");
    }
}
