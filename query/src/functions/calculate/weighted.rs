//! ewma: the exponentially weighted mean of all values so far.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::python::general;
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "ewma",
    Group::Calculate,
    &[SERIES_LIST, Parameter::required("alpha", Kind::Float)],
    ewma,
)
.from(Origin::Carbonapi)
.known_to_carbonapi_as(&["exponentialWeightedMovingAverage"])
.help("Smooths series from their first value on: each new value counts alpha, all before it together 1 - alpha.", "web.hits: 8 4 - 4 @60
         > ewma(web.hits, 0.5)
         ewma(web.hits,0.5): 8 6 - 5 @60")];

fn ewma(call: &mut Invocation<'_, '_>) -> Outcome {
    let alpha = call.arguments().float("alpha")?;
    if !(0.0..=1.0).contains(&alpha) {
        return Err(QueryError::bad_request("ewma: the parameter alpha lies between 0 and 1"));
    }
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(format!("ewma({},{})", one.name, general(alpha)));
        let mut mean = f64::NAN;
        for value in one.values.iter_mut().filter(|value| !value.is_nan()) {
            mean = if mean.is_nan() { *value } else { alpha * *value + (1.0 - alpha) * mean };
            *value = mean;
        }
    }
    Ok(series.into())
}
