//! Owns joining the segments of one partition, and rolling the result up into the next coarser archive.
//!
//! Invariant: what goes in and what comes out is exchanged in one edit of the manifest. A merge that settles its
//! cells publishes the coarser cells they touch in the same edit, as fresh segments of the next class.

use std::sync::Arc;

use super::output::{Begun, Destination, Output};
use crate::Error;
use crate::catalog::KnownSeries;
use crate::class::{ceil_to, floor_to};
use crate::manifest::{Edit, Stage};
use crate::read::{Cells, Decoded, Sources, level, roll};
use crate::shared::Shared;
use crate::stats::add;
use crate::view::OpenSegment;

/// A merge to be done.
pub(crate) struct Job {
    /// Oldest first.
    pub(crate) inputs: Vec<Arc<OpenSegment>>,
    /// `Settled` rolls up; `Fresh` only joins.
    pub(crate) stage: Stage,
}

/// Does `job`. After `Error::DiskFull` nothing has changed, and it can be done later.
pub(crate) fn merge(shared: &Shared, job: &Job) -> Result<(), Error> {
    let begun = Begun::default();
    let merged = merge_into(shared, job, &begun);
    begun.settle(shared, merged)
}

fn merge_into(shared: &Shared, job: &Job, begun: &Begun) -> Result<(), Error> {
    let Some(newest) = job.inputs.last() else { return Ok(()) };
    let entry = newest.entry;
    let destination = Destination {
        archive: entry.archive,
        partition_start: entry.partition_start,
        stage: job.stage,
        born_day: entry.born_day,
    };
    // Damage shows before anything is written.
    for open in &job.inputs {
        open.segment.check_data()?;
    }
    let view = shared.view().without_hot();
    let mut merged = Output::new(shared, begun, Some(entry.sequence));
    let mut coarser = Output::new(shared, begun, None);
    let mut scratch = Scratch::default();
    let mut replaced = 0;
    for series in series_in_order(shared, &job.inputs) {
        scratch.gather(&job.inputs, series, entry.partition_slots as usize)?;
        merged.push(destination, series, &scratch.slots, &scratch.values)?;
        if job.stage == Stage::Settled && !scratch.touched.is_empty() {
            let facts = shared.catalog.read().facts(series);
            if let Some(facts) = facts {
                // What was decoded to be joined is not decoded again to be rolled up.
                let decoded = scratch.decoded(&job.inputs);
                let sources = Sources { view: &view, decoded: Some(decoded) };
                replaced += roll_up(&sources, &facts, destination, &scratch.touched, &mut coarser)?;
            }
        }
    }
    let (mut add_entries, mut added) = merged.finish()?;
    let (coarser_entries, coarser_added) = coarser.finish()?;
    add_entries.extend(coarser_entries);
    added.extend(coarser_added);
    let remove = job.inputs.iter().map(|open| open.entry.number).collect();
    shared.publish(Edit { add: add_entries, remove, ..Edit::default() }, added, |_| ())?;
    add(&shared.counters.merges, 1);
    add(&shared.counters.values_replaced, replaced);
    Ok(())
}

/// Every live series of `inputs`, by last node, then by age.
fn series_in_order(shared: &Shared, inputs: &[Arc<OpenSegment>]) -> Vec<u32> {
    let mut ids: Vec<u32> = inputs.iter().flat_map(|open| open.segment.ids()).collect();
    ids.sort_unstable();
    ids.dedup();
    let catalog = shared.catalog.read();
    let mut keyed: Vec<(u32, u32)> =
        ids.into_iter().filter_map(|id| Some((catalog.place(id)?.leaf, id))).collect();
    drop(catalog);
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, id)| id).collect()
}

/// The cells of one series, reused from series to series.
#[derive(Default)]
struct Scratch {
    by_slot: Vec<f64>,
    part_slots: Vec<u32>,
    part_values: Vec<f64>,
    slots: Vec<u32>,
    values: Vec<f64>,
    /// Slots that fresh inputs hold.
    touched: Vec<u32>,
}

