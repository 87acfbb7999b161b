//! averageOutsidePercentile and removeBetweenPercentile: keep series that stand out of the crowd.

use crate::functions::shared::{Outcome, SERIES_AND_FLOAT_N};
use crate::functions::{Descriptor, Group};
use crate::reducer::{Reducer, percentile};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("averageOutsidePercentile", Group::FilterSeries, SERIES_AND_FLOAT_N, average_outside)
        .help(
            "Keeps series whose mean lies outside the band between the n-th percentiles of all means.",
            "web.a: 1 1 @60
         web.b: 5 5 @60
         web.c: 9 9 @60
         > averageOutsidePercentile(web.*, 75)
         web.a: 1 1 @60
         web.c: 9 9 @60",
        ),
    Descriptor::new("removeBetweenPercentile", Group::FilterSeries, SERIES_AND_FLOAT_N, remove_between).help(
        "Keeps series with at least one value outside the band between the n-th percentiles of its time.",
        "web.a: 1 1 @60
         web.b: 5 5 @60
         web.c: 9 9 @60
         > removeBetweenPercentile(web.*, 75)
         web.a: 1 1 @60
         web.c: 9 9 @60",
    ),
];

/// The two ends of the band, the upper one at least half.
fn band(n: f64) -> (f64, f64) {
    let high = if n < 50.0 { 100.0 - n } else { n };
    (100.0 - high, high)
}

fn average_outside(call: &mut Invocation<'_, '_>) -> Outcome {
    let (low, high) = band(call.arguments().float("n")?);
    let mut series = call.take_series();
    let means: Vec<f64> = series.iter().map(|one| Reducer::Average.apply(&one.values)).collect();
    let (low, high) = (percentile(&means, low, false), percentile(&means, high, false));
    let mut means = means.into_iter();
    series.retain(|_| means.next().is_none_or(|mean| !(low < mean && mean < high)));
    Ok(series.into())
}

fn remove_between(call: &mut Invocation<'_, '_>) -> Outcome {
    let (low, high) = band(call.arguments().float("n")?);
    let mut series = call.take_series();
    let rows = series.iter().map(|one| one.values.len()).min().unwrap_or(0);
    let bands: Vec<(f64, f64)> = (0..rows)
        .map(|at| {
            let row: Vec<f64> = series.iter().map(|one| one.values[at]).collect();
            (percentile(&row, low, false), percentile(&row, high, false))
        })
        .collect();
    let is_outside = |value: f64, low: f64, high: f64| !(value.is_nan() || low < value && value < high);
    let outside = |(value, (low, high)): (&f64, &(f64, f64))| is_outside(*value, *low, *high);
    series.retain(|one| one.values.iter().zip(&bands).any(outside));
    Ok(series.into())
}
