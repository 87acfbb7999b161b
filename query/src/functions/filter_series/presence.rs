//! removeEmptySeries and removeZeroSeries: keep series that have values.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("removeEmptySeries", Group::FilterSeries, PARAMETERS, |call| {
        keep(call, |value| !value.is_nan())
    })
    .help("Drops series without values, or with a smaller share of known values than xFilesFactor.", "web.a: - - @60
         web.b: 3 - @60
         > removeEmptySeries(web.*)
         web.b: 3 - @60"),
    Descriptor::new("removeZeroSeries", Group::FilterSeries, PARAMETERS, |call| {
        keep(call, |value| !value.is_nan() && value != 0.0)
    })
    .from(Origin::Carbonapi)
    .help("Drops series that are nothing but zeros and gaps, or where a smaller share than xFilesFactor is anything else.", "web.a: 0 - @60
         web.b: 0 4 @60
         > removeZeroSeries(web.*)
         web.b: 0 4 @60"),
];

static PARAMETERS: &[Parameter] =
    &[SERIES_LIST, Parameter::optional("xFilesFactor", Kind::Float, Default::Absent)];

fn keep(call: &mut Invocation<'_, '_>, counts: fn(f64) -> bool) -> Outcome {
    let needed = call.arguments().optional_float("xFilesFactor")?.unwrap_or(0.0);
    let mut series = call.take_series();
    series.retain(|one| {
        let known = one.values.iter().filter(|value| counts(**value)).count();
        known > 0 && known as f64 / one.values.len() as f64 >= needed
    });
    Ok(series.into())
}
