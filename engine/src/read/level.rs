//! Owns the effective cells of one archive of one series: stored, from earlier policies, and recomputed where finer
//! cells have changed since the last roll-up.
//!
//! Invariant: the answer depends on the points accepted, not on how far flushing and merging have got.

use super::cells::Cells;
use super::{legacy, roll, stored};
use crate::Error;
use crate::catalog::SeriesFacts;
use crate::class::{ceil_to, floor_to};
use crate::view::View;

/// `cells` as they are shown: with what coarser archives of earlier policies know of slots that have nothing else.
pub(crate) fn shown(
    view: &View,
    series: &SeriesFacts,
    level: usize,
    first: i64,
    end: i64,
) -> Result<Cells, Error> {
    let mut cells = cells(view, series, level, first, end)?;
    if !series.eras.is_empty() {
        legacy::fill_for_display(view, series, &mut cells)?;
    }
    Ok(cells)
}

/// The cells of `series` at `level` in the slots `first..end` (timestamps, aligned to the level's step).
pub(crate) fn cells(
    view: &View,
    series: &SeriesFacts,
    level: usize,
    first: i64,
    end: i64,
) -> Result<Cells, Error> {
    let mut cells = base(view, series, level, first, end)?;
    if let Some(finer) = finer_cells(view, series, level, first, end)? {
        roll::roll(&series.policy, level - 1, &finer, &mut cells);
    }
    Ok(cells)
}

/// The cells that stand at `level` before anything finer is rolled up.
pub(crate) fn base(
    view: &View,
    series: &SeriesFacts,
    level: usize,
    first: i64,
    end: i64,
) -> Result<Cells, Error> {
    let step = series.policy.levels[level].step_secs;
    let count = ((end - first) / step).max(0) as usize;
    let mut cells = Cells::absent(first, step, count);
    stored::collect(view, series, &mut cells)?;
    if !series.eras.is_empty() {
        legacy::fill(view, series, &mut cells)?;
    }
    Ok(cells)
}

/// The cells one level finer than `level`, over the buckets of `first..end` that may have been touched; `None` if
/// there are none.
fn finer_cells(
    view: &View,
    series: &SeriesFacts,
    level: usize,
    first: i64,
    end: i64,
) -> Result<Option<Cells>, Error> {
    if level == 0 {
        return Ok(None);
    }
    let hulls = (0..level).filter_map(|finer| stored::unrolled_hull(view, series, finer, first, end));
    let Some((from, to)) = hulls.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return Ok(None) };
    let step = series.policy.levels[level].step_secs;
    let from = floor_to(from, step).max(first);
    let to = ceil_to(to, step).min(end);
    if from >= to {
        return Ok(None);
    }
    let finer = cells(view, series, level - 1, from, to)?;
    Ok(finer.any_touched().then_some(finer))
}
