//! Small steps that many functions take.
//!
//! Invariant: names are built exactly as graphite-web builds them, since dashboards match on them.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::error::QueryError;
use crate::functions::{Kind, Parameter};
use crate::grammar;
use crate::plan::Literal;
use crate::reducer::Reducer;
use crate::run::{Invocation, Output};
use crate::series::Series;

pub(super) use crate::functions::descriptor::SERIES_LIST;

pub(super) type Outcome = Result<Output, QueryError>;

/// One series list and nothing else.
pub(super) static ONLY_SERIES: &[Parameter] = &[SERIES_LIST];

/// One series list and a number `n`.
pub(super) static SERIES_AND_FLOAT_N: &[Parameter] = &[SERIES_LIST, Parameter::required("n", Kind::Float)];

/// One series list and an integer `n`.
pub(super) static SERIES_AND_INTEGER_N: &[Parameter] =
    &[SERIES_LIST, Parameter::required("n", Kind::Integer)];

/// `function(name)`.
pub(super) fn wrapped(function: &str, name: &str) -> String {
    format!("{function}({name})")
}

/// Applies `compute` to every known value and renames every series.
pub(super) fn map_values(
    series: Vec<Series>,
    rename: impl Fn(&str) -> String,
    compute: impl Fn(f64) -> f64,
) -> Vec<Series> {
    let map = |mut one: Series| {
        one.rename(rename(&one.name));
        one.integral = false;
        // A missing value is NaN, and stays NaN through every formula used here.
        one.values.iter_mut().for_each(|value| *value = compute(*value));
        one
    };
    series.into_iter().map(map).collect()
}

/// The reducer that a checked argument names. `sumSeries` is accepted by the check, but not here: graphite-web refuses
/// it everywhere but in aggregates.
pub(super) fn reducer(call: &Invocation<'_, '_>, parameter: &str) -> Result<Reducer, QueryError> {
    let name = call.arguments().text(parameter)?;
    reducer_named(call, name)
}

/// The reducer of a name, or an error.
pub(super) fn reducer_named(call: &Invocation<'_, '_>, name: &str) -> Result<Reducer, QueryError> {
    Reducer::parse(name).ok_or_else(|| {
        QueryError::bad_request(format!("{}: {name:?} is no aggregation function", call.name()))
    })
}

/// The expressions of `series`, each once, joined by commas: what an aggregate shows in its parentheses.
pub(super) fn path_expressions(series: &[Series]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for one in series {
        if known.insert(&*one.path_expression) {
            seen.push(&one.path_expression);
        }
    }
    seen.join(",")
}

/// A node of the name, or the value of a tag.
pub(super) enum NodeOrTag {
    Node(i64),
    Tag(String),
}

impl NodeOrTag {
    pub(super) fn of(literal: &Literal) -> NodeOrTag {
        match literal {
            Literal::Integer(position) => NodeOrTag::Node(*position),
            Literal::Boolean(value) => NodeOrTag::Node(i64::from(*value)),
            other => NodeOrTag::Tag(other.show()),
        }
    }

    /// The nodes and tags that a call's last parameter lists.
    pub(super) fn rest_of(call: &Invocation<'_, '_>) -> Vec<NodeOrTag> {
        call.arguments().rest().map(NodeOrTag::of).collect()
    }

    fn value_in(&self, series: &Series, path: &str) -> String {
        match self {
            // A position that the name does not have is looked up as a tag, which nobody has.
            NodeOrTag::Node(position) => node_of_path(path, *position).map_or_else(
                || series.tags.get(&position.to_string()).unwrap_or_default().to_owned(),
                str::to_owned,
            ),
            NodeOrTag::Tag(tag) => series.tags.get(tag).unwrap_or_default().to_owned(),
        }
    }
}

/// The values of several nodes or tags, joined by dots: by this, series are renamed and grouped.
pub(super) fn key(series: &Series, nodes: &[NodeOrTag]) -> String {
    let path = path_of_name(&series.name);
    let parts: Vec<String> = nodes.iter().map(|node| node.value_in(series, &path)).collect();
    parts.join(".")
}

/// The node of a series' name that `aliasByNode` finds at a position; one below zero counts from the end.
///
/// ```
/// assert_eq!(plumbago_query::node_of_name("scale(web.eu.cpu,2)", -1).as_deref(), Some("cpu"));
/// ```
pub fn node_of_name(name: &str, position: i64) -> Option<String> {
    node_of_path(&path_of_name(name), position).map(str::to_owned)
}

/// The path in which nodes of a name are counted: the first one inside a call.
fn path_of_name(name: &str) -> Cow<'_, str> {
    let inside = if name.ends_with(')') { grammar::first_path(name) } else { None };
    inside.map_or(Cow::Borrowed(name), Cow::Owned)
}

fn node_of_path(path: &str, position: i64) -> Option<&str> {
    let metric = path.split(';').next().unwrap_or(path);
    let mut nodes = metric.split('.');
    match usize::try_from(position) {
        Ok(from_start) => nodes.nth(from_start),
        Err(_) => nodes.nth_back(usize::try_from(position.unsigned_abs() - 1).ok()?),
    }
}

/// Groups series by a key, groups in the order of their first members.
pub(super) fn grouped(series: Vec<Series>, key: impl Fn(&Series) -> String) -> Vec<(String, Vec<Series>)> {
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(String, Vec<Series>)> = Vec::new();
    for one in series {
        let name = key(&one);
        let position = *positions.entry(name).or_insert_with_key(|name| {
            groups.push((name.clone(), Vec::new()));
            groups.len() - 1
        });
        groups[position].1.push(one);
    }
    groups
}

/// A number of values for `usize` arithmetic on ranges: how many steps lie in `seconds`, rounded up.
pub(super) fn steps_in(seconds: i64, step: i64) -> usize {
    let count = seconds.max(0) / step.max(1) + i64::from(seconds.max(0) % step.max(1) != 0);
    usize::try_from(count).unwrap_or(usize::MAX)
}
