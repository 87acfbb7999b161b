//! weightedAverage: a mean in which each series counts by another one.

use std::collections::{BTreeSet, HashMap};

use crate::error::QueryError;
use crate::functions::shared::{NodeOrTag, Outcome, key};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;

use super::aggregate::aggregate;
use super::divide::{divide, zip_longest};

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "weightedAverage",
    Group::Combine,
    &[
        Parameter::required("seriesListAvg", Kind::SeriesList),
        Parameter::required("seriesListWeight", Kind::SeriesList),
        Parameter::optional("nodes", Kind::NodeOrTag, Default::Absent).many(),
    ],
    weighted_average,
)
.slot_by_slot()
.help(
    "Takes the mean of series weighted by others that agree in the given nodes.",
    "a.latency: 10 20 @60
         b.latency: 30 40 @60
         a.hits: 1 1 @60
         b.hits: 3 1 @60
         > weightedAverage(*.latency, *.hits, 0)
         weightedAverage(*.latency, *.hits, 0): 25 30 @60",
)];

fn weighted_average(call: &mut Invocation<'_, '_>) -> Outcome {
    let nodes = NodeOrTag::rest_of(call);
    let shown: Vec<String> = call.arguments().rest().map(|literal| literal.show()).collect();
    let averages = call.take_series();
    let weights = call.take_named("seriesListWeight").unwrap_or_default();
    if averages.len() != weights.len() {
        return Err(QueryError::bad_request(format!(
            "weightedAverage takes lists of equal length, the first has {} series and the second {}",
            averages.len(),
            weights.len()
        )));
    }
    let products = products(call, &averages, &weights, &nodes);
    let expressions = |list: &[Series]| {
        let unique: BTreeSet<&str> = list.iter().map(|one| &*one.path_expression).collect();
        Vec::from_iter(unique).join(",")
    };
    let name = format!(
        "weightedAverage({}, {}, {})",
        expressions(&averages),
        expressions(&weights),
        shown.join(",")
    );
    let (Some(products), Some(weights)) =
        (aggregate(call, products, "sum", None)?, aggregate(call, weights, "sum", None)?)
    else {
        return Ok(Vec::new().into());
    };
    let values = zip_longest(&products.values, &weights.values, divide);
    Ok(vec![Series::new(name, products.grid(), values, call.x_files_factor())].into())
}

/// The product of each average with the weight of the same key; values meet by position, whatever their steps.
fn products(
    call: &Invocation<'_, '_>,
    averages: &[Series],
    weights: &[Series],
    nodes: &[NodeOrTag],
) -> Vec<Series> {
    let mut order: Vec<String> = Vec::new();
    let mut pairs: HashMap<String, (Option<&Series>, Option<&Series>)> = HashMap::new();
    for (average, weight) in averages.iter().zip(weights) {
        for (one, is_weight) in [(average, false), (weight, true)] {
            let name = key(one, nodes);
            let pair = pairs.entry(name.clone()).or_insert_with(|| {
                order.push(name);
                (None, None)
            });
            if is_weight {
                pair.1 = Some(one);
            } else {
                pair.0 = Some(one);
            }
        }
    }
    let product = |name: &String| match pairs.get(name) {
        Some((Some(average), Some(weight))) => {
            let values = zip_longest(&average.values, &weight.values, |a, b| a * b);
            let name = format!("product({},{})", weight.name, average.name);
            Some(Series::new(name, average.grid(), values, call.x_files_factor()))
        }
        _ => None,
    };
    order.iter().filter_map(product).collect()
}
