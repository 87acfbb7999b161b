//! rate: how fast a counter grows over a window, across its resets.
//!
//! Invariant: a counter only grows; a value below the one before it has been counted from zero again. What was counted
//! between two known values is spread over the time between them, so that a gap neither adds nor loses anything.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::plan::{Arguments, Shift};
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

use super::moving::checked_start;
use super::window::back;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "rate",
    Group::Calculate,
    &[SERIES_LIST, Parameter::required("window", Kind::Interval)],
    rate,
)
.widens(hook)
.takes_times()
.from(Origin::Plumbago)
.help("Shows by how much a counter grew per second over the window that ends at each point; where it fell, it was reset and grew from zero.", r#"web.requests: 60 120 180 30 90 @60
         > rate(web.requests, "2min") since 3min
         rate(web.requests,"2min"): 1 0.75 0.75 @60"#)];

fn hook(arguments: &Arguments<'_>) -> Option<Shift> {
    times::positive_interval(arguments.optional_text("window")?).ok().map(back)
}

fn rate(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("window")?;
    let seconds = times::positive_interval(text)?;
    let (from, _) = call.range();
    let mut series = call.again(back(seconds))?;
    for one in &mut series {
        let distance = usize::try_from(seconds / one.step.max(1)).unwrap_or(usize::MAX);
        one.values = rates(one, distance);
        let earlier = (0_i64..).map(|at| one.start.saturating_add(at.saturating_mul(one.step)));
        let skipped = earlier.take_while(|time| *time <= from).take(one.values.len()).count();
        one.values.drain(..skipped);
        one.start = checked_start(one.start, one.step.saturating_mul(skipped as i64))?;
        one.integral = false;
        one.rename(format!("rate({},\"{text}\")", one.name));
    }
    Ok(series.into())
}

/// For every value the growth per second between the first and the last known value of the `distance` + 1 that end there.
fn rates(series: &Series, distance: usize) -> Vec<f64> {
    // Growth since the first known value, and where the known values are.
    let mut grown = Vec::with_capacity(series.values.len());
    let mut known: Vec<usize> = Vec::new();
    let (mut total, mut previous) = (0.0, f64::NAN);
    for (at, value) in series.values.iter().enumerate() {
        if value.is_finite() {
            total += match () {
                () if previous.is_nan() => 0.0,
                () if *value >= previous => value - previous,
                () => *value,
            };
            previous = *value;
            known.push(at);
        }
        grown.push(total);
    }
    let (mut first, mut last) = (0, 0);
    (0..series.values.len())
        .map(|end| {
            let begin = end.saturating_sub(distance);
            while known.get(first).is_some_and(|at| *at < begin) {
                first += 1;
            }
            while known.get(last + 1).is_some_and(|at| *at <= end) {
                last += 1;
            }
            match (known.get(first), known.get(last)) {
                (Some(from), Some(to)) if from < to && *to <= end => {
                    (grown[*to] - grown[*from]) / ((to - from) as f64 * series.step as f64)
                }
                _ => f64::NAN,
            }
        })
        .collect()
}
