//! joinTags: each series of one list with the series of another that agrees with it in some tags.

use std::collections::HashMap;

use crate::error::QueryError;
use crate::functions::shared::Outcome;
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::normalize::{columns, common_grid};
use crate::run::Invocation;
use crate::series::Series;

use super::divide::{divide, zip_longest};

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "joinTags",
    Group::Combine,
    &[
        Parameter::required("seriesA", Kind::SeriesList),
        Parameter::required("seriesB", Kind::SeriesList),
        Parameter::required("keys", Kind::Text),
        Parameter::required("op", Kind::Text).one_of(&["sum", "diff", "multiply", "divide"]),
    ],
    join_tags,
)
.from(Origin::Plumbago)
.help("Adds, subtracts, multiplies or divides each series of the first list by the one of the second with the same values of the tags in keys (\"host,disk\"); what has no partner is dropped.", r#"bytes;host=a: 100 200 @60
         bytes;host=b: 90 90 @60
         hits;host=a: 10 0 @60
         hits;host=b: 30 45 @60
         > joinTags(seriesByTag("name=bytes"), seriesByTag("name=hits"), "host", "divide")
         joinTags(bytes;host=a,hits;host=a,"divide"): 10 - @60
         joinTags(bytes;host=b,hits;host=b,"divide"): 3 2 @60"#)];

fn join_tags(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("keys")?;
    let keys: Vec<&str> = text.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
    if keys.is_empty() {
        return Err(QueryError::bad_request("joinTags: the parameter keys names no tag"));
    }
    let operation = call.arguments().text("op")?;
    let combine: fn(f64, f64) -> f64 = match operation {
        "sum" => |a, b| a + b,
        "diff" => |a, b| a - b,
        "multiply" => |a, b| a * b,
        _ => divide,
    };
    let first = call.take_series();
    let second = call.take_named("seriesB").unwrap_or_default();
    let partners = by_tags(&second, &keys)?;
    let mut results = Vec::new();
    for one in &first {
        let Some(partner) = values_of(one, &keys).and_then(|values| partners.get(&values).copied()) else {
            continue;
        };
        let grid = common_grid([one, partner])?.unwrap_or(one.grid());
        let values = match columns([one, partner], grid).as_slice() {
            [a, b] => zip_longest(a, b, combine),
            _ => Vec::new(),
        };
        let name = format!("joinTags({},{},\"{operation}\")", one.name, partner.name);
        let mut joined = Series::new(name, grid, values, call.x_files_factor());
        joined.tags = one.tags.clone();
        results.push(joined);
    }
    Ok(results.into())
}

/// The values of the tags; `None` if one of them is missing.
fn values_of<'s>(series: &'s Series, keys: &[&str]) -> Option<Vec<&'s str>> {
    keys.iter().map(|key| series.tags.get(key)).collect()
}

fn by_tags<'s>(series: &'s [Series], keys: &[&str]) -> Result<HashMap<Vec<&'s str>, &'s Series>, QueryError> {
    let mut found: HashMap<Vec<&str>, &Series> = HashMap::new();
    for one in series {
        let Some(values) = values_of(one, keys) else { continue };
        if let Some(other) = found.insert(values, one) {
            return Err(QueryError::bad_request(format!(
                "joinTags: {} and {} match in all of {}; name a tag in which they differ",
                other.name,
                one.name,
                keys.join(", ")
            )));
        }
    }
    Ok(found)
}
