//! removeAboveValue, removeBelowValue and the same by percentile: values beyond a bound become missing.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_AND_FLOAT_N};
use crate::functions::{Descriptor, Group};
use crate::python::{general, representation};
use crate::reducer::percentile_within;
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    removal("removeAboveValue", |call| remove(call, Bound::Value, |value, bound| value > bound))
        .slot_by_slot()
        .help(
            "Drops values above n.",
            "web.hits: 1 5 - 9 @60
         > removeAboveValue(web.hits, 5)
         removeAboveValue(web.hits, 5): 1 5 - - @60",
        ),
    removal("removeBelowValue", |call| remove(call, Bound::Value, |value, bound| value < bound))
        .slot_by_slot()
        .help(
            "Drops values below n.",
            "web.hits: 1 5 - 9 @60
         > removeBelowValue(web.hits, 5)
         removeBelowValue(web.hits, 5): - 5 - 9 @60",
        ),
    removal("removeAbovePercentile", |call| remove(call, Bound::Percentile, |value, bound| value > bound))
        .help(
            "Drops each series' values above its n-th percentile.",
            "web.hits: 1 2 3 4 5 @60
         > removeAbovePercentile(web.hits, 60)
         removeAbovePercentile(web.hits, 60): 1 2 3 4 - @60",
        ),
    removal("removeBelowPercentile", |call| remove(call, Bound::Percentile, |value, bound| value < bound))
        .help(
            "Drops each series' values below its n-th percentile.",
            "web.hits: 1 2 3 4 5 @60
         > removeBelowPercentile(web.hits, 60)
         removeBelowPercentile(web.hits, 60): - - - 4 5 @60",
        ),
];

const fn removal(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::FilterData, SERIES_AND_FLOAT_N, evaluate)
}

/// What `n` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Value,
    Percentile,
}

fn remove(call: &mut Invocation<'_, '_>, kind: Bound, beyond: fn(f64, f64) -> bool) -> Outcome {
    let n = call.arguments().float("n")?;
    if kind == Bound::Percentile && n == 0.0 {
        return Err(QueryError::bad_request(format!("{}: the percentile must be above 0", call.name())));
    }
    let function = call.name();
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(format!("{function}({}, {})", one.name, general(n)));
        let mut bound = n;
        if kind == Bound::Percentile {
            // A percentile that is not among the values removes nothing.
            let Some(percentile) = percentile_within(&one.values, n) else { continue };
            one.tags.set("nPercentile", representation(n));
            bound = percentile;
        }
        for value in &mut one.values {
            if beyond(*value, bound) {
                *value = f64::NAN;
            }
        }
    }
    Ok(series.into())
}
