//! Owns turning a hot window into fresh segments.
//!
//! Invariant: from freeze to publish the frozen window stays readable; its log generations are removed only after the
//! segments and the manifest are durable.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use parking_lot::RwLockWriteGuard;

use super::output::{Destination, Output};
use crate::Error;
use crate::cardinality::FlushedCells;
use crate::class::{ClassId, floor_to};
use crate::hot::{Chunk, ChunkKey, HotWindow, SLOTS, group_of};
use crate::manifest::{Edit, Level};
use crate::policy::Archive;
use crate::shared::{Gate, Shared};
use crate::stats::add;
use crate::wal;

/// Takes the open window away from the writers and gives them a new one, in a new generation of the log.
pub(crate) fn freeze(shared: &Shared, gate: &mut RwLockWriteGuard<'_, Gate>, now: i64) -> Arc<HotWindow> {
    let frozen = std::mem::replace(&mut gate.open, Arc::new(HotWindow::new(now)));
    gate.generation += 1;
    shared.wal_bytes.store(0, Ordering::Relaxed);
    let mut view = shared.view.write();
    let mut next = crate::view::View::clone(&view);
    next.open = gate.open.clone();
    next.frozen = Some(frozen.clone());
    *view = Arc::new(next);
    frozen
}

/// Freezes the open window and writes it out.
pub(crate) fn flush(shared: &Shared, now: i64) -> Result<(), Error> {
    let _one_at_a_time = shared.flushing.lock();
    shared.latch.check()?;
    let (frozen, generation) = {
        let mut gate = shared.gate.write();
        (freeze(shared, &mut gate, now), gate.generation)
    };
    write_out(shared, &frozen, generation)
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

/// Writes `frozen` into fresh segments, after which the log before `generation` is superfluous. Whoever froze a
/// window must call this; if it does not succeed, or panics, the engine latches.
pub(crate) fn write_out(shared: &Shared, frozen: &HotWindow, generation: u64) -> Result<(), Error> {
    let mut latch = LatchUnlessDone { shared, is_done: false };
    let written = write_segments(shared, frozen, generation);
    if let Err(error) = &written {
        shared.latch.close(&error.to_string());
    }
    latch.is_done = written.is_ok();
    written
}

fn write_segments(shared: &Shared, frozen: &HotWindow, generation: u64) -> Result<(), Error> {
    // A segment refers to series by number: their names must be durable before it is.
    shared.write_names()?;
    sync_names(shared)?;
    let mut output = Output::new(shared, None);
    let mut flushed = FlushedCells::new(frozen.opened_at());
    let chunks = frozen.chunks();
    for group in chunks.chunk_by(|a, b| (a.0.class, a.0.born_day) == (b.0.class, b.0.born_day)) {
        write_class(shared, group, &mut output, &mut flushed)?;
    }
    let (add_entries, added) = output.finish()?;
    let edit = Edit { add: add_entries, wal_floor: Some(generation), ..Edit::default() };
    shared.publish(&edit, added, |view| view.frozen = None)?;
    shared.cardinality.set_flushed(flushed);
    shared.lanes.retire(generation);
    remove_old_logs(shared, generation)?;
    add(&shared.counters.flushes, 1);
    shared.pressure.relieved.notify_all();
    Ok(())
}

/// Makes the names log durable.
pub(crate) fn sync_names(shared: &Shared) -> Result<(), Error> {
    let file = shared.catalog.read().registry.log_file();
    match file {
        Some(file) => file.sync().map_err(|error| Error::io("names.log", "sync", error)),
        None => Ok(()),
    }
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

/// The live series of a class in file order: by last node, then by age, so that what is queried together lies
/// together.
fn columns_in_order(shared: &Shared, class: ClassId) -> (Archive, Vec<(u32, u32)>) {
    let catalog = shared.catalog.read();
    let mut keyed: Vec<(u32, u32, u32)> = Vec::new();
    for (column, id) in catalog.columns(class).iter().enumerate() {
        if let Some(place) = catalog.place(*id)
            && (place.class, place.column as usize) == (class, column)
        {
            keyed.push((place.leaf, *id, place.column));
        }
    }
    let archive = catalog.classes().archive(class);
    drop(catalog);
    keyed.sort_unstable();
    (archive, keyed.into_iter().map(|(_, id, column)| (id, column)).collect())
}

fn write_class(
    shared: &Shared,
    chunks: &[(ChunkKey, Arc<Chunk>)],
    output: &mut Output<'_>,
    flushed: &mut FlushedCells,
) -> Result<(), Error> {
    let Some((key, _)) = chunks.first() else { return Ok(()) };
    let (archive, columns) = columns_in_order(shared, key.class);
    let grid = Destination::grid(archive, key.born_day);
    let (slots_per_chunk, step) = (SLOTS as i64, grid.step_secs);
    let start_of = |slot_number: i64| grid.partition_start(slot_number * step);
    let (mut slots, mut values) = (Vec::new(), Vec::new());
    let highest = columns.iter().map(|(_, column)| *column as usize).max().unwrap_or(0);
    let mut marks = vec![false; group_of(highest) + 1];
    let mut rest = chunks;
    let mut partition_start = start_of(key.index * slots_per_chunk);
    while let Some((last, _)) = rest.last() {
        let partition_end = partition_start + grid.partition_secs();
        let (first_slot, end_slot) = (partition_start / step, partition_end / step);
        let inside = rest.partition_point(|(key, _)| key.index * slots_per_chunk < end_slot);
        let destination = Destination::of(archive, Level::Fresh, key.born_day, partition_start);
        // A backfill has many chunks with few columns each: only what may be there is looked at.
        marks.fill(false);
        rest[..inside].iter().for_each(|(_, chunk)| chunk.mark_groups(&mut marks));
        for (series, column) in columns.iter().filter(|(_, column)| marks[group_of(*column as usize)]) {
            slots.clear();
            values.clear();
            for (key, chunk) in &rest[..inside] {
                let base = key.index * slots_per_chunk;
                chunk.for_each(*column as usize, |slot, value| {
                    let number = base + slot as i64;
                    if number >= first_slot && number < end_slot {
                        slots.push((number - first_slot) as u32);
                        values.push(value);
                    }
                });
            }
            output.push(destination, *series, &slots, &values)?;
            flushed.add(*series, slots.len());
        }
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
