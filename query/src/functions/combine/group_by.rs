//! groupByNode, groupByNodes and groupByTags: series that share nodes or tags are combined.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::shared::{NodeOrTag, Outcome, SERIES_LIST, grouped, key};
use crate::functions::{self, Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;
use crate::tags::Tags;

use super::aggregate::aggregate;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "groupByNode",
        Group::Combine,
        &[
            SERIES_LIST,
            Parameter::required("nodeNum", Kind::NodeOrTag),
            Parameter::optional("callback", Kind::AggOrSeriesFunc, Default::Text("average")),
        ],
        by_node,
    )
    .slot_by_slot()
    .help(
        "Combines series that have the same node (counted from 0) or tag.",
        r#"web.eu.a: 1 2 @60
         web.eu.b: 3 4 @60
         web.us.a: 5 6 @60
         > groupByNode(web.*.*, 1, "sum")
         eu: 4 6 @60
         us: 5 6 @60"#,
    ),
    Descriptor::new(
        "groupByNodes",
        Group::Combine,
        &[
            SERIES_LIST,
            Parameter::required("callback", Kind::AggOrSeriesFunc),
            Parameter::optional("nodes", Kind::NodeOrTag, Default::Absent).many(),
        ],
        by_nodes,
    )
    .slot_by_slot()
    .help(
        "Combines series that agree in several nodes or tags.",
        r#"web.eu.a: 1 2 @60
         web.eu.b: 3 4 @60
         web.us.a: 5 6 @60
         > groupByNodes(web.*.*, "max", 1, 0)
         eu.web: 3 4 @60
         us.web: 5 6 @60"#,
    ),
    Descriptor::new(
        "groupByTags",
        Group::Combine,
        &[
            SERIES_LIST,
            Parameter::required("callback", Kind::AggOrSeriesFunc),
            Parameter::required("tags", Kind::Tag).many(),
        ],
        by_tags,
    )
    .slot_by_slot()
    .help(
        "Combines tagged series that agree in the given tags.",
        r#"cpu;host=a;zone=eu: 1 2 @60
         cpu;host=b;zone=eu: 3 4 @60
         > groupByTags(seriesByTag("name=cpu"), "sum", "zone")
         cpu;zone=eu: 4 6 @60"#,
    ),
];

fn by_node(call: &mut Invocation<'_, '_>) -> Outcome {
    let callback = call.arguments().text("callback")?;
    let node = call.arguments().literal("nodeNum").map(NodeOrTag::of);
    combine_groups(call, callback, &Vec::from_iter(node))
}

fn by_nodes(call: &mut Invocation<'_, '_>) -> Outcome {
    let callback = call.arguments().text("callback")?;
    let nodes = NodeOrTag::rest_of(call);
    combine_groups(call, callback, &nodes)
}

fn combine_groups(call: &mut Invocation<'_, '_>, callback: &str, nodes: &[NodeOrTag]) -> Outcome {
    let series = call.take_series();
    let mut combined = Vec::new();
    for (name, members) in grouped(series, |one| key(one, nodes)) {
        if let Some(mut one) = combine_one(call, callback, members)? {
            one.name = Arc::from(name);
            combined.push(one);
        }
    }
    Ok(combined.into())
}

/// Combines one group by an aggregation (`sum`) or a combining function (`sumSeries`).
fn combine_one(
    call: &mut Invocation<'_, '_>,
    callback: &str,
    members: Vec<Series>,
) -> Result<Option<Series>, QueryError> {
    // `max` is an aggregation before it is another name of a combining function.
    let combines =
        |function: &&Descriptor| function.aggregator && !function.carbonapi_names.contains(&callback);
    match functions::find(callback).filter(combines) {
        Some(function) => Ok(call.call(function, vec![members])?.into_iter().next()),
        None => aggregate(call, members, callback, None),
    }
}

fn by_tags(call: &mut Invocation<'_, '_>) -> Outcome {
    let callback = call.arguments().text("callback")?;
    let wanted: Vec<String> = call.arguments().rest().map(|literal| literal.show()).collect();
    let series = call.take_series();
    let by_name = wanted.iter().any(|tag| tag == "name");
    let names: BTreeSet<&str> = series.iter().filter_map(|one| one.tags.get("name")).collect();
    let common = match names.first() {
        Some(only) if names.len() == 1 => (*only).to_owned(),
        _ => callback.to_owned(),
    };
    let key = |one: &Series| {
        let mut parts: Vec<String> = wanted
            .iter()
            .filter(|tag| *tag != "name")
            .map(|tag| format!("{tag}={}", one.tags.get(tag).unwrap_or_default()))
            .collect();
        parts.sort_unstable();
        let name = if by_name { one.tags.get("name").unwrap_or_default() } else { &common };
        parts.insert(0, name.to_owned());
        parts.join(";")
    };
    let mut combined = Vec::new();
    for (name, members) in grouped(series.clone(), key) {
        // graphite-web refuses a group that lacks one of the tags: its name could not be read back.
        if name.split(';').skip(1).any(|tag| tag.ends_with('=')) {
            return Err(QueryError::bad_request(format!("groupByTags: a series lacks a tag: {name}")));
        }
        if let Some(mut one) = combine_one(call, callback, members)? {
            one.rename(name);
            one.tags = Tags::of_name(Arc::clone(&one.name));
            combined.push(one);
        }
    }
    Ok(combined.into())
}
