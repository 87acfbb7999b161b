//! asPercent: values as a share of a total.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::QueryError;
use crate::functions::shared::{NodeOrTag, Outcome, SERIES_LIST, grouped, key, path_expressions};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::normalize::{columns, common_grid};
use crate::plan::Literal;
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::{Grid, Series};

use super::divide::{divide, zip_longest};

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "asPercent",
    Group::Combine,
    &[
        SERIES_LIST,
        Parameter::optional("total", Kind::Any, Default::Absent),
        Parameter::optional("nodes", Kind::NodeOrTag, Default::Absent).many(),
    ],
    as_percent,
)
.aliased(&["pct"])
.aggregates()
.slot_by_slot().help("Shows each series as a percentage of a number, of another series, or of the sum of all, by node if wished.", "web.errors: 1 2 @60
         web.hits: 4 4 @60
         > asPercent(web.errors, web.hits)
         asPercent(web.errors,web.hits): 25 50 @60")];

fn as_percent(call: &mut Invocation<'_, '_>) -> Outcome {
    let nodes = NodeOrTag::rest_of(call);
    let number = call.arguments().literal("total").cloned();
    let series = call.take_series();
    let totals = call.take_named("total");
    if series.is_empty() {
        return Ok(series.into());
    }
    if !nodes.is_empty() {
        if number.is_some() {
            return Err(QueryError::bad_request("asPercent: with nodes, the total must be None or series"));
        }
        return by_node(call, series, totals, &nodes);
    }
    match (totals, number) {
        (Some(totals), _) if totals.len() == 1 && series.len() != 1 => of_one(call, &series, &totals[0]),
        (Some(totals), _) if totals.len() == series.len() => of_each(call, series, totals),
        (Some(totals), _) => Err(QueryError::bad_request(format!(
            "asPercent: the total must be one series or as many as the {} series, {} match",
            series.len(),
            totals.len()
        ))),
        (None, Some(number)) => of_number(call, &series, &number),
        (None, None) => of_sum(call, &series),
    }
}

fn percent(value: f64, total: f64) -> f64 {
    divide(value, total) * 100.0
}

/// One result. Where series were normalised, their own step stays, as in graphite-web.
fn result(call: &Invocation<'_, '_>, names: (&str, &str), grid: Grid, values: Vec<f64>) -> Series {
    Series::new(format!("asPercent({},{})", names.0, names.1), grid, values, call.x_files_factor())
}

fn of_sum(call: &Invocation<'_, '_>, series: &[Series]) -> Outcome {
    let Some(grid) = common_grid(series)? else { return Ok(Vec::new().into()) };
    let columns = columns(series, grid);
    let total = Reducer::Sum.combine(&columns, 0.0);
    let total_name = format!("sumSeries({})", path_expressions(series));
    Ok(each(call, series, &columns, &total, &total_name).into())
}

fn of_one(call: &Invocation<'_, '_>, series: &[Series], total: &Series) -> Outcome {
    let Some(grid) = common_grid(series.iter().chain([total]))? else { return Ok(Vec::new().into()) };
    let total_values = total.consolidated(grid.step / total.step.max(1));
    Ok(each(call, series, &columns(series, grid), &total_values, &total.name).into())
}

fn of_number(call: &Invocation<'_, '_>, series: &[Series], number: &Literal) -> Outcome {
    let total = match number {
        Literal::Integer(value) => *value as f64,
        Literal::Float(value) => *value,
        Literal::Boolean(value) => f64::from(u8::from(*value)),
        Literal::Text(text) => {
            return Err(QueryError::bad_request(format!("asPercent: the total {text:?} is no number")));
        }
    };
    let Some(grid) = common_grid(series)? else { return Ok(Vec::new().into()) };
    let total_values = vec![total; series.first().map_or(0, |one| one.values.len())];
    Ok(each(call, series, &columns(series, grid), &total_values, &number.show()).into())
}

fn each(
    call: &Invocation<'_, '_>,
    series: &[Series],
    columns: &[Cow<'_, [f64]>],
    total: &[f64],
    total_name: &str,
) -> Vec<Series> {
    let one = |(one, column): (&Series, &Cow<'_, [f64]>)| {
        result(call, (&one.name, total_name), one.grid(), zip_longest(column, total, percent))
    };
    series.iter().zip(columns).map(one).collect()
}

/// Both lists sorted by name, then pair by pair.
fn of_each(call: &Invocation<'_, '_>, mut series: Vec<Series>, mut totals: Vec<Series>) -> Outcome {
    series.sort_by(|a, b| a.name.cmp(&b.name));
    totals.sort_by(|a, b| a.name.cmp(&b.name));
    let pairs = series.iter().zip(&totals).map(|(one, total)| of_pair(call, one, total));
    Ok(pairs.collect::<Result<Vec<_>, _>>()?.into())
}

fn of_pair(call: &Invocation<'_, '_>, one: &Series, total: &Series) -> Result<Series, QueryError> {
    let grid = common_grid([one, total])?.unwrap_or(one.grid());
    let values = match columns([one, total], grid).as_slice() {
        [a, b] => zip_longest(a, b, percent),
        _ => Vec::new(),
    };
    Ok(result(call, (&one.name, &total.name), grid, values))
}

/// Groups of series against the totals of the same key; what has no partner is MISSING and has no values.
fn by_node(
    call: &Invocation<'_, '_>,
    series: Vec<Series>,
    totals: Option<Vec<Series>>,
    nodes: &[NodeOrTag],
) -> Outcome {
    let common = common_grid(&series)?.map_or(1, |grid| grid.step);
    let groups = grouped(series, |one| key(one, nodes));
    let mut order: Vec<String> = groups.iter().map(|(name, _)| name.clone()).collect();
    let groups: HashMap<String, Vec<Series>> = groups.into_iter().collect();
    let mut total_of: HashMap<String, Series> = HashMap::new();
    // A missing partner leaves no grid to compute: graphite-web shows that of the sum or pair before it.
    let mut last_grid: Option<Grid> = None;
    match totals {
        None => {
            for (name, members) in &groups {
                total_of.insert(name.clone(), total(call, members)?);
            }
        }
        Some(totals) => {
            for (name, members) in grouped(totals, |one| key(one, nodes)) {
                let total = total(call, &members)?;
                if members.len() > 1 {
                    last_grid = Some(total.grid());
                }
                total_of.insert(name.clone(), total);
                if !groups.contains_key(&name) {
                    order.push(name);
                }
            }
        }
    }
    let mut results = Vec::new();
    for name in order {
        let total = total_of.get(&name);
        for one in groups.get(&name).map_or(&[][..], Vec::as_slice) {
            let done = match total {
                Some(total) => of_pair(call, one, total)?,
                None => {
                    let grid = last_grid.unwrap_or(one.grid());
                    let rows = one.consolidated(common / one.step.max(1)).len();
                    result(call, (&one.name, "MISSING"), grid, vec![f64::NAN; rows])
                }
            };
            last_grid = Some(done.grid());
            results.push(done);
        }
        if let (false, Some(total)) = (groups.contains_key(&name), total) {
            let grid = last_grid.unwrap_or(total.grid());
            results.push(result(call, ("MISSING", &total.name), grid, vec![f64::NAN; total.values.len()]));
        }
    }
    Ok(results.into())
}

/// The sum of a group, or its only member.
fn total(call: &Invocation<'_, '_>, members: &[Series]) -> Result<Series, QueryError> {
    if let [only] = members {
        return Ok(only.clone());
    }
    let grid =
        common_grid(members)?.ok_or_else(|| QueryError::bad_request("asPercent: a group without series"))?;
    let values = Reducer::Sum.combine(&columns(members, grid), 0.0);
    let name = format!("sumSeries({})", path_expressions(members));
    Ok(Series::new(name, grid, values, call.x_files_factor()))
}
