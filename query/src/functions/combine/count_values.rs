//! countValues: how many series have each value.

use std::collections::BTreeMap;

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::normalize::{columns, common_grid};
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "countValues",
    Group::Combine,
    &[SERIES_LIST, Parameter::optional("valuesLimit", Kind::Integer, Default::Integer(32))],
    count_values,
)
.from(Origin::Carbonapi)
.help("Shows one series for every whole value that occurs: how many series have it. More than valuesLimit of them are shown as valuesLimitReached.", "a.state: 1 1 2 @60
         b.state: 1 2 2 @60
         > countValues(*.state)
         1: 2 1 0 @60
         2: 0 1 2 @60")];

fn count_values(call: &mut Invocation<'_, '_>) -> Outcome {
    let limit = usize::try_from(call.arguments().integer("valuesLimit")?).unwrap_or(0);
    let series = call.take_series();
    let Some(grid) = common_grid(&series)? else { return Ok(Vec::new().into()) };
    let columns = columns(&series, grid);
    let rows = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let x_files_factor = call.x_files_factor();
    let made =
        |name: String, values| Series { integral: true, ..Series::new(name, grid, values, x_files_factor) };
    // Fractions are cut off: the values meant are states and codes.
    let mut counts: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for column in &columns {
        for (row, value) in column.iter().enumerate().filter(|(_, value)| !value.is_nan()) {
            let seen = counts.len();
            let known = counts.entry(*value as i64);
            if matches!(known, std::collections::btree_map::Entry::Vacant(_)) {
                if seen >= limit {
                    return Ok(vec![made("valuesLimitReached".to_owned(), vec![0.0; rows])].into());
                }
                call.check_points(rows)?;
            }
            known.or_insert_with(|| vec![0.0; rows])[row] += 1.0;
        }
    }
    let shown: Vec<Series> = counts.into_iter().map(|(value, rows)| made(value.to_string(), rows)).collect();
    Ok(shown.into())
}
