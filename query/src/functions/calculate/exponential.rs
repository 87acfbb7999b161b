//! exponentialMovingAverage: a mean in which older values count less and less.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group};
use crate::python::round_decimals;
use crate::reducer::Reducer;
use crate::run::Invocation;

use super::moving::checked_start;
use super::window::{WINDOW_SIZE, Window, back, window_hook};

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "exponentialMovingAverage",
    Group::Calculate,
    &[SERIES_LIST, WINDOW_SIZE],
    exponential,
)
.widens(window_hook)
.takes_times()
.help(
    "Smooths series by a mean that weighs recent values more.",
    "web.hits: 0 4 8 4 @60
         > exponentialMovingAverage(web.hits, 2) since 2min
         exponentialMovingAverage(web.hits,2): 2 6 4.666667 @60",
)];

fn exponential(call: &mut Invocation<'_, '_>) -> Outcome {
    let window = Window::of(&call.arguments())?;
    let Some(times) = call.take_times() else { return Ok(Vec::new().into()) };
    let preview_seconds = window.seconds(&times);
    if preview_seconds < 0 {
        return Err(QueryError::bad_request("exponentialMovingAverage: the window must not be negative"));
    }
    let span = match &window {
        Window::Interval { seconds, .. } => *seconds,
        Window::Points { count, .. } => *count,
    };
    let weight = 2.0 / (span as f64 + 1.0);
    let mut results = call.again(back(preview_seconds))?;
    for one in &mut results {
        let points = usize::try_from(window.points(one)).unwrap_or(0);
        one.values = smoothed(&one.values, points, weight);
        one.tags.set("exponentialMovingAverage", window.in_tag());
        one.rename(format!("exponentialMovingAverage({},{})", one.name, window.in_name()));
        one.start = checked_start(one.start, preview_seconds)?;
    }
    Ok(results.into())
}

/// Starts from the mean of the first window; all values are rounded to six decimals.
fn smoothed(values: &[f64], points: usize, weight: f64) -> Vec<f64> {
    let points = points.min(values.len());
    let first = Reducer::Average.apply(&values[..points]);
    let mut mean = if first.is_nan() { 0.0 } else { first };
    let mut output = Vec::with_capacity(values.len() - points + 1);
    output.push(round_decimals(mean, 6));
    for &value in &values[points..] {
        if value.is_nan() {
            output.push(f64::NAN);
        } else {
            mean = weight * value + (1.0 - weight) * mean;
            output.push(round_decimals(mean, 6));
        }
    }
    output
}
