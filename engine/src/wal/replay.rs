//! Owns reading the log back: every lane of every live generation, in the order of acceptance.
//!
//! Invariant: a whole record is never skipped; what is not a whole record is reported with file and offset. Whether
//! a torn tail is normal (after a crash) is the caller's to judge. A whole record of another version ends the replay: the
//! points of a newer program are not damage, and must not be removed as such.

use super::batch;
use super::{FOLDER, LoggedPoint, parse_name};
use crate::Error;
use crate::disk::Disk;
use crate::finding::TornTail;
use crate::record::{HEADER_BYTES, Next, Records};

/// A point of the log with the time at which it was accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ReplayedPoint {
    pub(crate) point: LoggedPoint,
    pub(crate) accepted_at: i64,
}

/// What a replay met.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    /// Highest sequence number seen.
    pub(crate) sequence: u64,
    /// Highest generation seen.
    pub(crate) generation: u64,
    /// The latest moment of acceptance seen.
    pub(crate) accepted_at: Option<i64>,
    /// Files read, with their lengths in bytes.
    pub(crate) files: Vec<(String, u64)>,
    /// Bytes of whole records.
    pub(crate) bytes: u64,
    /// Appends at files' ends that were cut short.
    pub(crate) torn: Vec<TornTail>,
    /// Damage between whole records.
    pub(crate) damage: Vec<Error>,
}

struct Batch<'a> {
    path: &'a str,
    offset: u64,
    sequence: u64,
    payload: &'a [u8],
}

/// Reads all generations from `floor` on and hands every point to `emit`, batches in the order of their sequence.
pub(crate) fn replay(
    disk: &dyn Disk,
    floor: u64,
    mut emit: impl FnMut(ReplayedPoint),
) -> Result<Replay, Error> {
    let mut report = Replay::default();
    let mut contents = Vec::new();
    for name in disk.list(FOLDER).map_err(|error| Error::io(FOLDER, "list", error))? {
        let Some((generation, _)) = parse_name(&name) else { continue };
        report.generation = report.generation.max(generation);
        if generation < floor {
            continue;
        }
        let path = format!("{FOLDER}/{name}");
        let bytes = disk.read(&path).map_err(|error| Error::io(&path, "read", error))?;
        report.files.push((path.clone(), bytes.len() as u64));
        contents.push((path, bytes));
    }
    let mut batches = Vec::new();
    for (path, bytes) in &contents {
        collect(path, bytes, &mut batches, &mut report)?;
    }
    batches.sort_by_key(|batch| batch.sequence);
    let mut points = Vec::new();
    for Batch { path, offset, payload, .. } in batches {
        points.clear();
        let Some(header) = batch::decode(payload, &mut points) else {
            report.damage.push(not_a_batch(path, offset));
            continue;
        };
        report.sequence = report.sequence.max(header.sequence);
        report.accepted_at = report.accepted_at.max(Some(header.accepted_at));
        report.bytes += payload.len() as u64;
        for point in &points {
            emit(ReplayedPoint { point: *point, accepted_at: header.accepted_at });
        }
    }
    Ok(report)
}

impl Replay {
    /// Bytes at files' ends that were an append cut short.
    pub(crate) fn torn_bytes(&self) -> u64 {
        self.torn.iter().map(|torn| torn.length_bytes).sum()
    }
}

fn not_a_batch(path: &str, offset: u64) -> Error {
    Error::corrupt(path, offset, "a batch of points", "a record of another shape")
}

fn collect<'a>(
    path: &'a str,
    bytes: &'a [u8],
    batches: &mut Vec<Batch<'a>>,
    report: &mut Replay,
) -> Result<(), Error> {
    let mut records = Records::new(bytes, 0);
    loop {
        match records.next() {
            Next::Record { offset, payload } => {
                if let Some(found) = batch::unknown_version(payload) {
                    let offset = offset + HEADER_BYTES as u64;
                    let (expected, found) = (u64::from(batch::VERSION), u64::from(found));
                    return Err(Error::Version { path: path.to_owned(), offset, expected, found });
                }
                match batch::sequence(payload) {
                    Some(sequence) => batches.push(Batch { path, offset, sequence, payload }),
                    None => report.damage.push(not_a_batch(path, offset)),
                }
            }
            Next::Damage { offset, length_bytes } => report.damage.push(Error::corrupt(
                path,
                offset,
                "a whole record",
                format!("{length_bytes} bytes that are none"),
            )),
            Next::Torn { offset, length_bytes } => {
                report.torn.push(TornTail { path: path.to_owned(), offset, length_bytes });
            }
            Next::End => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{BatchHeader, Lanes, path};
    use super::*;
    use crate::MemoryDisk;

    fn header(sequence: u64, accepted_at: i64) -> BatchHeader {
        BatchHeader { sequence, accepted_at }
    }

    fn point(series: u32) -> LoggedPoint {
        LoggedPoint { series, timestamp: 10, value: f64::from(series) }
    }

    #[test]
    fn lanes_replay_in_the_order_of_acceptance_and_old_generations_stay_out() {
        let disk = Arc::new(MemoryDisk::new());
        let lanes = Lanes::new(disk.clone());
        let (mut first, mut second) = (lanes.lane(), lanes.lane());
        first.append(&lanes, 1, header(1, 9), &[point(100)]).unwrap();
        first.append(&lanes, 2, header(2, 10), &[point(1)]).unwrap();
        second.append(&lanes, 2, header(3, 11), &[point(2), point(3)]).unwrap();
        first.append(&lanes, 2, header(4, 12), &[point(4)]).unwrap();
        lanes.sync().unwrap();

        let mut seen = Vec::new();
        let report =
            replay(&*disk, 2, |replayed| seen.push((replayed.point.series, replayed.accepted_at))).unwrap();
        assert_eq!(seen, [(1, 10), (2, 11), (3, 11), (4, 12)]);
        assert_eq!((report.sequence, report.generation, report.torn_bytes()), (4, 2, 0));
        assert_eq!(report.accepted_at, Some(12));
        assert!(report.damage.is_empty());
    }

    #[test]
    fn a_batch_of_an_unknown_version_is_an_error_that_says_where() {
        let disk = MemoryDisk::new();
        let mut log = Vec::new();
        crate::record::append_record(&[2, 0, 0, 0], &mut log);
        disk.create(&path(3, 0)).unwrap().append(&log).unwrap();
        let error = replay(&disk, 0, |_| ()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wal/0000000003-000.wal has version 2 at byte 12, and this program knows version 1 only"
        );
    }
}
