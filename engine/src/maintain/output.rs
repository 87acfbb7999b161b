//! Owns the segments that one flush or merge writes: one file a destination, split before a file grows too large.
//!
//! Invariant: nothing written here exists until the caller publishes it. What is given up to be done
//! again later, for the disk is full or what was read is damaged, is removed; after any other failure the files stay, for
//! nobody knows then what the manifest says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::Error;
use crate::class::{Grid, floor_to};
use crate::manifest::{SegmentEntry, Stage, segment_path};
use crate::policy::Archive;
use crate::quarantine::damaged_segment;
use crate::segment::{SegmentHeader, SegmentWriter, StagedRecords};
use crate::shared::Shared;
use crate::stats::add;
use crate::view::OpenSegment;

/// Bytes of data after which a file is closed and the next one begun; offsets in a segment have 32 bits.
const FILE_BYTES_MAX: u64 = 3 << 30;

/// Where cells go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Destination {
    pub(crate) archive: Archive,
    pub(crate) partition_start: i64,
    pub(crate) stage: Stage,
    pub(crate) born_day: u32,
}

impl Destination {
    /// The grid of partitions for `archive`; late-born cells are few and far apart, so theirs are wide.
    pub(crate) fn grid(archive: Archive, born_day: u32) -> Grid {
        if born_day == 0 { Grid::of(archive) } else { Grid::widest(archive) }
    }

    /// The destination of a cell at `timestamp`.
    pub(crate) fn of(archive: Archive, stage: Stage, born_day: u32, timestamp: i64) -> Self {
        let partition_start = Self::grid(archive, born_day).partition_start(timestamp);
        Self { archive, partition_start, stage, born_day }
    }
}

/// The paths of all files that one flush or merge has begun.
#[derive(Default)]
pub(crate) struct Begun(RefCell<Vec<String>>);

impl Begun {
    /// Hands `result` on; where the disk was full, or a segment that was read turned out to be damaged, the work will be
    /// done again, and the files are removed first.
    pub(crate) fn settle<T>(self, shared: &Shared, result: Result<T, Error>) -> Result<T, Error> {
        let is_to_be_repeated = |error: &Error| error.is_disk_full() || damaged_segment(error).is_some();
        if result.as_ref().is_err_and(is_to_be_repeated) {
            for path in self.0.into_inner() {
                shared.disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
            }
        }
        result
    }
}

struct Opened {
    number: u64,
    writer: SegmentWriter,
}

/// The files being written.
pub(crate) struct Output<'a> {
    shared: &'a Shared,
    begun: &'a Begun,
    /// Age for all files; without one, each file takes its own number.
    sequence: Option<u64>,
    open: BTreeMap<Destination, Opened>,
    finished: Vec<(SegmentEntry, Arc<OpenSegment>)>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(shared: &'a Shared, begun: &'a Begun, sequence: Option<u64>) -> Self {
        Self { shared, begun, sequence, open: BTreeMap::new(), finished: Vec::new() }
    }

    /// Appends the cells of `series` to `destination`; each series at most once a destination.
    pub(crate) fn push(
        &mut self,
        destination: Destination,
        series: u32,
        slots: &[u32],
        values: &[f64],
    ) -> Result<(), Error> {
        if slots.is_empty() {
            return Ok(());
        }
        self.write(destination, |writer| writer.push(series, slots, values))
    }

    /// Appends all records that wait in `staged` to `destination`; each series at most once a destination.
    pub(crate) fn push_staged(
        &mut self,
        destination: Destination,
        staged: &mut StagedRecords,
    ) -> Result<(), Error> {
        staged.drain(|record| self.write(destination, |writer| writer.push_record(record)))
    }

    fn write(
        &mut self,
        destination: Destination,
        write: impl FnOnce(&mut SegmentWriter) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (shared, begun) = (self.shared, self.begun);
        let opened = match self.open.entry(destination) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(open(shared, begun, destination, self.sequence)?),
        };
        write(&mut opened.writer)?;
        if opened.writer.data_bytes() > FILE_BYTES_MAX
            && let Some(opened) = self.open.remove(&destination)
        {
            self.finish_one(destination, opened)?;
        }
        Ok(())
    }

    /// Appends cells given as timestamps and values in time order, each to the partition it belongs to.
    pub(crate) fn push_cells(
        &mut self,
        archive: Archive,
        stage: Stage,
        born_day: u32,
        series: u32,
        cells: &[(i64, f64)],
    ) -> Result<(), Error> {
        let grid = Destination::grid(archive, born_day);
        let (mut slots, mut values) = (Vec::new(), Vec::new());
        for run in cells.chunk_by(|a, b| grid.partition_start(a.0) == grid.partition_start(b.0)) {
            let Some((first, _)) = run.first() else { continue };
            let partition_start = floor_to(*first, grid.partition_secs());
            slots.clear();
            values.clear();
            slots.extend(run.iter().map(|(at, _)| ((at - partition_start) / grid.step_secs) as u32));
            values.extend(run.iter().map(|(_, value)| *value));
            let destination = Destination { archive, partition_start, stage, born_day };
            self.push(destination, series, &slots, &values)?;
        }
        Ok(())
    }

    /// Finishes the file of `destination`, if one is open: nothing more will be written there. A backfill has more
    /// destinations than a process may have open files.
    pub(crate) fn close(&mut self, destination: Destination) -> Result<(), Error> {
        match self.open.remove(&destination) {
            Some(opened) => self.finish_one(destination, opened),
            None => Ok(()),
        }
    }

    fn finish_one(&mut self, destination: Destination, opened: Opened) -> Result<(), Error> {
        let summary = opened.writer.finish()?;
        let entry = SegmentEntry {
            number: opened.number,
            sequence: self.sequence.unwrap_or(opened.number),
            archive: destination.archive,
            partition_start: destination.partition_start,
            partition_slots: Destination::grid(destination.archive, destination.born_day).slots as u32,
            stage: destination.stage,
            born_day: destination.born_day,
            first_slot: summary.first_slot,
            last_slot: summary.last_slot,
            series: u64::from(summary.series_count),
            cells: summary.cell_count,
            bytes: summary.bytes,
        };
        add(&self.shared.counters.segment_written_bytes, entry.bytes);
        let open = OpenSegment::open(&*self.shared.disk, entry)?;
        self.finished.push((entry, open));
        Ok(())
    }

    /// Finishes every file; entries for the manifest and segments for the view.
    pub(crate) fn finish(mut self) -> Result<(Vec<SegmentEntry>, Vec<Arc<OpenSegment>>), Error> {
        for (destination, opened) in std::mem::take(&mut self.open) {
            self.finish_one(destination, opened)?;
        }
        Ok(self.finished.into_iter().unzip())
    }
}

fn open(
    shared: &Shared,
    begun: &Begun,
    destination: Destination,
    sequence: Option<u64>,
) -> Result<Opened, Error> {
    let number = shared.next_segment_number();
    begun.0.borrow_mut().push(segment_path(number));
    let header = SegmentHeader {
        step_secs: destination.archive.step_secs,
        partition_start: destination.partition_start,
        partition_slots: Destination::grid(destination.archive, destination.born_day).slots as u32,
        flags: u8::from(destination.stage == Stage::Settled),
        born_day: destination.born_day,
        sequence: sequence.unwrap_or(number),
    };
    let writer = SegmentWriter::create(&*shared.disk, &segment_path(number), header)?;
    Ok(Opened { number, writer })
}
