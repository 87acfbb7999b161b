//! topk and bottomk: the n series that lead an order, those without a value left out.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, reducer};
use crate::functions::sorting::{Order, sort_by};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;

static PARAMETERS: &[Parameter] = &[
    Parameter::required("n", Kind::Integer),
    SERIES_LIST,
    Parameter::optional("by", Kind::AggFunc, Default::Text("average")),
];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("topk", Group::FilterSeries, PARAMETERS, |call| leading(call, Order::Descending))
        .from(Origin::Plumbago)
        .help("Keeps the n series with the largest average, or another aggregation; unlike highest it never shows a series without values.", r#"web.a: 1 2 @60
         web.b: 9 3 @60
         web.c: - - @60
         > topk(2, web.*, "max")
         web.b: 9 3 @60
         web.a: 1 2 @60"#),
    Descriptor::new("bottomk", Group::FilterSeries, PARAMETERS, |call| leading(call, Order::Ascending))
        .from(Origin::Plumbago)
        .help("Keeps the n series with the smallest average, or another aggregation; unlike lowest it never shows a series without values.", "web.a: 1 2 @60
         web.b: 9 3 @60
         web.c: - - @60
         > bottomk(1, web.*)
         web.a: 1 2 @60"),
];

fn leading(call: &mut Invocation<'_, '_>, order: Order) -> Outcome {
    let n = call.arguments().integer("n")?;
    let n = usize::try_from(n)
        .map_err(|_| QueryError::bad_request(format!("{}: the parameter n is negative: {n}", call.name())))?;
    let by = reducer(call, "by")?;
    let mut series = call.take_named("seriesList").unwrap_or_default();
    series.retain(|one| one.values.iter().any(|value| !value.is_nan()));
    let mut sorted = sort_by(series, by, order);
    sorted.truncate(n);
    Ok(sorted.into())
}
