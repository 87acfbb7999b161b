//! removeEmptySeries and removeZeroSeries: keep series that have values.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("removeEmptySeries", Group::FilterSeries, PARAMETERS, |call| {
        keep(call, |value| !value.is_nan())
    })
    .help(
        "Drops series without values, or with a smaller share of known values than xFilesFactor.",
        "removeEmptySeries(app.*.errors, 0.5)",
    ),
    Descriptor::new("removeZeroSeries", Group::FilterSeries, PARAMETERS, |call| {
        keep(call, |value| !value.is_nan() && value != 0.0)
    })
    .from(Origin::Carbonapi)
    .help(
        "Drops series that are nothing but zeros and gaps, or where a smaller share than xFilesFactor is anything else.",
        "EXAMPLE",
    ),
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
