//! filterSeries and its kin: keep series by comparing an aggregation of their values with a threshold.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_AND_FLOAT_N, SERIES_LIST, reducer};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::reducer::Reducer;
use crate::run::Invocation;

const OPERATORS: &[&str] = &["!=", "<", "<=", "=", ">", ">="];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "filterSeries",
        Group::FilterSeries,
        &[
            SERIES_LIST,
            Parameter::required("func", Kind::AggFunc),
            Parameter::required("operator", Kind::Text).one_of(OPERATORS),
            Parameter::required("threshold", Kind::Float),
        ],
        filter_series,
    )
    .help(
        "Keeps series whose aggregated value compares with a threshold.",
        r#"web.a: 1 9 @60
         web.b: 3 4 @60
         > filterSeries(web.*, "max", ">", 5)
         web.a: 1 9 @60"#,
    ),
    fixed("averageAbove", |call| keep(call, Reducer::Average, Comparison::Above)).help(
        "Keeps series whose mean is above n.",
        "web.a: 1 2 @60
         web.b: 3 4 @60
         > averageAbove(web.*, 3)
         web.b: 3 4 @60",
    ),
    fixed("averageBelow", |call| keep(call, Reducer::Average, Comparison::AtMost)).help(
        "Keeps series whose mean is n or less, or that have no value.",
        "web.a: 1 2 @60
         web.b: 3 4 @60
         > averageBelow(web.*, 3)
         web.a: 1 2 @60",
    ),
    fixed("currentAbove", |call| keep(call, Reducer::Last, Comparison::Above)).help(
        "Keeps series whose last value is above n.",
        "web.a: 9 2 @60
         web.b: 3 4 @60
         > currentAbove(web.*, 3)
         web.b: 3 4 @60",
    ),
    fixed("currentBelow", |call| keep(call, Reducer::Last, Comparison::AtMost)).help(
        "Keeps series whose last value is n or less, or that have no value.",
        "web.a: 9 2 @60
         web.b: 3 4 @60
         > currentBelow(web.*, 3)
         web.a: 9 2 @60",
    ),
    fixed("maximumAbove", |call| keep(call, Reducer::Max, Comparison::Above)).help(
        "Keeps series whose largest value is above n.",
        "web.a: 9 2 @60
         web.b: 3 4 @60
         > maximumAbove(web.*, 4)
         web.a: 9 2 @60",
    ),
    fixed("maximumBelow", |call| keep(call, Reducer::Max, Comparison::AtMost)).help(
        "Keeps series whose largest value is n or less, or that have no value.",
        "web.a: 9 2 @60
         web.b: 3 4 @60
         > maximumBelow(web.*, 4)
         web.b: 3 4 @60",
    ),
    fixed("minimumAbove", |call| keep(call, Reducer::Min, Comparison::Above)).help(
        "Keeps series whose smallest value is above n.",
        "web.a: 9 2 @60
         web.b: 3 4 @60
         > minimumAbove(web.*, 2)
         web.b: 3 4 @60",
    ),
    fixed("minimumBelow", |call| keep(call, Reducer::Min, Comparison::AtMost)).help(
        "Keeps series whose smallest value is n or less, or that have no value.",
        "web.a: 9 2 @60
         web.b: 3 4 @60
         > minimumBelow(web.*, 2)
         web.a: 9 2 @60",
    ),
];

const fn fixed(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::FilterSeries, SERIES_AND_FLOAT_N, evaluate)
}

#[derive(Clone, Copy)]
enum Comparison {
    Equal,
    NotEqual,
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Comparison {
    fn parse(operator: &str) -> Option<Comparison> {
        Some(match operator {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            ">" => Comparison::Above,
            ">=" => Comparison::AtLeast,
            "<" => Comparison::Below,
            "<=" => Comparison::AtMost,
            _ => return None,
        })
    }

    /// A missing value is below everything and equal to nothing.
    fn holds(self, value: f64, threshold: f64) -> bool {
        match self {
            Comparison::Equal => value == threshold,
            Comparison::NotEqual => value != threshold,
            Comparison::Above => value > threshold,
            Comparison::AtLeast => value >= threshold,
            Comparison::Below => value.is_nan() || value < threshold,
            Comparison::AtMost => value.is_nan() || value <= threshold,
        }
    }
}

fn keep(call: &mut Invocation<'_, '_>, by: Reducer, comparison: Comparison) -> Outcome {
    let threshold = call.arguments().float("n")?;
    let mut series = call.take_series();
    series.retain(|one| comparison.holds(by.apply(&one.values), threshold));
    Ok(series.into())
}

fn filter_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let by = reducer(call, "func")?;
    let operator = call.arguments().text("operator")?;
    let comparison = Comparison::parse(operator)
        .ok_or_else(|| QueryError::bad_request(format!("filterSeries: {operator:?} is no operator")))?;
    let threshold = call.arguments().float("threshold")?;
    let mut series = call.take_series();
    series.retain(|one| comparison.holds(by.apply(&one.values), threshold));
    Ok(series.into())
}
