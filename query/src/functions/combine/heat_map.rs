//! heatMap: counters of nested ranges, each against the next smaller one.

use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, Outcome};
use crate::functions::{Descriptor, Group, Origin};
use crate::run::Invocation;
use crate::series::Series;

/// Over how many rows series are weighed.
const ROWS_WEIGHED: usize = 5;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new("heatMap", Group::Combine, ONLY_SERIES, heat_map)
    .from(Origin::Carbonapi)
    .help("Orders series by the sum of their first five values and shows by how much each exceeds the one before.", "le.10: 1 2 @60
         le.20: 4 6 @60
         le.50: 9 9 @60
         > heatMap(le.*)
         heatMap(le.20,le.10): 3 4 @60
         heatMap(le.50,le.20): 5 3 @60")];

fn heat_map(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    if let Some(pair) = series.windows(2).find(|pair| !are_alike(&pair[0], &pair[1])) {
        return Err(QueryError::bad_request(format!(
            "heatMap takes series of one range and step, {} and {} differ",
            pair[0].name, pair[1].name
        )));
    }
    let weights = weights(&series);
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| weights[*a].total_cmp(&weights[*b]));
    let differences = order.windows(2).map(|pair| {
        let (lower, upper) = (&series[pair[0]], &series[pair[1]]);
        let values = upper.values.iter().zip(&lower.values).map(|(upper, lower)| upper - lower).collect();
        let name = format!("heatMap({},{})", upper.name, lower.name);
        let mut one = Series::new(name, upper.grid(), values, upper.x_files_factor);
        one.tags = upper.tags.clone();
        one
    });
    let differences: Vec<Series> = differences.collect();
    series.clear();
    Ok(differences.into())
}

fn are_alike(a: &Series, b: &Series) -> bool {
    a.grid() == b.grid() && a.values.len() == b.values.len()
}

/// The sum of each series over the first rows in which all of them have a value.
fn weights(series: &[Series]) -> Vec<f64> {
    let rows = series.first().map_or(0, |one| one.values.len());
    let complete = (0..rows).filter(|row| series.iter().all(|one| !one.values[*row].is_nan()));
    let weighed: Vec<usize> = complete.take(ROWS_WEIGHED).collect();
    series.iter().map(|one| weighed.iter().fold(0.0, |sum, row| sum + one.values[*row])).collect()
}
