//! Owns the check of a whole data directory: every checksum, every invariant that one file states of another.
//!
//! Invariant: nothing is written, and a server may run on the directory meanwhile. A log's torn tail is what a crash
//! leaves and no damage; everything else that is not as written is a fault.

use std::sync::Arc;

use crate::Error;
use crate::disk::Disk;
use crate::finding::TornTail;
use crate::manifest::State;
use crate::open::{check_names, consistently};
use crate::quarantine;
use crate::registry::Registry;
use crate::view::OpenSegment;
use crate::wal;

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Verified {
    /// Segments read.
    pub segments: u64,
    /// Cells in them.
    pub cells: u64,
    /// Bytes of them.
    pub segment_bytes: u64,
    /// Live series.
    pub series: u64,
    /// Points in the write-ahead log.
    pub wal_points: u64,
    /// Files of segments that were found damaged earlier and set aside; no faults of what is left.
    pub set_aside: Vec<String>,
    /// Appends at the ends of files that were cut short: normal after a crash.
    pub torn: Vec<TornTail>,
    /// Everything that is not as it was written.
    pub faults: Vec<Error>,
}

/// Checks the store on `disk`. An error means that the check itself could not be done; damage is in the answer.
pub fn verify(disk: &Arc<dyn Disk>) -> Result<Verified, Error> {
    // What is mapped stays whole when a server removes the file: reading it all need not be quick.
    let (mut verified, segments) = match consistently(&**disk, |state| opened(disk, state)) {
        Ok(found) => found,
        Err(error @ (Error::Corrupt { .. } | Error::Version { .. })) => {
            return Ok(Verified { faults: vec![error], ..Verified::default() });
        }
        Err(error) => return Err(error),
    };
    for open in &segments {
        verify_segment(open, &mut verified);
    }
    Ok(verified)
}

/// What the manifest, the log and the names say, and every segment that opens.
fn opened(disk: &Arc<dyn Disk>, state: &State) -> Result<(Verified, Vec<Arc<OpenSegment>>), Error> {
    let mut verified = Verified::default();
    let mut segments = Vec::new();
    for entry in state.segments.values() {
        match OpenSegment::open(&**disk, *entry) {
            Ok(open) => segments.push(open),
            Err(error) => verified.faults.push(error),
        }
    }
    verified.set_aside = quarantine::list(&**disk)?;
    let report = wal::replay(&**disk, state.wal_floor, |_| verified.wal_points += 1)?;
    verified.torn.extend(state.torn().cloned());
    verified.torn.extend(report.torn);
    verified.faults.extend(report.damage);
    // Last: whoever refers to a series wrote its name before.
    let registry = Registry::open(disk.clone(), false)?;
    verified.torn.extend(registry.torn().cloned());
    verified.series = registry.live_count() as u64;
    verified.faults.extend(check_names(&**disk, segments.iter(), &registry).err());
    Ok((verified, segments))
}

/// Checks one segment by itself and against its entry.
fn verify_segment(open: &OpenSegment, verified: &mut Verified) {
    let entry = &open.entry;
    let (header, summary) = (open.segment.header(), open.segment.summary());
    let in_header = (header.step_secs, header.partition_start, header.partition_slots, header.born_day);
    let in_entry = (entry.archive.step_secs, entry.partition_start, entry.partition_slots, entry.born_day);
    let mut same = |what: &str, in_entry: String, in_segment: String| {
        if in_entry != in_segment {
            let expected = format!("{what} {in_entry}, as the manifest says");
            verified.faults.push(Error::corrupt(entry.path(), 0, expected, in_segment));
        }
    };
    same("step, start, slots and day of birth", format!("{in_entry:?}"), format!("{in_header:?}"));
    same("a sequence of", entry.sequence.to_string(), header.sequence.to_string());
    same("series:", entry.series.to_string(), summary.series_count.to_string());
    same("cells:", entry.cells.to_string(), summary.cell_count.to_string());
    verified.faults.extend(open.segment.verify());
    verified.segments += 1;
    verified.cells += entry.cells;
    verified.segment_bytes += entry.bytes;
}
