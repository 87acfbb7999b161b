//! Owns the effective cells of one archive of one series: stored, from earlier policies, and recomputed where finer
//! cells have changed since the last roll-up.
//!
//! Invariant: the answer depends on the points accepted, not on how far flushing and merging have got.

use super::cells::Cells;
use super::sources::Sources;
use super::{legacy, roll, stored};
use crate::Error;
use crate::catalog::KnownSeries;
use crate::class::{ceil_to, floor_to};

/// `cells` as they are shown: with what coarser archives of earlier policies know of slots that have nothing else. They
/// are put into `memory`, which was another series' and whose content is forgotten.
pub(crate) fn shown(
    memory: Cells,
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    (first, end): (i64, i64),
) -> Result<Cells, Error> {
    let mut cells = base_in(memory, sources, series, level, (first, end))?;
    roll_up_finer(sources, series, level, &mut cells)?;
    if !series.eras.is_empty() {
        legacy::fill_for_display(sources, series, &mut cells)?;
    }
    Ok(cells)
}

/// The cells of `series` at `level` in the slots `first..end` (timestamps, aligned to the level's step).
pub(crate) fn cells(
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    first: i64,
    end: i64,
) -> Result<Cells, Error> {
    let mut cells = base(sources, series, level, first, end)?;
    roll_up_finer(sources, series, level, &mut cells)?;
    Ok(cells)
}

/// Computes those of `cells` anew that something finer may have changed.
fn roll_up_finer(
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    cells: &mut Cells,
) -> Result<(), Error> {
    for (from, to) in touched_intervals(sources, series, level, cells.first, cells.end()) {
        let finer = self::cells(sources, series, level - 1, from, to)?;
        if finer.any_touched() {
            roll::roll(&series.policy, level - 1, &finer, cells);
        }
    }
    Ok(())
}

/// The cells that stand at `level` before anything finer is rolled up.
pub(crate) fn base(
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    first: i64,
    end: i64,
) -> Result<Cells, Error> {
    base_in(Cells::default(), sources, series, level, (first, end))
}

fn base_in(
    memory: Cells,
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    (first, end): (i64, i64),
) -> Result<Cells, Error> {
    let step = series.policy.levels[level].step_secs;
    let count = ((end - first) / step).max(0) as usize;
    let mut cells = Cells::absent_in(memory, first, step, count);
    stored::collect(sources, series, &mut cells)?;
    if !series.eras.is_empty() {
        legacy::fill(sources, series, &mut cells)?;
    }
    Ok(cells)
}

/// The times within `first..end`, in whole buckets of `level`, in which something finer may have been touched: apart
/// from each other and in order, so that one old point does not make a reader look at all the time since.
fn touched_intervals(
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    first: i64,
    end: i64,
) -> Vec<(i64, i64)> {
    let step = series.policy.levels[level].step_secs;
    let mut intervals = Vec::new();
    for finer in 0..level {
        stored::unrolled(sources, series, finer, (first, end), &mut intervals);
    }
    for (from, to) in &mut intervals {
        (*from, *to) = (floor_to(*from, step).max(first), ceil_to(*to, step).min(end));
    }
    intervals.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::new();
    for (from, to) in intervals {
        match apart.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => apart.push((from, to)),
        }
    }
    apart
}
