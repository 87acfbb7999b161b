//! aggregate, sumSeries and their kin: one value a time from the values of all series.
//!
//! Invariant: series are normalised to a common step first; the result consolidates by average again.

use crate::error::QueryError;
use crate::functions::graph::constant_series;
use crate::functions::shared::{Outcome, SERIES_LIST, path_expressions};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::normalize::{columns, common_grid};
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::{Grid, Series};
use crate::tags::Tags;

static LISTS: &[Parameter] = &[Parameter::required("seriesLists", Kind::SeriesList).many()];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "aggregate",
        Group::Combine,
        &[
            SERIES_LIST,
            Parameter::required("func", Kind::AggFunc),
            Parameter::optional("xFilesFactor", Kind::Float, Default::Absent),
        ],
        aggregate_call,
    )
    .slot_by_slot()
    .help(
        "Combines series by the named aggregation.",
        r#"web.a: 1 5 @60
         web.b: 3 - @60
         > aggregate(web.*, "max")
         maxSeries(web.*): 3 5 @60"#,
    ),
    combining("sumSeries", |call| over_all(call, "sum")).totals("sum").aliased(&["sum"]).slot_by_slot().help(
        "Adds series up.",
        "web.a: 1 5 - @60
         web.b: 3 - - @60
         > sumSeries(web.*)
         sumSeries(web.*): 4 5 - @60",
    ),
    combining("averageSeries", |call| over_all(call, "average"))
        .totals("average")
        .aliased(&["avg"])
        .slot_by_slot()
        .help(
            "Takes the mean of series.",
            "web.a: 1 5 @60
         web.b: 3 - @60
         > averageSeries(web.*)
         averageSeries(web.*): 2 5 @60",
        ),
    combining("maxSeries", |call| over_all(call, "max"))
        .totals("max")
        .known_to_carbonapi_as(&["max"])
        .slot_by_slot()
        .help(
            "Takes the largest value of series at each time.",
            "web.a: 1 5 @60
         web.b: 3 - @60
         > maxSeries(web.*)
         maxSeries(web.*): 3 5 @60",
        ),
    combining("minSeries", |call| over_all(call, "min"))
        .totals("min")
        .known_to_carbonapi_as(&["min"])
        .slot_by_slot()
        .help(
            "Takes the smallest value of series at each time.",
            "web.a: 1 5 @60
         web.b: 3 - @60
         > minSeries(web.*)
         minSeries(web.*): 1 5 @60",
        ),
    combining("diffSeries", |call| over_all(call, "diff"))
        .known_to_carbonapi_as(&["diff"])
        .slot_by_slot()
        .help(
            "Subtracts all other series from the first one.",
            "web.all: 9 8 @60
         web.errors: 1 2 @60
         > diffSeries(web.all, web.errors)
         diffSeries(web.all,web.errors): 8 6 @60",
        ),
    combining("stddevSeries", |call| over_all(call, "stddev"))
        .known_to_carbonapi_as(&["stddev"])
        .slot_by_slot()
        .help(
            "Takes the standard deviation of series at each time.",
            "web.a: 1 5 @60
         web.b: 3 5 @60
         > stddevSeries(web.*)
         stddevSeries(web.*): 1 0 @60",
        ),
    combining("rangeOfSeries", |call| over_all(call, "rangeOf")).slot_by_slot().help(
        "Takes the distance from the smallest to the largest value at each time.",
        "web.a: 1 5 @60
         web.b: 3 5 @60
         > rangeOfSeries(web.*)
         rangeOfSeries(web.*): 2 0 @60",
    ),
    combining("multiplySeries", multiply).known_to_carbonapi_as(&["multiply"]).slot_by_slot().help(
        "Multiplies series; a single one stays as it is.",
        "web.hits: 2 3 - @60
         web.bytes: 10 20 30 @60
         > multiplySeries(web.hits, web.bytes)
         multiplySeries(web.hits,web.bytes): 20 60 - @60",
    ),
    Descriptor::new("count", Group::Combine, LISTS, |call| over_all(call, "count"))
        .from(Origin::Carbonapi)
        .slot_by_slot()
        .help(
            "Counts the series that have a value at each time; countSeries counts all of them.",
            "web.a: 1 - @60
             web.b: 3 - @60
             > count(web.*)
             countSeries(web.*): 2 - @60",
        ),
    Descriptor::new(
        "countSeries",
        Group::Combine,
        &[Parameter::optional("seriesLists", Kind::SeriesList, Default::Absent).many()],
        count,
    )
    .aggregates()
    .slot_by_slot()
    .help(
        "Counts series, with or without values.",
        "web.a: 1 - @60
         web.b: 3 - @60
         > countSeries(web.*)
         countSeries(web.*): 2 2 @60",
    ),
];

