//! group: several lists of series as one.

use crate::functions::shared::Outcome;
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "group",
    Group::Combine,
    &[Parameter::optional("seriesLists", Kind::SeriesList, Default::Absent).many()],
    group,
)
.slot_by_slot()
.help(
    "Joins several lists of series into one.",
    "web.hits: 1 2 @60
         web.errors: 0 1 @60
         > group(web.hits, web.errors)
         web.hits: 1 2 @60
         web.errors: 0 1 @60",
)];

fn group(call: &mut Invocation<'_, '_>) -> Outcome {
    let series: Vec<_> = call.take_lists().into_iter().flatten().collect();
    Ok(series.into())
}
