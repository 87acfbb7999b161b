//! tukeyAbove and tukeyBelow: keep series with values far out of the crowd.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::sorting::{Order, sort_by_key};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::plan::Literal;
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

static PARAMETERS: &[Parameter] = &[
    SERIES_LIST,
    Parameter::required("basis", Kind::Float),
    Parameter::required("n", Kind::Integer),
    Parameter::optional("interval", Kind::IntOrInterval, Default::Integer(0)),
];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("tukeyAbove", Group::FilterSeries, PARAMETERS, |call| outliers(call, |value, (_, high)| value >= high))
        .from(Origin::Carbonapi)
        .help("Keeps the n series with the most values above the upper fence, basis times the distance of the quartiles beyond them; an interval restricts it to that many last points, a negative one to those before.", "web.a: 4 5 6 5 @60
         web.b: 5 6 4 90 @60
         > tukeyAbove(web.*, 1.5, 1)
         web.b: 5 6 4 90 @60"),
    Descriptor::new("tukeyBelow", Group::FilterSeries, PARAMETERS, |call| outliers(call, |value, (low, _)| value <= low))
        .from(Origin::Carbonapi)
        .help("Keeps the n series with the most values below the lower fence, basis times the distance of the quartiles beyond them; an interval restricts it as in tukeyAbove.", "web.a: 44 45 46 45 @60
         web.b: 45 46 44 1 @60
         > tukeyBelow(web.*, 1.5, 1)
         web.b: 45 46 44 1 @60"),
];

fn outliers(call: &mut Invocation<'_, '_>, is_outside: fn(f64, (f64, f64)) -> bool) -> Outcome {
    let basis = call.arguments().float("basis")?;
    let n = usize::try_from(call.arguments().integer("n")?).unwrap_or(0);
    if basis.is_nan() || basis <= 0.0 || n == 0 {
        return Err(QueryError::bad_request(format!(
            "{}: the parameters basis and n must be above 0",
            call.name()
        )));
    }
    let mut series = call.take_series();
    let Some(first) = series.first() else { return Ok(series.into()) };
    let interval = points(call, first.step)?;
    let mut pooled: Vec<f64> = series.iter().flat_map(|one| regarded(&one.values, interval)).collect();
    let Some(fences) = fences(&mut pooled, basis) else { return Ok(Vec::new().into()) };
    let count =
        |one: &Series| regarded(&one.values, interval).filter(|value| is_outside(*value, fences)).count();
    series.retain(|one| count(one) > 0);
    let mut sorted = sort_by_key(series, |one| count(one) as f64, Order::Descending);
    sorted.truncate(n);
    Ok(sorted.into())
}

/// The interval as a number of points.
fn points(call: &Invocation<'_, '_>, step: i64) -> Result<i64, QueryError> {
    match call.arguments().literal("interval") {
        Some(Literal::Integer(points)) => Ok(*points),
        Some(Literal::Float(points)) => Ok(*points as i64),
        Some(Literal::Text(text)) => Ok(times::interval(text)? / step.max(1)),
        _ => Ok(0),
    }
}

/// The known ones of the last `points` values, or of those before the last `-points`; all if there are not that many.
fn regarded(values: &[f64], points: i64) -> impl Iterator<Item = f64> {
    let distance = usize::try_from(points.unsigned_abs()).unwrap_or(usize::MAX);
    let part = match values.len().checked_sub(distance) {
        None | Some(0) => values,
        Some(_) if points == 0 => values,
        Some(split) if points < 0 => &values[..split],
        Some(split) => &values[split..],
    };
    part.iter().copied().filter(|value| !value.is_nan())
}

/// Tukey's fences around all values; `None` without any.
fn fences(values: &mut [f64], basis: f64) -> Option<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let quartile = |share: f64| values.get((share * values.len() as f64) as usize).copied();
    let (first, third) = (quartile(0.25)?, quartile(0.75)?);
    let reach = basis * (third - first);
    Some((first - reach, third + reach))
}
