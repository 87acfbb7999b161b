//! Which series of one list goes with which of another, for sumSeriesLists and its kin.

use std::collections::HashMap;

use crate::error::QueryError;
use crate::functions::{Default, Kind, Parameter};
use crate::python::general;
use crate::run::Invocation;
use crate::series::Series;

/// Whether series go together by name, instead of by their place.
pub(super) const MATCHING: Parameter =
    Parameter::optional("matching", Kind::Boolean, Default::Boolean(false)).beyond_graphite();

/// What stands for a series that has no partner.
pub(super) const DEFAULT: Parameter =
    Parameter::optional("default", Kind::Float, Default::Absent).beyond_graphite();

/// The pairs of two lists, by a call's `matching` and `default`.
///
/// # Errors
/// The lists have different lengths, and nothing says what to do about it.
pub(super) fn pairs(
    call: &Invocation<'_, '_>,
    first: Vec<Series>,
    second: Vec<Series>,
) -> Result<Vec<(Series, Series)>, QueryError> {
    let default = call.arguments().optional_float("default")?;
    if call.arguments().boolean("matching")? {
        return Ok(by_name(first, second, default));
    }
    match default {
        Some(value) if second.is_empty() => Ok(by_name(first, second, Some(value))),
        Some(value) if first.is_empty() => {
            Ok(second.into_iter().map(|one| (constant(&one, value), one)).collect())
        }
        _ if first.len() == second.len() => Ok(first.into_iter().zip(second).collect()),
        _ => Err(QueryError::bad_request(format!(
            "{} takes lists of equal length, the first has {} series and the second {}",
            call.name(),
            first.len(),
            second.len()
        ))),
    }
}

fn by_name(first: Vec<Series>, second: Vec<Series>, default: Option<f64>) -> Vec<(Series, Series)> {
    let partners: HashMap<&str, &Series> = second.iter().map(|one| (&*one.name, one)).collect();
    let pair = |one: Series| {
        let partner = match (partners.get(&*one.name), default) {
            (Some(partner), _) => (*partner).clone(),
            (None, Some(value)) => constant(&one, value),
            (None, None) => return None,
        };
        Some((one, partner))
    };
    first.into_iter().filter_map(pair).collect()
}

/// A series of one value wherever the other has any.
fn constant(other: &Series, value: f64) -> Series {
    let values = other.values.iter().map(|known| if known.is_nan() { f64::NAN } else { value }).collect();
    Series::new(general(value), other.grid(), values, other.x_files_factor)
}
