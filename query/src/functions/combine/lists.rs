//! sumSeriesLists and its kin: the n-th series of one list with the n-th of another.

use std::sync::Arc;

use crate::functions::shared::Outcome;
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

use super::aggregate::aggregate;
use super::pairs::{DEFAULT, MATCHING, pairs};

const FIRST: Parameter = Parameter::required("seriesListFirstPos", Kind::SeriesList);
const SECOND: Parameter = Parameter::required("seriesListSecondPos", Kind::SeriesList);

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "aggregateSeriesLists",
        Group::Combine,
        &[
            FIRST,
            SECOND,
            Parameter::required("func", Kind::AggFunc),
            Parameter::optional("xFilesFactor", Kind::Float, Default::Absent),
            MATCHING,
            DEFAULT,
        ],
        |call| {
            let function = call.arguments().text("func")?;
            combine(call, function)
        },
    )
    .slot_by_slot()
    .help(
        "Combines two lists of equal length, series by series.",
        r#"a.hits: 1 9 @60
         b.hits: 3 4 @60
         a.miss: 5 6 @60
         b.miss: 0 0 @60
         > aggregateSeriesLists(*.hits, *.miss, "max")
         maxSeries(a.hits,a.miss): 5 9 @60
         maxSeries(b.hits,b.miss): 3 4 @60"#,
    ),
    fixed("sumSeriesLists", |call| combine(call, "sum")).slot_by_slot().help(
        "Adds two lists of equal length, series by series.",
        "a.hits: 1 2 @60
         b.hits: 3 4 @60
         a.miss: 10 10 @60
         b.miss: 20 20 @60
         > sumSeriesLists(*.hits, *.miss)
         sumSeries(a.hits,a.miss): 11 12 @60
         sumSeries(b.hits,b.miss): 23 24 @60",
    ),
    fixed("diffSeriesLists", |call| combine(call, "diff")).slot_by_slot().help(
        "Subtracts the second list from the first, series by series.",
        "a.hits: 11 12 @60
         b.hits: 30 40 @60
         a.miss: 1 1 @60
         b.miss: 2 2 @60
         > diffSeriesLists(*.hits, *.miss)
         diffSeries(a.hits,a.miss): 10 11 @60
         diffSeries(b.hits,b.miss): 28 38 @60",
    ),
    fixed("multiplySeriesLists", |call| combine(call, "multiply")).slot_by_slot().help(
        "Multiplies two lists of equal length, series by series.",
        "a.hits: 1 2 @60
         b.hits: 3 4 @60
         a.bytes: 10 10 @60
         b.bytes: 20 20 @60
         > multiplySeriesLists(*.hits, *.bytes)
         multiplySeries(a.hits,a.bytes): 10 20 @60
         multiplySeries(b.hits,b.bytes): 60 80 @60",
    ),
];

const fn fixed(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::Combine, &[FIRST, SECOND, MATCHING, DEFAULT], evaluate).aggregates()
}

fn combine(call: &mut Invocation<'_, '_>, function: &str) -> Outcome {
    let x_files_factor = call.arguments().optional_float("xFilesFactor")?;
    let first = call.take_series();
    let second = call.take_named("seriesListSecondPos").unwrap_or_default();
    let mut combined = Vec::new();
    for (a, b) in pairs(call, first, second)? {
        let names = format!("Series({},{})", a.name, b.name);
        if let Some(mut one) = aggregate(call, vec![a, b], function, x_files_factor)? {
            let function = one.name.split("Series(").next().unwrap_or_default().to_owned();
            one.name = Arc::from(function + &names);
            combined.push(one);
        }
    }
    Ok(combined.into())
}
