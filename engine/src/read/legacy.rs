//! Owns what a changed schema means for what is already stored: a slot of a new archive that has no cell of its own
//! is answered from the archives of earlier policies.
//!
//! The rule: only slots before the moment of the change, and only as far back as the old archive reached then. Old
//! archives are asked from fine to coarse; a finer one is aggregated under the current policy, a coarser one gives
//! its value to the slot that its timestamp falls into.

use super::cells::Cells;
use super::stored;
use crate::Error;
use crate::catalog::SeriesFacts;
use crate::class::{ceil_to, floor_to};
use crate::view::View;

struct OldArchive {
    step_secs: i64,
    first: i64,
    until: i64,
}

/// Fills absent slots of `cells` from the archives of earlier policies.
pub(crate) fn fill(view: &View, series: &SeriesFacts, cells: &mut Cells) -> Result<(), Error> {
    let mut old: Vec<OldArchive> = Vec::new();
    for era in series.eras.iter() {
        for level in &era.policy.levels {
            if level.step_secs == cells.step_secs {
                continue;
            }
            let first = era.until - level.retention_secs;
            match old.iter_mut().find(|old| old.step_secs == level.step_secs) {
                Some(old) => (old.first, old.until) = (old.first.min(first), old.until.max(era.until)),
                None => old.push(OldArchive { step_secs: level.step_secs, first, until: era.until }),
            }
        }
    }
    old.sort_by_key(|old| old.step_secs);
    for archive in &old {
        fill_from(view, series, cells, archive)?;
    }
    Ok(())
}

fn fill_from(view: &View, series: &SeriesFacts, cells: &mut Cells, old: &OldArchive) -> Result<(), Error> {
    let step = cells.step_secs;
    let first = cells.first.max(floor_to(old.first, step));
    let end = cells.end().min(ceil_to(old.until, step));
    if first >= end {
        return Ok(());
    }
    let old_first = floor_to(first, old.step_secs);
    let count = ((ceil_to(end, old.step_secs) - old_first) / old.step_secs) as usize;
    let mut source = Cells::absent(old_first, old.step_secs, count);
    stored::collect(view, series, &mut source)?;
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
