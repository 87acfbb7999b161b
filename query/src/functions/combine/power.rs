//! powSeries: each series to the power of the next.

use crate::functions::shared::Outcome;
use crate::functions::transform::power;
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::normalize::{columns, common_grid};
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "powSeries",
    Group::Combine,
    &[Parameter::required("seriesList", Kind::SeriesList).many()],
    pow_series,
)
.aggregates()
.help(
    "Raises the first series to the power of the second, and so on.",
    "powSeries(app.checkout.hits, app.login.hits)",
)];

fn pow_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let series: Vec<Series> = call.take_lists().into_iter().flatten().collect();
    let Some(grid) = common_grid(&series)? else { return Ok(Vec::new().into()) };
    let columns = columns(&series, grid);
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
    Ok(vec![Series::new(name, grid, values, call.x_files_factor())].into())
}
