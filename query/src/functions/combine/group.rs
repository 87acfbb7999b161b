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
.help("Joins several lists of series into one.", "group(app.checkout.hits, app.login.hits)")];

fn group(call: &mut Invocation<'_, '_>) -> Outcome {
    let series: Vec<_> = call.take_lists().into_iter().flatten().collect();
    Ok(series.into())
}
