//! Owns what a changed schema means for what is already stored: a slot of a new archive that has no cell of its own
//! is answered from the archives of earlier policies.
//!
//! The rule: only slots before the moment of the change, and only as far back as the old archive reached then. Old
//! archives are asked from fine to coarse; a finer one is aggregated under the current policy, a coarser one gives
//! its value to the slot that its timestamp falls into. A coarser archive that the current policy has as well is
//! asked last and for display alone: it goes on changing with the finer one, so rolling it up again would feed it to
//! itself.

use super::cells::Cells;
use super::sources::Sources;
use super::{level, stored};
use crate::Error;
use crate::catalog::KnownSeries;
use crate::class::{ceil_to, floor_to};

struct OldArchive {
    step_secs: i64,
    first: i64,
    until: i64,
}

/// The steps of earlier policies, from fine to coarse, with the time each can answer for.
fn old_archives(series: &KnownSeries, own_step_secs: i64) -> Vec<OldArchive> {
    let mut old: Vec<OldArchive> = Vec::new();
    let eras = series.eras.iter().flat_map(|era| era.policy.levels.iter().map(move |level| (level, era)));
    for (level, era) in eras.filter(|(level, _)| level.step_secs != own_step_secs) {
        let (first, until) = (era.first(level), era.until);
        match old.iter_mut().find(|old| old.step_secs == level.step_secs) {
            Some(old) => (old.first, old.until) = (old.first.min(first), old.until.max(until)),
            None => old.push(OldArchive { step_secs: level.step_secs, first, until }),
        }
    }
    old.sort_by_key(|old| old.step_secs);
    old
}

fn current_level(series: &KnownSeries, step_secs: i64) -> Option<usize> {
    series.policy.levels.iter().position(|level| level.step_secs == step_secs)
}

/// Fills absent slots of `cells` from archives that do not depend on them.
pub(super) fn fill(sources: &Sources<'_>, series: &KnownSeries, cells: &mut Cells) -> Result<(), Error> {
    for old in old_archives(series, cells.step_secs) {
        match current_level(series, old.step_secs) {
            Some(_) if old.step_secs > cells.step_secs => {}
            level => fill_from(sources, series, cells, &old, level)?,
        }
    }
    Ok(())
}

/// Fills what is still absent from coarser archives that the current policy has, too.
pub(super) fn fill_for_display(
    sources: &Sources<'_>,
    series: &KnownSeries,
    cells: &mut Cells,
) -> Result<(), Error> {
    for old in old_archives(series, cells.step_secs) {
        if let Some(level) = current_level(series, old.step_secs)
            && old.step_secs > cells.step_secs
        {
            fill_from(sources, series, cells, &old, Some(level))?;
        }
    }
    Ok(())
}

fn fill_from(
    sources: &Sources<'_>,
    series: &KnownSeries,
    cells: &mut Cells,
    old: &OldArchive,
    level: Option<usize>,
) -> Result<(), Error> {
    let step = cells.step_secs;
    let first = cells.first.max(floor_to(old.first, step));
    let end = cells.end().min(ceil_to(old.until, step));
    if first >= end {
        return Ok(());
    }
    let old_first = floor_to(first, old.step_secs);
    let old_end = ceil_to(end, old.step_secs);
    let source = match level {
        Some(level) => level::cells(sources, series, level, old_first, old_end)?,
        None => {
            let count = ((old_end - old_first) / old.step_secs) as usize;
            let mut source = Cells::absent(old_first, old.step_secs, count);
            stored::collect(sources, series, &mut source)?;
            source
        }
    };
    let mut known = Vec::new();
    let mut at = 0;
    for slot in ((first - cells.first) / step) as usize..((end - cells.first) / step) as usize {
        let start = cells.first + step * slot as i64;
        known.clear();
        while at < source.values.len() {
            let timestamp = old_first + old.step_secs * at as i64;
            if timestamp >= start + step {
                break;
            }
            let counts = timestamp >= start && timestamp >= old.first && timestamp < old.until;
            if counts && !source.values[at].is_nan() {
                known.push(source.values[at]);
            }
            at += 1;
        }
        if !cells.values[slot].is_nan() || start >= old.until {
            continue;
        }
        let value = if old.step_secs < step {
            series.policy.roll_up(&known, (step / old.step_secs) as usize)
        } else {
            known.last().copied()
        };
        cells.values[slot] = value.unwrap_or(f64::NAN);
    }
    Ok(())
}
