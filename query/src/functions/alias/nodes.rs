//! aliasByNode, aliasByTags, aliasByMetric and substr: names cut out of names.

use std::sync::Arc;

use crate::functions::shared::{NodeOrTag, ONLY_SERIES, Outcome, SERIES_LIST, key};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "aliasByNode",
        Group::Alias,
        &[SERIES_LIST, Parameter::required("nodes", Kind::NodeOrTag).many()],
        by_node,
    )
    .slot_by_slot()
    .help(
        "Names each series after nodes of its path (counted from 0) or values of its tags.",
        "web.eu1.cpu: 1 2 @60
         > aliasByNode(web.*.cpu, 1, -1)
         eu1.cpu: 1 2 @60",
    ),
    Descriptor::new(
        "aliasByTags",
        Group::Alias,
        &[SERIES_LIST, Parameter::required("tags", Kind::NodeOrTag).many()],
        by_node,
    )
    .slot_by_slot()
    .help(
        "Names each series after values of its tags or nodes of its path.",
        r#"cpu;host=a;zone=eu: 1 2 @60
         > aliasByTags(seriesByTag("name=cpu"), "host", "name")
         a.cpu: 1 2 @60"#,
    ),
    Descriptor::new("aliasByMetric", Group::Alias, ONLY_SERIES, by_metric).slot_by_slot().help(
        "Names each series after the last node of its path.",
        "web.eu1.cpu: 1 2 @60
         > aliasByMetric(web.eu1.cpu)
         cpu: 1 2 @60",
    ),
];

/// Listed among the special functions.
pub(in crate::functions) static SUBSTR: &[Descriptor] = &[Descriptor::new(
    "substr",
    Group::Special,
    &[
        SERIES_LIST,
        Parameter::optional("start", Kind::Node, Default::Integer(0)),
        Parameter::optional("stop", Kind::Node, Default::Integer(0)),
    ],
    substr_call,
)
.slot_by_slot()
.help(
    "Names each series after a range of nodes of its path; a stop of 0 means up to the end.",
    "web.eu1.cpu.user: 1 2 @60
         > substr(web.eu1.cpu.user, 1, 3)
         eu1.cpu: 1 2 @60",
)];

fn by_node(call: &mut Invocation<'_, '_>) -> Outcome {
    let nodes = NodeOrTag::rest_of(call);
    let mut series = call.take_series();
    series.iter_mut().for_each(|one| one.name = Arc::from(key(one, &nodes)));
    Ok(series.into())
}

fn by_metric(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    series.iter_mut().for_each(|one| substr(one, -1, 0));
    Ok(series.into())
}

fn substr_call(call: &mut Invocation<'_, '_>) -> Outcome {
    let (start, stop) = (call.arguments().integer("start")?, call.arguments().integer("stop")?);
    let mut series = call.take_series();
    series.iter_mut().for_each(|one| substr(one, start, stop));
    Ok(series.into())
}

/// Keeps the nodes `start..stop` of what stands between the last `(` and the first `)`, up to the first comma.
fn substr(series: &mut Series, start: i64, stop: i64) {
    let name = Arc::clone(&series.name);
    let left = name.rfind('(').map_or(0, |at| at + 1);
    let right = name.find(')').unwrap_or(name.len());
    let nodes: Vec<&str> = name.get(left..right).unwrap_or_default().split('.').collect();
    let stop = if stop == 0 { nodes.len() } else { slice_index(stop, nodes.len()) };
    let start = slice_index(start, nodes.len());
    let kept = nodes.get(start..stop).unwrap_or_default().join(".");
    series.name = Arc::from(kept.split(',').next().unwrap_or_default());
}

/// Python's meaning of a slice bound: negative ones count from the end, all are clamped.
fn slice_index(index: i64, length: usize) -> usize {
    let from_start = if index < 0 { index.saturating_add(length as i64) } else { index };
    usize::try_from(from_start.max(0)).unwrap_or(usize::MAX).min(length)
}