const fn combining(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::Combine, LISTS, evaluate).aggregates()
}

fn over_all(call: &mut Invocation<'_, '_>, function: &str) -> Outcome {
    let series = call.take_lists().into_iter().flatten().collect();
    Ok(Vec::from_iter(aggregate(call, series, function, None)?).into())
}

fn aggregate_call(call: &mut Invocation<'_, '_>) -> Outcome {
    let function = call.arguments().text("func")?;
    let x_files_factor = call.arguments().optional_float("xFilesFactor")?;
    let series = call.take_series();
    Ok(Vec::from_iter(aggregate(call, series, function, x_files_factor)?).into())
}

fn multiply(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut lists = call.take_lists();
    if let [only] = lists.as_mut_slice()
        && only.len() == 1
    {
        return Ok(std::mem::take(only).into());
    }
    let series = lists.into_iter().flatten().collect();
    Ok(Vec::from_iter(aggregate(call, series, "multiply", None)?).into())
}

/// The series named `<function>Series(…)`; `None` without any series.
pub(super) fn aggregate(
    call: &Invocation<'_, '_>,
    series: Vec<Series>,
    function: &str,
    x_files_factor: Option<f64>,
) -> Result<Option<Series>, QueryError> {
    let function = function.strip_suffix("Series").unwrap_or(function);
    let reducer = Reducer::parse(function).ok_or_else(|| {
        QueryError::bad_request(format!("{}: {function:?} is no aggregation function", call.name()))
    })?;
    let Some(grid) = common_grid(&series)? else { return Ok(None) };
    let x_files_factor = x_files_factor.unwrap_or(call.x_files_factor());
    let values = reducer.combine(&columns(&series, grid), x_files_factor);
    let tags = series[0].tags.common(series[1..].iter().map(|one| &one.tags));
    let mut total = total(function, &path_expressions(&series), tags, grid, values);
    total.x_files_factor = x_files_factor;
    total.integral = reducer == Reducer::Count;
    total.sources = series.iter().map(|one| one.sources).sum();
    Ok(Some(total))
}

/// The series that an aggregation makes of those that `expressions` name and that have `tags` in common.
pub(crate) fn total(
    function: &str,
    expressions: &str,
    mut tags: Tags,
    grid: Grid,
    values: Vec<f64>,
) -> Series {
    let name = format!("{function}Series({expressions})");
    if tags.get("name").is_none() {
        tags.set("name", &name);
    }
    tags.set("aggregatedBy", function);
    Series { tags, ..Series::new(name, grid, values, 0.0) }
}

fn count(call: &mut Invocation<'_, '_>) -> Outcome {
    let lists = call.take_lists();
    if lists.is_empty() {
        let mut zero = constant_series(call, 0.0, "0".to_owned());
        zero.path_expression = "countSeries()".into();
        zero.integral = true;
        return Ok(vec![zero].into());
    }
    let series: Vec<Series> = lists.into_iter().flatten().collect();
    let Some(grid) = common_grid(&series)? else { return Ok(Vec::new().into()) };
    let rows = columns(&series, grid).iter().map(|column| column.len()).max().unwrap_or(0);
    let name = format!("countSeries({})", path_expressions(&series));
    let counted = Series::new(name, grid, vec![series.len() as f64; rows], call.x_files_factor());
    Ok(vec![Series { integral: true, ..counted }].into())
}
