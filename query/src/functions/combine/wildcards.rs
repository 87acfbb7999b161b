//! sumSeriesWithWildcards and its kin: series that differ only in some nodes are combined.

use std::sync::Arc;

use crate::functions::shared::{Outcome, SERIES_LIST, grouped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::plan::Literal;
use crate::run::Invocation;

use super::aggregate::aggregate;

const POSITION: Parameter = Parameter::optional("position", Kind::Node, Default::Absent).many();

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "aggregateWithWildcards",
        Group::Combine,
        &[SERIES_LIST, Parameter::required("func", Kind::AggFunc), POSITION],
        |call| {
            let function = call.arguments().text("func")?;
            combine(call, function)
        },
    )
    .slot_by_slot()
    .help(
        "Combines series that differ only in the nodes at the given positions.",
        r#"web.eu.a: 1 2 @60
         web.us.a: 5 6 @60
         > aggregateWithWildcards(web.*.*, "max", 1)
         web.a: 5 6 @60"#,
    ),
    fixed("sumSeriesWithWildcards", |call| combine(call, "sum")).slot_by_slot().help(
        "Adds series up that differ only in the given nodes.",
        "web.eu.a: 1 2 @60
         web.us.a: 5 6 @60
         > sumSeriesWithWildcards(web.*.*, 1)
         web.a: 6 8 @60",
    ),
    fixed("averageSeriesWithWildcards", |call| combine(call, "average")).slot_by_slot().help(
        "Takes the mean of series that differ only in the given nodes.",
        "web.eu.a: 1 2 @60
         web.us.a: 5 6 @60
         > averageSeriesWithWildcards(web.*.*, 1)
         web.a: 3 4 @60",
    ),
    fixed("multiplySeriesWithWildcards", |call| combine(call, "multiply")).slot_by_slot().help(
        "Multiplies series that differ only in the given nodes.",
        "web.eu.a: 1 2 @60
         web.us.a: 5 6 @60
         > multiplySeriesWithWildcards(web.*.*, 1)
         web.a: 5 12 @60",
    ),
];

const fn fixed(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::Combine, &[SERIES_LIST, POSITION], evaluate).aggregates()
}

fn combine(call: &mut Invocation<'_, '_>, function: &str) -> Outcome {
    let positions: Vec<i64> = call
        .arguments()
        .rest()
        .filter_map(|literal| match literal {
            Literal::Integer(position) => Some(*position),
            _ => None,
        })
        .collect();
    let key = |name: &str| {
        let kept: Vec<&str> = name
            .split('.')
            .zip(0..)
            .filter(|(_, at)| !positions.contains(at))
            .map(|(node, _)| node)
            .collect();
        kept.join(".")
    };
    let mut combined = Vec::new();
    for (name, members) in grouped(call.take_series(), |one| key(&one.name)) {
        if let Some(mut one) = aggregate(call, members, function, None)? {
            one.name = Arc::from(name);
            combined.push(one);
        }
    }
    Ok(combined.into())
}
