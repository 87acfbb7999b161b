//! Owns what becomes of a segment that turns out to be damaged: what can still be read of it is written anew, its file
//! goes to quarantine.
//!
//! Invariant: the exchange is one edit of the manifest. What is written anew has the age and the stage of the old one,
//! so that nothing else changes for readers, roll-ups and expiry. Cells that cannot be read are counted and told; their
//! slots read as unknown from then on.

use std::io::ErrorKind;
use std::sync::Arc;

use super::output::{Begun, Destination, Output};
use crate::Error;
use crate::finding::Finding;
use crate::manifest::{Edit, SegmentEntry};
use crate::quarantine::{self, damaged_segment};
use crate::shared::Shared;
use crate::stats::add;
use crate::view::OpenSegment;

/// Salvages the next segment that a query has found damaged; answers whether there was one.
pub(crate) fn salvage_noted(shared: &Shared) -> Result<bool, Error> {
    let _one_at_a_time = shared.maintenance.lock();
    shared.latch.check()?;
    let Some((_, fault)) = shared.damaged.lock().pop_first() else { return Ok(false) };
    shared.latch.guard(salvage(shared, &fault))?;
    Ok(true)
}

/// Looks whether all files are as long as they were. One that somebody has cut must not be touched again, mapped as it is;
/// one that somebody has removed is whole as long as it is mapped, and is written anew. Answers whether there was one.
pub(crate) fn check_files(shared: &Shared) -> Result<bool, Error> {
    let _one_at_a_time = shared.maintenance.lock();
    shared.latch.check()?;
    let view = shared.view();
    for open in view.segments.iter() {
        let (path, expected_bytes) = (open.entry.path(), open.entry.bytes);
        let fault =
            |found: String| Error::corrupt(&path, 0, format!("a segment of {expected_bytes} bytes"), found);
        let settled = match shared.disk.length_bytes(&path) {
            Ok(found_bytes) if found_bytes < expected_bytes => {
                set_aside(shared, &open.entry, fault(format!("{found_bytes} bytes")))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                salvage(shared, &fault("no such file".to_owned())).map(|_done| ())
            }
            // What cannot be looked at now can be the next time.
            Ok(_) | Err(_) => continue,
        };
        return shared.latch.guard(settled).map(|()| true);
    }
    Ok(false)
}

/// Takes a segment of which nothing can be read out of the store.
pub(crate) fn set_aside(shared: &Shared, entry: &SegmentEntry, fault: Error) -> Result<(), Error> {
    let is_there = quarantine::keep(&*shared.disk, entry.number)?;
    shared.publish(Edit { remove: vec![entry.number], ..Edit::default() }, Vec::new(), |_| ())?;
    add(&shared.counters.segments_set_aside, 1);
    shared.findings.add(Finding::SetAside {
        fault,
        path: is_there.then(|| quarantine::path(entry.number)),
        series_lost: entry.series,
        cells_lost: entry.cells,
    });
    Ok(())
}

/// Salvages the segment that `fault` speaks against; answers whether there is one. The caller holds `maintenance`. After
/// `Error::DiskFull` nothing has changed.
pub(super) fn salvage(shared: &Shared, fault: &Error) -> Result<bool, Error> {
    let view = shared.view();
    let number = damaged_segment(fault);
    let Some(open) = view.segments.iter().find(|open| Some(open.entry.number) == number) else {
        return Ok(false);
    };
    let begun = Begun::default();
    let exchanged = exchange(shared, open, fault, &begun);
    begun.settle(shared, exchanged).map(|()| true)
}

/// Puts what can be read of `open` in its place.
fn exchange(shared: &Shared, open: &Arc<OpenSegment>, fault: &Error, begun: &Begun) -> Result<(), Error> {
    let entry = open.entry;
    let mut output = Output::new(shared, begun, Some(entry.sequence));
    let series_lost = copy_readable(open, &mut output)?;
    let (add_entries, added) = output.finish()?;
    let cells_kept: u64 = add_entries.iter().map(|entry| entry.cells).sum();
    let is_there = quarantine::keep(&*shared.disk, entry.number)?;
    let edit = Edit { add: add_entries, remove: vec![entry.number], ..Edit::default() };
    shared.publish(edit, added, |_| ())?;
    add(&shared.counters.segments_set_aside, 1);
    shared.findings.add(Finding::SetAside {
        fault: fault.clone(),
        path: is_there.then(|| quarantine::path(entry.number)),
        series_lost,
        cells_lost: entry.cells.saturating_sub(cells_kept),
    });
    Ok(())
}

/// Copies every series that can be read; answers how many cannot.
fn copy_readable(open: &Arc<OpenSegment>, output: &mut Output<'_>) -> Result<u64, Error> {
    let entry = &open.entry;
    let destination = Destination {
        archive: entry.archive,
        partition_start: entry.partition_start,
        stage: entry.stage,
        born_day: entry.born_day,
    };
    let (mut slots, mut values) = (Vec::new(), Vec::new());
    let mut series_lost = 0;
    for series in open.segment.series_in_file_order() {
        slots.clear();
        values.clear();
        match open.segment.cells(series, &mut slots, &mut values) {
            Ok(()) => output.push(destination, series, &slots, &values)?,
            Err(_) => series_lost += 1,
        }
    }
    Ok(series_lost)
}
