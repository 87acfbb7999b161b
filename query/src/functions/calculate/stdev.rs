//! stdev: the standard deviation over a moving number of points.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "stdev",
    Group::Calculate,
    &[
        SERIES_LIST,
        Parameter::required("points", Kind::Integer),
        Parameter::optional("windowTolerance", Kind::Float, Default::Number(0.1)),
    ],
    stdev,
)
.help(
    "Shows the standard deviation over a moving number of points.",
    "web.hits: 1 3 1 3 @60
         > stdev(web.hits, 2)
         stdev(web.hits,2): 0 1 1 1 @60",
)];

fn stdev(call: &mut Invocation<'_, '_>) -> Outcome {
    let points = call.arguments().integer("points")?;
    let tolerance = call.arguments().float("windowTolerance")?;
    let window = usize::try_from(points).ok().filter(|window| *window > 0);
    let window =
        window.ok_or_else(|| QueryError::bad_request(format!("stdev: {points} points make no window")))?;
    let mut series = call.take_series();
    for one in &mut series {
        one.values = deviations(&one.values, window, tolerance);
        one.tags.set("stdev", points.to_string());
        one.rename(format!("stdev({},{points})", one.name));
    }
    Ok(series.into())
}

fn deviations(values: &[f64], window: usize, tolerance: f64) -> Vec<f64> {
    let (mut known, mut sum, mut squares) = (0_u64, 0.0, 0.0);
    let mut output = Vec::with_capacity(values.len());
    for (at, &value) in values.iter().enumerate() {
        let dropped = at.checked_sub(window).map_or(f64::NAN, |before| values[before]);
        if !dropped.is_nan() {
            known -= 1;
        }
        if !value.is_nan() {
            known += 1;
        }
        // Both sums are kept running, so their rounding is that of the whole series up to here.
        if !dropped.is_nan() {
            sum -= dropped;
            squares -= dropped * dropped;
        }
        if !value.is_nan() {
            sum += value;
            squares += value * value;
        }
        let enough = known > 0 && known as f64 / window as f64 >= tolerance;
        // The square root of a negative number is NaN, a missing value.
        output.push(if enough {
            (known as f64 * squares - sum * sum).sqrt() / known as f64
        } else {
            f64::NAN
        });
    }
    output
}
