//! quantileSeries: a quantile of all series at each time, drawn between the two nearest values.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, path_expressions};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::normalize::{columns, common_grid};
use crate::python::general;
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "quantileSeries",
    Group::Combine,
    &[
        SERIES_LIST,
        Parameter::required("quantile", Kind::Float),
        Parameter::optional("xFilesFactor", Kind::Float, Default::Absent),
    ],
    quantile_series,
)
.from(Origin::Plumbago)
.slot_by_slot().help("Takes a quantile between 0 and 1 of series at each time: 0 is the smallest value, 0.5 the median, 1 the largest, and between two values it is on the line from one to the other.", "web.a: 1 2 @60
         web.b: 3 4 @60
         web.c: 9 - @60
         > quantileSeries(web.*, 0.75)
         quantileSeries(web.*,0.75): 6 3.5 @60")];

fn quantile_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let share = call.arguments().float("quantile")?;
    if !(0.0..=1.0).contains(&share) {
        return Err(QueryError::bad_request(
            "quantileSeries: the parameter quantile lies between 0 and 1; percentileOfSeries takes percents",
        ));
    }
    let needed = call.arguments().optional_float("xFilesFactor")?.unwrap_or(call.x_files_factor());
    let series = call.take_series();
    let Some(grid) = common_grid(&series)? else { return Ok(Vec::new().into()) };
    let columns = columns(&series, grid);
    let rows = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let mut known = Vec::with_capacity(columns.len());
    let values = (0..rows).map(|row| {
        known.clear();
        known.extend(columns.iter().filter_map(|column| column.get(row)).filter(|value| !value.is_nan()));
        match known.len() as f64 / columns.len() as f64 >= needed {
            true => quantile(&mut known, share),
            false => f64::NAN,
        }
    });
    let values = values.collect();
    let name = format!("quantileSeries({},{})", path_expressions(&series), general(share));
    Ok(vec![Series::new(name, grid, values, needed)].into())
}

/// The quantile of known values, which are sorted for it; NaN without any.
fn quantile(known: &mut [f64], share: f64) -> f64 {
    let Some(last) = known.len().checked_sub(1) else { return f64::NAN };
    known.sort_by(f64::total_cmp);
    let rank = share * last as f64;
    let below = (rank as usize).min(last);
    let (low, high) = (known[below], known[(below + 1).min(last)]);
    let part = rank - below as f64;
    // Equal neighbours, infinite ones too, need no line between them.
    if part == 0.0 || low == high { low } else { low + part * (high - low) }
}
