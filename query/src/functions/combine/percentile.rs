//! percentileOfSeries: the n-th percentile of all series at each time.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::normalize::{columns, common_grid};
use crate::python::general;
use crate::reducer::percentile;
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "percentileOfSeries",
    Group::Combine,
    &[
        SERIES_LIST,
        Parameter::required("n", Kind::Float),
        Parameter::optional("interpolate", Kind::Boolean, Default::Boolean(false)),
    ],
    percentile_of_series,
)
.slot_by_slot()
.help(
    "Takes the n-th percentile of series at each time.",
    "web.a: 1 2 @60
         web.b: 3 4 @60
         web.c: 9 9 @60
         > percentileOfSeries(web.*, 50)
         percentileOfSeries(web.*,50): 3 4 @60",
)];

fn percentile_of_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let n = call.arguments().float("n")?;
    let interpolate = call.arguments().boolean("interpolate")?;
    if n <= 0.0 {
        return Err(QueryError::bad_request("percentileOfSeries: the percentile must be above 0"));
    }
    let series = call.take_series();
    let Some(grid) = common_grid(&series)? else { return Ok(Vec::new().into()) };
    let columns = columns(&series, grid);
    let rows = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let values = (0..rows)
        .map(|at| {
            let row: Vec<f64> = columns.iter().filter_map(|column| column.get(at).copied()).collect();
            percentile(&row, n, interpolate)
        })
        .collect();
    let name = format!("percentileOfSeries({},{})", series[0].path_expression, general(n));
    Ok(vec![Series::new(name, grid, values, call.x_files_factor())].into())
}
