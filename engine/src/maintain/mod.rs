//! Owns the work behind the scenes: flush, merge, expiry, and freezing the tree of names.
//!
//! Invariant: nothing here changes what a reader sees, except that expired slots go away.
//!
//! *Late-born* cells are those that arrive when their bucket of the next coarser archive has already expired from
//! their own archive. They are never shown at that step; they are kept apart by day of arrival, rolled up, and
//! dropped two days later.

mod flush;
mod merge;
mod output;
mod plan;
mod salvage;

pub(crate) use flush::{Unflushed, flush, freeze, sync_names, write_out};
pub(crate) use salvage::{check_files, salvage_noted, set_aside};

use crate::Error;
use crate::manifest::Edit;
use crate::shared::Shared;
use crate::stats::add;
use plan::{Keep, Planner};

/// Does the next merge there is, or sets aside a segment that it cannot read; with `everything`, one that could wait as well. Answers whether there was one.
pub(crate) fn merge_next(shared: &Shared, now: i64, everything: bool) -> Result<bool, Error> {
    let _one_at_a_time = shared.maintenance.lock();
    shared.latch.check()?;
    let view = shared.view();
    match planner(shared, &view, now).next_job(everything) {
        Some(job) => {
            let merged = merge::merge(shared, &job).map(|()| true);
            // A damaged segment is set aside; without it, there may be another merge to do.
            let settled = merged.or_else(|fault| match salvage::salvage(shared, &fault) {
                Ok(true) => Ok(true),
                Ok(false) => Err(fault),
                Err(error) => Err(error),
            });
            if settled.as_ref().is_err_and(Error::is_disk_full) {
                add(&shared.counters.merges_abandoned, 1);
            }
            shared.latch.guard(settled)
        }
        None => Ok(false),
    }
}

/// Changes on top of the frozen tree of names at which freezing them pays: they make finds slower, and a freeze takes
/// over what did not change.
const UNFROZEN_MAX: usize = 8_192;

/// Changes of the frozen tree at which its cache file is written anew: a start has to make up for what it lacks.
const UNSAVED_MAX: usize = 65_536;

/// Freezes the tree of names once much has changed on top of it; it stays in use meanwhile.
pub(crate) fn freeze_index_if_due(shared: &Shared) -> Result<(), Error> {
    let _one_at_a_time = shared.maintenance.lock();
    shared.latch.check()?;
    let (job, unsaved_max) = {
        let mut catalog = shared.catalog.write();
        let live_count = catalog.registry.live_count();
        let is_due = catalog.index.unfrozen_count() >= UNFROZEN_MAX.max(live_count / 64);
        let job = if is_due { catalog.index.begin_freeze() } else { None };
        (job, UNSAVED_MAX.max(live_count / 4))
    };
    let Some(job) = job else { return Ok(()) };
    let frozen = job.run().and_then(|frozen| match frozen.unsaved_count() < unsaved_max {
        true => Ok(frozen),
        false => frozen.save(&*shared.disk),
    });
    let mut catalog = shared.catalog.write();
    match shared.latch.guard(frozen) {
        Ok(frozen) => catalog.index.finish_freeze(frozen),
        Err(error) => {
            catalog.index.abandon_freeze();
            return Err(error);
        }
    }
    Ok(())
}

/// Removes the segments that nothing can ask for any more.
pub(crate) fn expire(shared: &Shared, now: i64) -> Result<(), Error> {
    let _one_at_a_time = shared.maintenance.lock();
    shared.latch.check()?;
    let view = shared.view();
    let expired = planner(shared, &view, now).expired();
    if expired.is_empty() {
        return Ok(());
    }
    let remove = expired.iter().map(|entry| entry.number).collect();
    shared.latch.guard(shared.publish(Edit { remove, ..Edit::default() }, Vec::new(), |_| ()))?;
    add(&shared.counters.segments_expired, expired.len() as u64);
    add(&shared.counters.cells_expired, expired.iter().map(|entry| entry.cells).sum());
    Ok(())
}

fn planner<'a>(shared: &Shared, view: &'a crate::view::View, now: i64) -> Planner<'a> {
    let keep = Keep::new(&shared.catalog.read());
    let now = view.expiry_moment(now);
    Planner { view, now, fresh_segments_max: shared.options.fresh_segments_max, keep }
}
