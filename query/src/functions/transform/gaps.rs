//! compressPeriodicGaps: a series whose values come at every n-th step only, with that longer step.

use crate::functions::shared::{ONLY_SERIES, Outcome, wrapped};
use crate::functions::{Descriptor, Group};
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::Series;

use super::summarize::gather;

pub(super) static TABLE: &[Descriptor] =
    &[Descriptor::new("compressPeriodicGaps", Group::Transform, ONLY_SERIES, compress).help(
        "Finds the true step of a series that has a value only every few steps, and uses it.",
        "sensor: - 1 - 2 - 3 - @60
         > compressPeriodicGaps(sensor)
         compressPeriodicGaps(sensor): 1 2 3 @120 from 11:55:00",
    )];

fn compress(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(wrapped("compressPeriodicGaps", &one.name));
        if let Some((first, interval)) = true_interval(one) {
            let start = one.start + first as i64 * one.step;
            one.values = gather(one, Reducer::Last, interval, start, one.end);
            one.end = start + interval * (one.values.len() as i64 - 1);
            (one.start, one.step) = (start, interval);
        }
    }
    Ok(series.into())
}

/// Position of the first value and the interval of all, guessed from the first three values. Zero counts as no value,
/// and so does whatever stands at the very start.
fn true_interval(series: &Series) -> Option<(usize, i64)> {
    let present = |value: f64| !value.is_nan() && value != 0.0;
    let mut positions =
        series.values.iter().enumerate().skip(1).filter(|(_, value)| present(**value)).map(|(at, _)| at);
    let (first, second) = (positions.next()?, positions.next()?);
    let third = second + (second - first);
    if second - first < 2 || third + 2 > series.values.len() {
        return None;
    }
    let alone = present(series.values[third])
        && series.values[third - 1].is_nan()
        && series.values[third + 1].is_nan();
    alone.then(|| (first, (second - first) as i64 * series.step))
}
