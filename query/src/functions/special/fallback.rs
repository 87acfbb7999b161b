//! fallbackSeries: something to show where nothing is found.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "fallbackSeries",
    Group::Special,
    &[SERIES_LIST, Parameter::required("fallback", Kind::SeriesList)],
    fallback_series,
)
.slot_by_slot()
.help(
    "Shows the second argument where the first one matches no series.",
    "web.hits: 1 2 3 @60
         > fallbackSeries(web.nosuch, web.hits)
         web.hits: 1 2 3 @60",
)];

fn fallback_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let series = call.take_series();
    if !series.is_empty() {
        return Ok(series.into());
    }
    Ok(call.take_named("fallback").unwrap_or_default().into())
}
