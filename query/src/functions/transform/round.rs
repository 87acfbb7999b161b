//! round: values with fewer decimals.

use crate::functions::shared::{Outcome, SERIES_LIST, map_values};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python::{general, round_decimals};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "round",
    Group::Transform,
    &[SERIES_LIST, Parameter::optional("precision", Kind::Integer, Default::Implied(0))],
    round,
)
.slot_by_slot()
.help(
    "Rounds values to a number of decimals, halves to even.",
    "web.latency: 1.25 2.5 - @60
         > round(web.latency, 1)
         round(web.latency,1): 1.2 2.5 - @60",
)];

fn round(call: &mut Invocation<'_, '_>) -> Outcome {
    let precision = call.arguments().optional_integer("precision")?;
    let decimals = precision.unwrap_or(0);
    let name = |name: &str| match precision {
        None => format!("round({name})"),
        Some(precision) => format!("round({name},{})", general(precision as f64)),
    };
    let mut series = map_values(call.take_series(), name, |value| round_decimals(value, decimals));
    series.iter_mut().for_each(|one| one.tags.set("round", decimals.to_string()));
    Ok(series.into())
}
