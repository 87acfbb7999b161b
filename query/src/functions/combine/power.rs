//! powSeries and powSeriesLists: series to the power of others.

use crate::error::QueryError;
use crate::functions::shared::Outcome;
use crate::functions::transform::power;
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::normalize::{columns, common_grid};
use crate::run::Invocation;
use crate::series::Series;

use super::pairs::{DEFAULT, MATCHING, pairs};

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "powSeries",
        Group::Combine,
        &[Parameter::required("seriesList", Kind::SeriesList).many()],
        pow_series,
    )
    .aggregates()
    .slot_by_slot()
    .help(
        "Raises the first series to the power of the second, and so on.",
        "web.a: 2 3 @60
         web.b: 3 2 @60
         > powSeries(web.a, web.b)
         powSeries(web.a,web.b): 8 9 @60",
    ),
    Descriptor::new(
        "powSeriesLists",
        Group::Combine,
        &[
            Parameter::required("baseSeriesList", Kind::SeriesList),
            Parameter::required("exponentSeriesList", Kind::SeriesList),
            MATCHING,
            DEFAULT,
        ],
        pow_lists,
    )
    .from(Origin::Carbonapi)
    .slot_by_slot()
    .help(
        "Raises series to the power of those at the same place of another list of equal length.",
        "a.x: 2 3 @60
         b.x: 4 5 @60
         a.y: 2 2 @60
         b.y: 0 1 @60
         > powSeriesLists(*.x, *.y)
         powSeries(a.x,a.y): 4 9 @60
         powSeries(b.x,b.y): 1 5 @60",
    ),
];

fn pow_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let series: Vec<Series> = call.take_lists().into_iter().flatten().collect();
    Ok(Vec::from_iter(powers(call, &series)?).into())
}

fn pow_lists(call: &mut Invocation<'_, '_>) -> Outcome {
    let bases = call.take_series();
    let exponents = call.take_named("exponentSeriesList").unwrap_or_default();
    let mut results = Vec::new();
    for (base, exponent) in pairs(call, bases, exponents)? {
        results.extend(powers(call, &[base, exponent])?);
    }
    Ok(results.into())
}

/// The first series to the power of the second, and so on; `None` without any.
fn powers(call: &Invocation<'_, '_>, series: &[Series]) -> Result<Option<Series>, QueryError> {
    let Some(grid) = common_grid(series)? else { return Ok(None) };
    let columns = columns(series, grid);
    let rows = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let values = (0..rows)
        .map(|row| {
            let mut elements = columns.iter().map(|column| column.get(row).copied().unwrap_or(f64::NAN));
            let first = elements.next().unwrap_or(f64::NAN);
            elements.fold(first, power)
        })
        .collect();
    let names: Vec<&str> = series.iter().map(|one| &*one.name).collect();
    let name = format!("powSeries({})", names.join(","));
    Ok(Some(Series::new(name, grid, values, call.x_files_factor())))
}
