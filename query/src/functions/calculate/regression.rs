//! linearRegression: the straight line that fits best.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "linearRegression",
    Group::Calculate,
    &[
        SERIES_LIST,
        Parameter::optional("startSourceAt", Kind::Date, Default::Absent),
        Parameter::optional("endSourceAt", Kind::Date, Default::Absent),
    ],
    linear_regression,
)
.help(
    "Draws the line that fits a series best, fitted over another range if wished.",
    "disk.used: 1 2 - 4 @60
         > linearRegression(disk.used)
         linearRegression(disk.used, 1710503760, 1710504000): 1 2 3 4 @60",
)];

fn linear_regression(call: &mut Invocation<'_, '_>) -> Outcome {
    let (mut from, mut until) = call.range();
    // Not in the request's zone: graphite-web does not pass it on here.
    let time =
        |text: Option<&str>| text.map(|text| times::at(text, call.home_zone(), call.now())).transpose();
    from = time(call.arguments().optional_text("startSourceAt"))?.unwrap_or(from);
    until = time(call.arguments().optional_text("endSourceAt"))?.unwrap_or(until);
    let sources = call.again_over(from, until)?;
    let mut results = Vec::new();
    for (source, mut one) in sources.iter().zip(call.take_series()) {
        let Some((factor, offset)) = fit(source) else { continue };
        one.tags.set("linearRegressions", format!("{from}, {until}"));
        let values = (0..one.values.len() as i64)
            .map(|at| offset + (one.start + at * one.step) as f64 * factor)
            .collect();
        let name = format!("linearRegression({}, {from}, {until})", one.name);
        let mut line = Series::new(name, one.grid(), values, one.x_files_factor);
        line.tags = one.tags;
        results.push(line);
    }
    Ok(results.into())
}

/// Slope per second and value at the epoch; `None` with fewer than two values.
fn fit(series: &Series) -> Option<(f64, f64)> {
    let known = || series.values.iter().zip(0_i64..).filter(|(value, _)| !value.is_nan());
    let count = known().count() as f64;
    let sum_positions = known().map(|(_, at)| at).sum::<i64>() as f64;
    let sum_squares = known().map(|(_, at)| i128::from(at) * i128::from(at)).sum::<i128>() as f64;
    let sum_values = known().fold(0.0, |sum, (value, _)| sum + value);
    let sum_products = known().fold(0.0, |sum, (value, at)| sum + at as f64 * value);
    let denominator = count * sum_squares - sum_positions * sum_positions;
    if denominator == 0.0 {
        return None;
    }
    let factor = (count * sum_products - sum_positions * sum_values) / denominator / series.step as f64;
    let offset = (sum_squares * sum_values - sum_products * sum_positions) / denominator
        - factor * series.start as f64;
    Some((factor, offset))
}
