//! Owns turning a hot window into fresh segments.
//!
//! Invariant: from freeze to publish the frozen window stays readable; its log generations are removed only after the
//! segments and the manifest are durable. On a full disk the window waits, frozen, for the next flush, and no other is
//! frozen before it is written out.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLockWriteGuard;

use super::output::{Begun, Destination, Output};
use crate::Error;
use crate::cardinality::FlushedCells;
use crate::class::{ClassId, floor_to};
use crate::hot::{Chunk, ChunkKey, HotWindow, SLOTS, Tile, group_of};
use crate::manifest::{Edit, Stage};
use crate::policy::Archive;
use crate::segment::StagedRecords;
use crate::shared::{Gate, Shared};
use crate::stats::add;
use crate::wal;

/// Bytes of records that wait to be put in their order. More of them only lie in a less handy order.
const STAGED_BYTES_MAX: usize = 32 << 20;

/// A frozen window that is in no segment yet.
pub(crate) struct Unflushed {
    window: Arc<HotWindow>,
    /// The first log generation that holds nothing of it.
    generation: u64,
}

/// Takes the open window away from the writers and gives them a new one, in a new generation of the log.
pub(crate) fn freeze(shared: &Shared, gate: &mut RwLockWriteGuard<'_, Gate>, now: i64) -> Unflushed {
    let frozen = std::mem::replace(&mut gate.open, Arc::new(HotWindow::new(now)));
    gate.generation += 1;
    shared.wal_bytes.store(0, Ordering::Relaxed);
    let mut view = shared.view.write();
    let mut next = crate::view::View::clone(&view);
    next.open = gate.open.clone();
    next.frozen = Some(frozen.clone());
    *view = Arc::new(next);
    Unflushed { window: frozen, generation: gate.generation }
}

/// Freezes the open window and writes it out, after the one that an earlier flush found no room for. After
/// `Error::DiskFull` everything is as readable as before, and the next flush goes on from there.
pub(crate) fn flush(shared: &Shared, now: i64) -> Result<(), Error> {
    let mut unflushed = shared.flushing.lock();
    shared.latch.check()?;
    write_out(shared, &mut unflushed)?;
    *unflushed = Some(freeze(shared, &mut shared.gate.write(), now));
    write_out(shared, &mut unflushed)
}

/// Closes the latch unless told that all went well: a frozen window that was not written out, for whatever reason,
/// must not be followed by another, whose flush would remove the log of both.
struct LatchUnlessDone<'a> {
    shared: &'a Shared,
    is_done: bool,
}

impl Drop for LatchUnlessDone<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.shared.latch.close("a flush did not end");
            self.shared.pressure.relieved.notify_all();
        }
    }
}

/// Writes a frozen window, if there is one, into fresh segments, after which its log is superfluous. Whoever froze a
/// window must call this. On a full disk it stays where it is; on any other failure, or a panic, the engine latches.
pub(crate) fn write_out(shared: &Shared, unflushed: &mut Option<Unflushed>) -> Result<(), Error> {
    let Some(frozen) = unflushed.as_ref() else { return Ok(()) };
    let mut latch = LatchUnlessDone { shared, is_done: false };
    let begun = Begun::default();
    let written = write_segments(shared, frozen, &begun);
    let written = begun.settle(shared, written);
    let is_full = written.as_ref().is_err_and(Error::is_disk_full);
    shared.is_flush_waiting.store(is_full, Ordering::Release);
    match &written {
        Ok(()) => *unflushed = None,
        Err(_) if is_full => add(&shared.counters.flushes_abandoned, 1),
        Err(error) => shared.latch.close(&error.to_string()),
    }
    latch.is_done = written.is_ok() || is_full;
    shared.pressure.relieved.notify_all();
    written
}

fn write_segments(shared: &Shared, frozen: &Unflushed, begun: &Begun) -> Result<(), Error> {
    let generation = frozen.generation;
    // A segment refers to series by number: their names must be durable before it is.
    shared.write_names()?;
    sync_names(shared)?;
    // Behind this, damage to those names can never be taken for a tail that was cut short.
    shared.catalog.write().registry.note_synced()?;
    let mut output = Output::new(shared, begun, None);
    let mut flushed = FlushedCells::new(frozen.window.opened_at());
    let chunks = frozen.window.chunks();
    for group in chunks.chunk_by(|a, b| (a.0.class, a.0.born_day) == (b.0.class, b.0.born_day)) {
        write_class(shared, group, &mut output, &mut flushed)?;
    }
    let (add_entries, added) = output.finish()?;
    let edit = Edit { add: add_entries, wal_floor: Some(generation), ..Edit::default() };
    shared.publish(edit, added, |view| view.frozen = None)?;
    shared.cardinality.set_flushed(flushed);
    shared.lanes.retire(generation);
    remove_old_logs(shared, generation)?;
    add(&shared.counters.flushes, 1);
    Ok(())
}

/// Makes the names log durable.
pub(crate) fn sync_names(shared: &Shared) -> Result<(), Error> {
    let Some(log) = shared.catalog.read().registry.log_sync() else { return Ok(()) };
    log.file.sync().map_err(|error| Error::io("names.log", "sync", error))?;
    shared.catalog.read().registry.set_synced(log.written_bytes);
    Ok(())
}

