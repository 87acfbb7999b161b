//! removeEmptySeries: keep series that have values.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "removeEmptySeries",
    Group::FilterSeries,
    &[SERIES_LIST, Parameter::optional("xFilesFactor", Kind::Float, Default::Absent)],
    remove_empty,
)
.help(
    "Drops series without values, or with a smaller share of known values than xFilesFactor.",
    "removeEmptySeries(app.*.errors, 0.5)",
)];

fn remove_empty(call: &mut Invocation<'_, '_>) -> Outcome {
    let needed = call.arguments().optional_float("xFilesFactor")?.unwrap_or(0.0);
    let mut series = call.take_series();
    series.retain(|one| {
        let known = one.values.iter().filter(|value| !value.is_nan()).count();
        known > 0 && known as f64 / one.values.len() as f64 >= needed
    });
    Ok(series.into())
}
