//! highest, lowest and their kin, and limit: keep the first n series of an order.

use crate::functions::shared::{Outcome, SERIES_AND_INTEGER_N, SERIES_LIST, reducer};
use crate::functions::sorting::{Order, sort_by};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::Series;

static BY_ANY: &[Parameter] = &[
    SERIES_LIST,
    Parameter::required("n", Kind::Integer),
    Parameter::optional("func", Kind::AggFunc, Default::Text("average")),
];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("highest", Group::FilterSeries, BY_ANY, |call| first_by_any(call, Order::Descending))
        .help(
            "Keeps the n series with the largest aggregated value, in that order.",
            r#"web.a: 1 9 @60
         web.b: 3 4 @60
         web.c: - - @60
         > highest(web.*, 1, "max")
         web.a: 1 9 @60"#,
        ),
    Descriptor::new("lowest", Group::FilterSeries, BY_ANY, |call| first_by_any(call, Order::Ascending)).help(
        "Keeps the n series with the smallest aggregated value, in that order.",
        r#"web.a: 1 9 @60
         web.b: 3 4 @60
         > lowest(web.*, 1, "min")
         web.a: 1 9 @60"#,
    ),
    fixed("highestAverage", |call| first(call, Reducer::Average, Order::Descending)).help(
        "Keeps the n series with the largest mean.",
        "web.a: 1 9 @60
         web.b: 3 4 @60
         > highestAverage(web.*, 1)
         web.a: 1 9 @60",
    ),
    fixed("highestCurrent", |call| first(call, Reducer::Last, Order::Descending)).help(
        "Keeps the n series with the largest last value.",
        "web.a: 9 1 @60
         web.b: 3 4 @60
         > highestCurrent(web.*, 1)
         web.b: 3 4 @60",
    ),
    fixed("highestMax", |call| first(call, Reducer::Max, Order::Descending)).help(
        "Keeps the n series with the largest maximum.",
        "web.a: 9 1 @60
         web.b: 3 4 @60
         > highestMax(web.*, 1)
         web.a: 9 1 @60",
    ),
    fixed("lowestAverage", |call| first(call, Reducer::Average, Order::Ascending)).help(
        "Keeps the n series with the smallest mean.",
        "web.a: 1 9 @60
         web.b: 3 4 @60
         > lowestAverage(web.*, 1)
         web.b: 3 4 @60",
    ),
    fixed("lowestCurrent", |call| first(call, Reducer::Last, Order::Ascending)).help(
        "Keeps the n series with the smallest last value.",
        "web.a: 9 1 @60
         web.b: 3 4 @60
         > lowestCurrent(web.*, 1)
         web.a: 9 1 @60",
    ),
    fixed("highestMin", |call| first(call, Reducer::Min, Order::Descending)).from(Origin::Carbonapi).help(
        "Keeps the n series with the largest minimum.",
        "web.a: 9 1 @60
         web.b: 3 4 @60
         > highestMin(web.*, 1)
         web.b: 3 4 @60",
    ),
    fixed("lowestMax", |call| first(call, Reducer::Max, Order::Ascending)).from(Origin::Carbonapi).help(
        "Keeps the n series with the smallest maximum.",
        "web.a: 9 1 @60
         web.b: 3 4 @60
         > lowestMax(web.*, 1)
         web.b: 3 4 @60",
    ),
    fixed("lowestMin", |call| first(call, Reducer::Min, Order::Ascending)).from(Origin::Carbonapi).help(
        "Keeps the n series with the smallest minimum.",
        "web.a: 9 1 @60
         web.b: 3 4 @60
         > lowestMin(web.*, 1)
         web.a: 9 1 @60",
    ),
    fixed("limit", |call| {
        let n = call.arguments().integer("n")?;
        Ok(leading(call.take_series(), n).into())
    })
    .help(
        "Keeps the first n series.",
        "web.a: 1 2 @60
         web.b: 3 4 @60
         web.c: 5 6 @60
         > limit(web.*, 2)
         web.a: 1 2 @60
         web.b: 3 4 @60",
    ),
];

const fn fixed(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::FilterSeries, SERIES_AND_INTEGER_N, evaluate)
}

fn first(call: &mut Invocation<'_, '_>, by: Reducer, order: Order) -> Outcome {
    let n = call.arguments().integer("n")?;
    Ok(leading(sort_by(call.take_series(), by, order), n).into())
}

fn first_by_any(call: &mut Invocation<'_, '_>, order: Order) -> Outcome {
    let by = reducer(call, "func")?;
    first(call, by, order)
}

/// The first `n`; a negative number leaves that many out at the end.
pub(super) fn leading(mut series: Vec<Series>, n: i64) -> Vec<Series> {
    let kept = if n < 0 { n.saturating_add(series.len() as i64).max(0) } else { n };
    series.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
    series
}
