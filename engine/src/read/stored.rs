//! Owns collecting the cells of one series and step from segments and hot windows.
//!
//! Invariant: sources are laid over each other from old to new, so the last write wins; only what is not rolled up
//! yet is marked as touched.

use super::cells::Cells;
use super::sources::{Decoded, Sources};
use crate::Error;
use crate::catalog::{KnownSeries, PolicyFacts};
use crate::class::ceil_to;
use crate::hot::SLOTS;
use crate::manifest::Stage;
use crate::policy::Archive;
use crate::view::OpenSegment;
use std::sync::Arc;

/// Lays every stored cell of `series` at `cells`' step over `cells`; hot windows too if the step is its finest.
pub(crate) fn collect(sources: &Sources<'_>, series: &KnownSeries, cells: &mut Cells) -> Result<(), Error> {
    let segments = sources.view.segments.overlapping(cells.step_secs, cells.first, cells.end());
    if series.eras.is_empty() {
        from_segments(sources, segments, series, cells)?;
    } else {
        // Ages compare within an archive only: a merge for one series' sake makes its neighbours look younger.
        let mut segments: Vec<_> = segments.collect();
        segments.sort_by_key(|open| last_use(open.entry.archive, series));
        from_segments(sources, segments.into_iter(), series, cells)?;
    }
    let finest = &series.policy.levels[0];
    if finest.step_secs == cells.step_secs {
        from_windows(sources, series, cells);
    }
    Ok(())
}

/// Lays the cells of `segments` over `cells`, one segment after the other.
fn from_segments<'a>(
    sources: &Sources<'_>,
    segments: impl Iterator<Item = &'a Arc<OpenSegment>>,
    series: &KnownSeries,
    cells: &mut Cells,
) -> Result<(), Error> {
    let mut is_decoded_laid = false;
    for open in segments {
        match sources.decoded(open) {
            None => from_segment(open, series, cells)?,
            // All at once: they are of one archive, partition and day, and share no slot with others.
            Some(decoded) if !is_decoded_laid => {
                from_decoded(decoded, open, series, cells);
                is_decoded_laid = true;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// When a series last had `archive`: the number of the policy, counted from its first.
fn last_use(archive: Archive, series: &KnownSeries) -> usize {
    let has = |policy: &PolicyFacts| policy.levels.iter().any(|level| level.archive == archive);
    if has(&series.policy) {
        return series.eras.len();
    }
    series.eras.iter().rposition(|era| has(&era.policy)).unwrap_or(0)
}

/// Cells of an earlier policy's archive count only as far back as that archive reached when the policy ended.
fn first_that_counts(open: &OpenSegment, series: &KnownSeries) -> i64 {
    let archive = open.entry.archive;
    let current = series.policy.levels.iter().any(|level| level.archive == archive);
    if current {
        return i64::MIN;
    }
    let ended = series.eras.iter().filter_map(|era| {
        era.policy.levels.iter().find(|level| level.archive == archive).map(|level| era.first(level))
    });
    ended.max().unwrap_or(i64::MIN)
}

/// The slots that a segment and a run of cells have in common.
struct Overlap {
    in_cells: usize,
    in_segment: u32,
    count: usize,
}

impl Overlap {
    fn of(open: &OpenSegment, series: &KnownSeries, cells: &Cells) -> Option<Self> {
        let entry = &open.entry;
        let floor = if series.eras.is_empty() { i64::MIN } else { first_that_counts(open, series) };
        let first = cells.first.max(entry.partition_start).max(floor);
        // A floor need not be aligned; a slot counts if it starts at or after it.
        let first = ceil_to(first, cells.step_secs);
        let end = cells.end().min(entry.partition_end());
        (first < end).then(|| Self {
            in_cells: ((first - cells.first) / cells.step_secs) as usize,
            in_segment: ((first - entry.partition_start) / cells.step_secs) as u32,
            count: ((end - first) / cells.step_secs) as usize,
        })
    }
}

fn from_decoded(decoded: &Decoded<'_>, open: &OpenSegment, series: &KnownSeries, cells: &mut Cells) {
    let Some(overlap) = Overlap::of(open, series, cells) else { return };
    let in_partition = overlap.in_segment as usize..overlap.in_segment as usize + overlap.count;
    let (values, touched) = cells.day_mut(open.entry.born_day);
    let known = decoded.by_slot.get(in_partition.clone()).unwrap_or_default();
    for (value, new) in values[overlap.in_cells..].iter_mut().zip(known) {
        if !new.is_nan() {
            *value = *new;
        }
    }
    for slot in decoded.touched.iter().map(|slot| *slot as usize).filter(|slot| in_partition.contains(slot)) {
        touched[overlap.in_cells + slot - in_partition.start] = true;
    }
}

fn from_segment(open: &OpenSegment, series: &KnownSeries, cells: &mut Cells) -> Result<(), Error> {
    let Some(overlap) = Overlap::of(open, series, cells) else { return Ok(()) };
    let in_cells = overlap.in_cells..overlap.in_cells + overlap.count;
    let (values, touched) = cells.day_mut(open.entry.born_day);
    let values = &mut values[in_cells.clone()];
    // A cell is never NaN: what is read over an older value replaces it.
    match open.entry.stage {
        Stage::Settled => open.segment.read_into(series.id, overlap.in_segment, values)?,
        Stage::Fresh => {
            open.segment.read_marking(series.id, overlap.in_segment, values, &mut touched[in_cells])?
        }
    };
    Ok(())
}

fn from_windows(sources: &Sources<'_>, series: &KnownSeries, cells: &mut Cells) {
    let step = cells.step_secs;
    let (first, end) = (cells.first / step, cells.end() / step);
    let column = series.place.column as usize;
    for window in sources.view.windows() {
        window.for_each_chunk_of(series.place.class, (first, end), |key, chunk| {
            let base = key.index * SLOTS as i64;
            let slots = (first - base).max(0)..(end - base).min(SLOTS as i64);
            let in_cells = (base + slots.start - first) as usize;
            let slots = slots.start as usize..slots.end as usize;
            if !chunk.may_hold(column) {
                return;
            }
            let (values, touched) = cells.day_mut(key.born_day);
            let (values, touched) = (&mut values[in_cells..], &mut touched[in_cells..]);
            let first_slot = slots.start;
            chunk.for_each_in(column, slots, |slot, value| {
                let at = slot - first_slot;
                (values[at], touched[at]) = (value, true);
            });
        });
    }
}

/// Adds to `intervals` the times within `first..end` in which sources not rolled up yet may hold cells of `series` at
/// `level`. May be too wide, never too narrow.
pub(crate) fn unrolled(
    sources: &Sources<'_>,
    series: &KnownSeries,
    level: usize,
    (first, end): (i64, i64),
    intervals: &mut Vec<(i64, i64)>,
) {
    let facts = &series.policy.levels[level];
    for open in sources.view.segments.overlapping(facts.step_secs, first, end) {
        if open.entry.stage == Stage::Fresh && open.segment.contains(series.id) {
            intervals.push((open.entry.first().max(first), open.entry.end().min(end)));
        }
    }
    if level == 0 {
        let chunk_secs = SLOTS as i64 * facts.step_secs;
        let (first_slot, end_slot) = (first / facts.step_secs, end / facts.step_secs);
        for window in sources.view.windows() {
            window.for_each_chunk_of(facts.class, (first_slot, end_slot), |key, chunk| {
                if chunk.may_hold(series.place.column as usize) {
                    let start = key.index * chunk_secs;
                    intervals.push((start.max(first), (start + chunk_secs).min(end)));
                }
            });
        }
    }
}
