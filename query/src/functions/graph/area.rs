//! areaBetween: the space between two series.

use std::sync::Arc;

use crate::drawing::Fill;
use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, wrapped};
use crate::functions::{Descriptor, Group};
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] =
    &[Descriptor::new("areaBetween", Group::Graph, ONLY_SERIES, |call| {
        Ok(area_between(call.take_series())?.into())
    })
    .help(
        "Draws the area between exactly two series.",
        "web.a: 1 2 @60
         web.b: 5 6 @60
         > areaBetween(web.*)
         areaBetween(web.*): 1 2 @60
         areaBetween(web.*): 5 6 @60",
    )];

/// Both series under the name of the upper, second one.
pub(in crate::functions) fn area_between(mut series: Vec<Series>) -> Result<Vec<Series>, QueryError> {
    let count = series.len();
    let [lower, upper] = series.as_mut_slice() else {
        return Err(QueryError::bad_request(format!("areaBetween takes exactly two series, {count} match")));
    };
    lower.drawing.fill = Fill::BandEdge;
    upper.drawing.fill = Fill::Band;
    upper.tags.set("areaBetween", "1");
    upper.name = Arc::from(wrapped("areaBetween", &upper.path_expression));
    lower.tags = upper.tags.clone();
    lower.name = Arc::clone(&upper.name);
    Ok(series)
}