fn remove_old_logs(shared: &Shared, generation: u64) -> Result<(), Error> {
    let names = shared.disk.list(wal::FOLDER).map_err(|error| Error::io(wal::FOLDER, "list", error))?;
    for name in names {
        if wal::parse_name(&name).is_some_and(|(old, _)| old < generation) {
            let path = format!("{}/{name}", wal::FOLDER);
            shared.disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
        }
    }
    Ok(())
}

/// A live series and where its cells are.
struct LiveColumn {
    /// What is queried together lies together in a file: series are ordered by last node, then by age.
    leaf: u32,
    series: u32,
    column: usize,
}

/// The live series of a class, columns ascending.
fn live_columns(shared: &Shared, class: ClassId) -> (Archive, Vec<LiveColumn>) {
    let catalog = shared.catalog.read();
    let mut columns = Vec::new();
    for (column, series) in catalog.columns(class).iter().enumerate() {
        if let Some(place) = catalog.place(*series)
            && (place.class, place.column as usize) == (class, column)
        {
            columns.push(LiveColumn { leaf: place.leaf, series: *series, column });
        }
    }
    (catalog.classes().archive(class), columns)
}

fn write_class(
    shared: &Shared,
    chunks: &[(ChunkKey, Arc<Chunk>)],
    output: &mut Output<'_>,
    flushed: &mut FlushedCells,
) -> Result<(), Error> {
    let Some((key, _)) = chunks.first() else { return Ok(()) };
    let (archive, columns) = live_columns(shared, key.class);
    let grid = Destination::grid(archive, key.born_day);
    let (slots_per_chunk, step) = (SLOTS as i64, grid.step_secs);
    let start_of = |slot_number: i64| grid.partition_start(slot_number * step);
    let mut scratch = Scratch::default();
    let mut rest = chunks;
    let mut partition_start = start_of(key.index * slots_per_chunk);
    while let Some((last, _)) = rest.last() {
        let partition_end = partition_start + grid.partition_secs();
        let end_slot = partition_end / step;
        let inside = rest.partition_point(|(key, _)| key.index * slots_per_chunk < end_slot);
        let destination = Destination::of(archive, Stage::Fresh, key.born_day, partition_start);
        let slots = (partition_start / step, end_slot);
        scratch.write_partition(&rest[..inside], &columns, slots, flushed, |staged| {
            output.push_staged(destination, staged)
        })?;
        output.close(destination)?;
        // A chunk may reach over the partition's end: it is looked at again.
        let done = rest.partition_point(|(key, _)| (key.index + 1) * slots_per_chunk <= end_slot);
        if (last.index + 1) * slots_per_chunk <= end_slot {
            return Ok(());
        }
        rest = &rest[done..];
        let next = rest.first().map_or(end_slot, |(key, _)| (key.index * slots_per_chunk).max(end_slot));
        partition_start = floor_to(next * step, grid.partition_secs());
    }
    Ok(())
}

/// What one partition after the other is written with.
#[derive(Default)]
struct Scratch {
    tile: Tile,
    marks: Vec<bool>,
    slots: Vec<u32>,
    values: Vec<f64>,
    staged: StagedRecords,
}

impl Scratch {
    /// Makes the records of what `chunks` hold within the slots `first..end`, and hands them to `write`: all together,
    /// unless they are very many.
    fn write_partition(
        &mut self,
        chunks: &[(ChunkKey, Arc<Chunk>)],
        columns: &[LiveColumn],
        (first, end): (i64, i64),
        flushed: &mut FlushedCells,
        mut write: impl FnMut(&mut StagedRecords) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // A backfill has many chunks with few columns each: only what may be there is looked at.
        self.marks.clear();
        self.marks.resize(columns.last().map_or(0, |last| group_of(last.column) + 1), false);
        chunks.iter().for_each(|(_, chunk)| chunk.mark_groups(&mut self.marks));
        for columns in columns.chunk_by(|a, b| group_of(a.column) == group_of(b.column)) {
            let group = columns.first().map_or(0, |first| group_of(first.column));
            if !self.marks[group] {
                continue;
            }
            self.tile.copy(group, chunks.iter().map(|(_, chunk)| chunk.as_ref()));
            for LiveColumn { leaf, series, column } in columns {
                self.take_column(chunks, *column, (first, end));
                self.staged.push(*leaf, *series, &self.slots, &self.values)?;
                flushed.add(*series, self.slots.len());
            }
            if self.staged.bytes() > STAGED_BYTES_MAX {
                write(&mut self.staged)?;
            }
        }
        write(&mut self.staged)
    }

    /// Takes the cells of one column of the tile, made of `chunks`, within the slots `first..end`.
    fn take_column(&mut self, chunks: &[(ChunkKey, Arc<Chunk>)], column: usize, (first, end): (i64, i64)) {
        self.slots.clear();
        self.values.clear();
        for (index, (key, _)) in chunks.iter().enumerate() {
            let base = key.index * SLOTS as i64;
            self.tile.for_each(column, index, |slot, value| {
                let number = base + slot as i64;
                if number >= first && number < end {
                    self.slots.push((number - first) as u32);
                    self.values.push(value);
                }
            });
        }
    }
}