impl Scratch {
    fn gather(
        &mut self,
        inputs: &[Arc<OpenSegment>],
        series: u32,
        partition_slots: usize,
    ) -> Result<(), Error> {
        self.by_slot.clear();
        self.by_slot.resize(partition_slots, f64::NAN);
        self.touched.clear();
        for open in inputs {
            self.part_slots.clear();
            self.part_values.clear();
            open.segment.cells(series, &mut self.part_slots, &mut self.part_values)?;
            for (slot, value) in self.part_slots.iter().zip(&self.part_values) {
                self.by_slot[*slot as usize] = *value;
            }
            if open.entry.stage == Stage::Fresh {
                self.touched.extend_from_slice(&self.part_slots);
            }
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        self.slots.clear();
        self.values.clear();
        for (slot, value) in self.by_slot.iter().enumerate() {
            if !value.is_nan() {
                self.slots.push(slot as u32);
                self.values.push(*value);
            }
        }
        Ok(())
    }

    /// What `gather` found, for a reader.
    fn decoded<'a>(&'a self, inputs: &'a [Arc<OpenSegment>]) -> Decoded<'a> {
        Decoded { segments: inputs, by_slot: &self.by_slot, touched: &self.touched }
    }
}

/// Recomputes the coarser buckets that `touched` slots fall into and writes those that have a value; answers how many
/// values were replaced.
fn roll_up(
    sources: &Sources<'_>,
    series: &KnownSeries,
    from: Destination,
    touched: &[u32],
    output: &mut Output<'_>,
) -> Result<u64, Error> {
    let policy = &series.policy;
    let Some(level) = policy.levels.iter().position(|level| level.archive == from.archive) else {
        return Ok(0);
    };
    let (Some(target), Some(first), Some(last)) =
        (policy.levels.get(level + 1), touched.first(), touched.last())
    else {
        return Ok(0);
    };
    let step = policy.levels[level].step_secs;
    let timestamp = |slot: u32| from.partition_start + i64::from(slot) * step;
    let start = floor_to(timestamp(*first), target.step_secs);
    let end = ceil_to(timestamp(*last) + step, target.step_secs);
    let mut finer = level::cells(sources, series, level, start, end)?;
    keep_touched(&mut finer, from, touched, step);
    let mut coarser = level::base(sources, series, level + 1, start, end)?;
    // What is fresh there already is not news.
    coarser.touched.fill(false);
    coarser.late.iter_mut().for_each(|late| late.touched.fill(false));
    let counts = roll::roll(policy, level, &finer, &mut coarser);
    write_touched(&coarser, series.id, target.archive, output)?;
    Ok(counts.replaced)
}

/// Leaves only those slots marked that this merge settles: others are rolled up when their own turn comes, in-time
/// cells before late-born ones.
fn keep_touched(finer: &mut Cells, from: Destination, touched: &[u32], step: i64) {
    let (first, end) = (finer.first, finer.end());
    finer.touched.fill(false);
    finer.late.iter_mut().for_each(|late| late.touched.fill(false));
    let (_, marks) = finer.day_mut(from.born_day);
    for slot in touched {
        let timestamp = from.partition_start + i64::from(*slot) * step;
        if timestamp >= first && timestamp < end {
            marks[((timestamp - first) / step) as usize] = true;
        }
    }
}

fn write_touched(
    cells: &Cells,
    series: u32,
    archive: crate::policy::Archive,
    output: &mut Output<'_>,
) -> Result<(), Error> {
    let late = cells.late.iter().map(|late| (late.born_day, &late.values, &late.touched));
    for (born_day, values, touched) in [(0, &cells.values, &cells.touched)].into_iter().chain(late) {
        let timestamp = |index: usize| cells.first + cells.step_secs * index as i64;
        let marked = (0..values.len()).filter(|index| touched[*index]);
        let changed: Vec<(i64, f64)> = marked.map(|index| (timestamp(index), values[index])).collect();
        output.push_cells(archive, Stage::Fresh, born_day, series, &changed)?;
    }
    Ok(())
}
