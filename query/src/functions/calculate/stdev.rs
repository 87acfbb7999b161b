//! stdev: the standard deviation over a moving number of points.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python;
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
        one.values = deviations(&one.values, window, tolerance, one.integral);
        one.integral = false;
        one.tags.set("stdev", points.to_string());
        one.rename(format!("stdev({},{points})", one.name));
    }
    Ok(series.into())
}

fn deviations(values: &[f64], window: usize, tolerance: f64, integral: bool) -> Vec<f64> {
    let exact = integral && values.iter().all(|value| value.is_nan() || value.abs() < EXACT_BELOW);
    let mut sums = if exact { Sums::Exact(0, 0) } else { Sums::Rounded(0.0, 0.0) };
    let mut known = 0_u32;
    let mut output = Vec::with_capacity(values.len());
    for (at, &value) in values.iter().enumerate() {
        let dropped = at.checked_sub(window).map_or(f64::NAN, |before| values[before]);
        // Both sums are kept running, so their rounding is that of the whole series up to here.
        if !dropped.is_nan() {
            known -= 1;
            sums.drop(dropped);
        }
        if !value.is_nan() {
            known += 1;
            sums.add(value);
        }
        let enough = known > 0 && f64::from(known) / window as f64 >= tolerance;
        output.push(if enough { sums.deviation(known) } else { f64::NAN });
    }
    output
}

/// Whole numbers below this are summed exactly: then neither sum leaves 128 bits, however long the series.
const EXACT_BELOW: f64 = 4_294_967_296.0;

/// The sum of the values in the window and that of their squares: as doubles, or exactly for whole numbers, as Python
/// does with its integers.
enum Sums {
    Rounded(f64, f64),
    Exact(i128, i128),
}

impl Sums {
    fn add(&mut self, value: f64) {
        match self {
            Sums::Rounded(sum, squares) => {
                *sum += value;
                *squares += python::square(value);
            }
            Sums::Exact(sum, squares) => {
                *sum += value as i128;
                *squares += (value as i128) * (value as i128);
            }
        }
    }

    fn drop(&mut self, value: f64) {
        match self {
            Sums::Rounded(sum, squares) => {
                *sum -= value;
                *squares -= python::square(value);
            }
            Sums::Exact(sum, squares) => {
                *sum -= value as i128;
                *squares -= (value as i128) * (value as i128);
            }
        }
    }

    /// The square root of a negative number is NaN, a missing value.
    fn deviation(&self, known: u32) -> f64 {
        let spread = match self {
            Sums::Rounded(sum, squares) => f64::from(known) * squares - python::square(*sum),
            Sums::Exact(sum, squares) => (i128::from(known) * squares - sum * sum) as f64,
        };
        spread.sqrt() / f64::from(known)
    }
}
