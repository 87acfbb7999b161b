//! mapSeries and reduceSeries: series in groups, and a function over the members of each group.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::shared::{NodeOrTag, Outcome, SERIES_LIST, grouped, key};
use crate::functions::{self, Descriptor, Group, Kind, Parameter};
use crate::locality::{self, Lookback};
use crate::plan::Arguments;
use crate::run::{Invocation, Output};
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "mapSeries",
        Group::Combine,
        &[SERIES_LIST, Parameter::required("mapNodes", Kind::NodeOrTag).many()],
        map_series,
    )
    .aliased(&["map"])
    .groups()
    .slot_by_slot()
    .help(
        "Groups series by nodes or tags, for reduceSeries.",
        r#"web.a.hits: 10 20 @60
         web.a.miss: 1 2 @60
         > mapSeries(web.*.*, 1) | reduceSeries("asPercent", 2, "miss", "hits")
         web.a.reduce.asPercent: 10 10 @60"#,
    ),
    Descriptor::new(
        "reduceSeries",
        Group::Combine,
        &[
            Parameter::required("seriesLists", Kind::SeriesLists),
            Parameter::required("reduceFunction", Kind::Text),
            Parameter::required("reduceNode", Kind::Node),
            Parameter::required("reduceMatchers", Kind::Text).many(),
        ],
        reduce_series,
    )
    .aliased(&["reduce"])
    .looks_back(as_its_function)
    .help(
        "Within each group, calls a function with the series whose node equals each of the given texts.",
        r#"web.a.hits: 10 20 @60
         web.a.miss: 1 2 @60
         > reduceSeries(mapSeries(web.*.*, 1), "asPercent", 2, "miss", "hits")
         web.a.reduce.asPercent: 10 10 @60"#,
    ),
];

fn map_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let nodes = NodeOrTag::rest_of(call);
    let groups = grouped(call.take_series(), |one| key(one, &nodes));
    Ok(Output::Groups(groups.into_iter().map(|(_, members)| members).collect()))
}

/// As local as the function that it calls.
fn as_its_function(arguments: &Arguments<'_>) -> Option<Lookback> {
    locality::is_slot_by_slot(arguments.optional_text("reduceFunction")?).then(Lookback::default)
}

fn reduce_series(call: &mut Invocation<'_, '_>) -> Outcome {
    let function_name = call.arguments().text("reduceFunction")?;
    let node = call.arguments().integer("reduceNode")?;
    let matchers: Vec<String> = call.arguments().rest().map(|literal| literal.show()).collect();
    let function = functions::find(function_name)
        .ok_or_else(|| QueryError::bad_request(format!("reduceSeries: unknown function {function_name}")))?;
    let required = function.parameters.iter().filter(|parameter| parameter.required).count();
    if matchers.len() < required {
        return Err(QueryError::bad_request(format!(
            "reduceSeries: {function_name} takes {required} arguments, and {} texts choose series",
            matchers.len()
        )));
    }
    let mut order: Vec<String> = Vec::new();
    let mut groups: HashMap<String, Vec<Option<Series>>> = HashMap::new();
    for one in call.take_groups().into_iter().flatten() {
        let (prefix, text) = split_at_node(&one.name, node)?;
        let name = format!("{prefix}.reduce.{function_name}");
        let Some(position) = matchers.iter().position(|matcher| *matcher == text) else { continue };
        let group = groups.entry(name.clone()).or_insert_with(|| {
            order.push(name);
            vec![None; matchers.len()]
        });
        group[position] = Some(one);
    }
    let mut results = Vec::new();
    for name in order {
        let members = groups.remove(&name).unwrap_or_default();
        let lists: Option<Vec<Vec<Series>>> =
            members.into_iter().map(|member| member.map(|one| vec![one])).collect();
        let Some(lists) = lists else {
            return Err(QueryError::bad_request(format!(
                "reduceSeries: {name} has no series for one of the texts"
            )));
        };
        if let Some(mut one) = call.call(function, lists)?.into_iter().next() {
            one.name = Arc::from(name);
            results.push(one);
        }
    }
    Ok(results.into())
}

/// The nodes before a position, and the node there.
fn split_at_node(name: &str, node: i64) -> Result<(String, String), QueryError> {
    let nodes: Vec<&str> = name.split('.').collect();
    let from_start = if node < 0 { node.saturating_add(nodes.len() as i64) } else { node };
    let found = usize::try_from(from_start).ok().filter(|at| *at < nodes.len());
    let at =
        found.ok_or_else(|| QueryError::bad_request(format!("reduceSeries: {name} has no node {node}")))?;
    Ok((nodes[..at].join("."), nodes[at].to_owned()))
}
