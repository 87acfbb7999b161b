//! mostDeviant: keep the series that vary most.

use crate::functions::shared::{Outcome, SERIES_AND_INTEGER_N};
use crate::functions::sorting::{Order, sort_by_key};
use crate::functions::{Descriptor, Group};
use crate::python;
use crate::reducer::Reducer;
use crate::run::Invocation;

use super::extreme::leading;

pub(super) static TABLE: &[Descriptor] =
    &[Descriptor::new("mostDeviant", Group::FilterSeries, SERIES_AND_INTEGER_N, most_deviant).help(
        "Keeps the n series with the largest variance.",
        "web.a: 1 1 @60
         web.b: 1 9 @60
         > mostDeviant(web.*, 1)
         web.b: 1 9 @60",
    )];

fn most_deviant(call: &mut Invocation<'_, '_>) -> Outcome {
    let n = call.arguments().integer("n")?;
    let mut series = call.take_series();
    series.retain(|one| one.values.iter().any(|value| !value.is_nan()));
    let sorted = sort_by_key(series, |one| variance(&one.values), Order::Descending);
    Ok(leading(sorted, n).into())
}

fn variance(values: &[f64]) -> f64 {
    let mean = Reducer::Average.apply(values);
    let known = values.iter().filter(|value| !value.is_nan());
    let (count, squares) =
        known.fold((0_u64, 0.0), |(count, sum), value| (count + 1, sum + python::square(value - mean)));
    squares / count as f64
}
