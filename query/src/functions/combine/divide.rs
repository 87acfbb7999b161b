//! divideSeries and divideSeriesLists.

use crate::error::QueryError;
use crate::functions::shared::Outcome;
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::normalize::{columns, common_grid};
use crate::run::Invocation;
use crate::series::Series;

use super::pairs::{DEFAULT, MATCHING, pairs};

const DIVIDENDS: Parameter = Parameter::required("dividendSeriesList", Kind::SeriesList);

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "divideSeries",
        Group::Combine,
        &[DIVIDENDS, Parameter::required("divisorSeries", Kind::SeriesList)],
        divide_series,
    )
    .slot_by_slot()
    .help(
        "Divides each series by one other series.",
        "web.errors: 1 2 3 @60
         web.hits: 4 0 - @60
         > divideSeries(web.errors, web.hits)
         divideSeries(web.errors,web.hits): 0.25 - - @60",
    ),
    Descriptor::new(
        "divideSeriesLists",
        Group::Combine,
        &[DIVIDENDS, Parameter::required("divisorSeriesList", Kind::SeriesList), MATCHING, DEFAULT],
        divide_lists,
    )
    .slot_by_slot()
    .help(
        "Divides two lists of equal length, series by series.",
        "a.errors: 1 2 @60
         b.errors: 3 4 @60
         a.hits: 10 10 @60
         b.hits: 10 10 @60
         > divideSeriesLists(*.errors, *.hits)
         divideSeries(a.errors,a.hits): 0.1 0.2 @60
         divideSeries(b.errors,b.hits): 0.3 0.4 @60",
    ),
];

fn divide_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut dividends = call.take_series();
    let divisors = call.take_named("divisorSeries").unwrap_or_default();
    match divisors.as_slice() {
        [] => {
            for one in &mut dividends {
                one.rename(format!("divideSeries({},MISSING)", one.name));
                one.values.fill(f64::NAN);
            }
            Ok(dividends.into())
        }
        [divisor] => {
            let quotients = dividends.iter().map(|dividend| quotient(call, dividend, divisor));
            Ok(quotients.collect::<Result<Vec<_>, _>>()?.into())
        }
        more => Err(QueryError::bad_request(format!(
            "divideSeries divides by exactly one series, {} match",
            more.len()
        ))),
    }
}

fn divide_lists(call: &mut Invocation<'_, '_>) -> Outcome {
    let dividends = call.take_series();
    let divisors = call.take_named("divisorSeriesList").unwrap_or_default();
    let pairs = pairs(call, dividends, divisors)?;
    let quotients = pairs.iter().map(|(dividend, divisor)| quotient(call, dividend, divisor));
    Ok(quotients.collect::<Result<Vec<_>, _>>()?.into())
}

fn quotient(call: &Invocation<'_, '_>, dividend: &Series, divisor: &Series) -> Result<Series, QueryError> {
    let both = [dividend, divisor];
    let grid = common_grid(both)?.unwrap_or(dividend.grid());
    let values = match columns(both, grid).as_slice() {
        [a, b] => zip_longest(a, b, divide),
        _ => Vec::new(),
    };
    let name = format!("divideSeries({},{})", dividend.name, divisor.name);
    Ok(Series::new(name, grid, values, call.x_files_factor()))
}

/// Division where dividing by zero is a missing value.
pub(super) fn divide(a: f64, b: f64) -> f64 {
    if b == 0.0 { f64::NAN } else { a / b }
}

/// Combines two columns, the shorter one padded with missing values.
pub(super) fn zip_longest(a: &[f64], b: &[f64], combine: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let at = |column: &[f64], row: usize| column.get(row).copied().unwrap_or(f64::NAN);
    (0..a.len().max(b.len())).map(|row| combine(at(a, row), at(b, row))).collect()
}
