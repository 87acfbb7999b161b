//! Owns the roll-up: how the cells of one archive make the cells of the next coarser one. Readers and the merge job
//! both come here, so that what is computed on the way and what is stored later agree.
//!
//! The rule, for a bucket that was touched:
//! - its cells that came in time are aggregated if enough of them are known (xFilesFactor); if not, the coarser slot
//!   keeps what it has: a known slot never becomes null;
//! - then, day of arrival by day of arrival, cells that came when the bucket had expired: those of the day and the
//!   day before are aggregated if enough are known; if not, they replace a value that the slot holds (its finer
//!   points are gone) and leave an empty slot empty.

use super::cells::Cells;
use crate::catalog::{DAY_SECS, PolicyFacts};

/// Counts what a roll-up did that an operator may want to know.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RollCounts {
    /// Coarser values replaced because their finer points had expired.
    pub(crate) replaced: u64,
}

/// Rolls every touched bucket of `finer` (at `level`) into `coarser` (at `level + 1`) and marks what it wrote.
/// `finer` starts at a slot boundary of `coarser` and covers whole buckets.
pub(crate) fn roll(policy: &PolicyFacts, level: usize, finer: &Cells, coarser: &mut Cells) -> RollCounts {
    let ratio = (coarser.step_secs / finer.step_secs) as usize;
    let offset = ((finer.first - coarser.first) / coarser.step_secs) as usize;
    let mut known = Vec::with_capacity(ratio);
    let mut counts = RollCounts::default();
    for bucket in 0..finer.values.len() / ratio {
        let slots = bucket * ratio..(bucket + 1) * ratio;
        let at = offset + bucket;
        if finer.touched[slots.clone()].contains(&true) {
            known.clear();
            known.extend(finer.values[slots.clone()].iter().filter(|value| !value.is_nan()));
            if let Some(value) = policy.roll_up(&known, ratio) {
                (coarser.values[at], coarser.touched[at]) = (value, true);
            }
        }
        for late in &finer.late {
            if late.touched[slots.clone()].contains(&true) {
                known.clear();
                let values = slots.clone().map(|slot| finer.late_value(late.born_day, slot));
                known.extend(values.filter(|value| !value.is_nan()));
                let bucket = LateBucket { born_day: late.born_day, known: &known, slots: ratio, at };
                counts.replaced += roll_late(policy, level, &bucket, coarser);
            }
        }
    }
    counts
}

/// The cells of a coarser slot's bucket that came on one day, when the bucket had expired.
struct LateBucket<'a> {
    born_day: u32,
    known: &'a [f64],
    /// Slots of the bucket, known or not.
    slots: usize,
    /// The coarser slot.
    at: usize,
}

/// Rolls `bucket`, of the archive at `level`, into `coarser`; answers how many values it replaced.
fn roll_late(policy: &PolicyFacts, level: usize, bucket: &LateBucket<'_>, coarser: &mut Cells) -> u64 {
    let LateBucket { born_day, known, slots, at } = *bucket;
    let timestamp = coarser.first + coarser.step_secs * at as i64;
    let target_day = policy.born_day(level + 1, timestamp, i64::from(born_day) * DAY_SECS);
    let held = if target_day == 0 { coarser.values[at] } else { coarser.late_value(target_day, at) };
    let rolled = policy.roll_up(known, slots);
    let value = match rolled {
        Some(value) => value,
        None if held.is_nan() => return 0,
        None => policy.aggregation.apply(known, slots),
    };
    let (values, touched) = coarser.day_mut(target_day);
    (values[at], touched[at]) = (value, true);
    u64::from(!held.is_nan())
}
