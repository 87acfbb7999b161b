//! The tree of names: what a pattern matches, in the shapes that editors and completers read.
//!
//! A node may be a series and a branch at once: lists of nodes show both, branch first; the tree shows a branch.
//! A name that can be browsed says nothing about data in a range, so `from` and `until` are only checked.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::{App, source_fault};
use plumbago_protocol::{Glob, at_time};
use plumbago_query::{Node, Source};
use serde::Serialize;
use serde_json::{Value, json as value};
use std::collections::{BTreeMap, BTreeSet};

/// One entry of a list: a branch or a series.
struct Match<'a> {
    path: &'a str,
    name: &'a str,
    is_leaf: bool,
}

/// An entry of Grafana's tree.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct TreeNode {
    text: String,
    id: String,
    #[serde(rename = "allowChildren")]
    allow_children: u8,
    expandable: u8,
    leaf: u8,
}

impl TreeNode {
    fn new(text: &str, base: &str, is_leaf: bool) -> TreeNode {
        let (branch, leaf) = (u8::from(!is_leaf), u8::from(is_leaf));
        TreeNode { text: text.to_owned(), id: format!("{base}{text}"), allow_children: branch, expandable: branch, leaf }
    }
}

/// `/metrics/find`
pub(super) fn find(app: &App, call: &Call) -> Result<Answer, Fault> {
    let query = call.params.last_filled("query").ok_or_else(|| Fault::bad_request("query: no pattern is given"))?;
    check_range(app, call)?;
    flag(call, "local")?;
    let wildcards = flag(call, "wildcards")?;
    let format = call.params.last_filled("format").unwrap_or("treejson");
    let mut query = if flag(call, "automatic_variants")? { with_variants(query) } else { query.to_owned() };
    if format == "completer" {
        query = query.replace("..", "*.");
        if !query.ends_with('*') {
            query.push('*');
        }
    }
    let nodes = app.source().find(&parse_glob(&query)?).map_err(source_fault)?;
    let matches = matches_of(&nodes, flag(call, "leavesOnly")?);
    let answer = match format {
        "treejson" => return json(&call.params, &tree(&matches, base_of(&query), wildcards)),
        "completer" => completer(&matches, wildcards),
        "json" => {
            let entries = matches.iter().map(|one| value!({"path": one.path, "is_leaf": one.is_leaf}));
            entries.collect()
        }
        "nodelist" => node_list(&matches, position(call)?),
        other => {
            let message = format!("format: expected treejson, completer, json or nodelist, found {other:?}");
            return Err(Fault::bad_request(message));
        }
    };
    json(&call.params, &answer)
}

/// `/metrics/expand`
pub(super) fn expand(app: &App, call: &Call) -> Result<Answer, Fault> {
    let leaves_only = flag(call, "leavesOnly")?;
    let mut by_query: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for query in call.params.all("query").filter(|query| !query.is_empty()) {
        let nodes = app.source().find(&parse_glob(query)?).map_err(source_fault)?;
        let paths = nodes.iter().filter(|node| node.is_leaf || !leaves_only).map(|node| node.path.to_string());
        by_query.insert(query, paths.collect());
    }
    if flag(call, "groupByExpr")? {
        return json(&call.params, &value!({ "results": by_query }));
    }
    let all: BTreeSet<String> = by_query.into_values().flatten().collect();
    json(&call.params, &value!({ "results": all }))
}

/// `/metrics/index.json`: every untagged series.
pub(super) fn index(app: &App, call: &Call) -> Result<Answer, Fault> {
    let nodes = app.source().find(&parse_glob("**")?).map_err(source_fault)?;
    let names: Vec<_> = nodes.into_iter().filter(|node| node.is_leaf).map(|node| node.path).collect();
    json(&call.params, &names)
}

fn parse_glob(query: &str) -> Result<Glob, Fault> {
    Glob::parse(query).map_err(|error| Fault::bad_request(format!("query: {error}")))
}

/// Sorted by name, then path; the branch before the series of the same name.
fn matches_of(nodes: &[Node], leaves_only: bool) -> Vec<Match<'_>> {
    let mut matches = Vec::with_capacity(nodes.len());
    for node in nodes {
        let name = node.path.rsplit('.').next().unwrap_or(&node.path);
        if node.is_branch && !leaves_only {
            matches.push(Match { path: &node.path, name, is_leaf: false });
        }
        if node.is_leaf {
            matches.push(Match { path: &node.path, name, is_leaf: true });
        }
    }
    matches.sort_by_key(|one| (one.name, one.path));
    matches
}

/// Branches first, then series, no name twice.
fn tree(matches: &[Match<'_>], base: Option<String>, wildcards: bool) -> Vec<TreeNode> {
    let base_of = |one: &Match<'_>| match &base {
        Some(base) => base.clone(),
        None => one.path.strip_suffix(one.name).unwrap_or_default().to_owned(),
    };
    let (mut branches, mut leaves) = (Vec::new(), Vec::new());
    if wildcards && matches.len() > 1 {
        let only_leaves = matches.iter().all(|one| one.is_leaf);
        let base = matches.first().map(base_of).unwrap_or_default();
        branches.push(TreeNode::new("*", &base, only_leaves));
    }
    let mut seen = BTreeSet::new();
    for one in matches {
        let base = base_of(one);
        if seen.insert((base.clone(), one.name)) {
            let group = if one.is_leaf { &mut leaves } else { &mut branches };
            group.push(TreeNode::new(one.name, &base, one.is_leaf));
        }
    }
    branches.append(&mut leaves);
    branches
}

fn completer(matches: &[Match<'_>], wildcards: bool) -> Value {
    let entry = |one: &Match<'_>| {
        let path = if one.is_leaf { one.path.to_owned() } else { format!("{}.", one.path) };
        value!({"path": path, "name": one.name, "is_leaf": u8::from(one.is_leaf).to_string()})
    };
    let mut metrics: Vec<Value> = matches.iter().map(entry).collect();
    if wildcards && metrics.len() > 1 {
        metrics.push(value!({"name": "*"}));
    }
    value!({ "metrics": metrics })
}

/// The distinct names of the nodes at one position of the paths; a negative one counts from the end.
fn node_list(matches: &[Match<'_>], position: i64) -> Value {
    let node_at = |path: &str| {
        let nodes: Vec<&str> = path.split('.').collect();
        let index = if position < 0 { position.checked_add_unsigned(nodes.len() as u64)? } else { position };
        nodes.get(usize::try_from(index).ok()?).map(|node| (*node).to_owned())
    };
    let nodes: BTreeSet<String> = matches.iter().filter_map(|one| node_at(one.path)).collect();
    value!({ "nodes": nodes })
}

fn position(call: &Call) -> Result<i64, Fault> {
    let Some(text) = call.params.last_filled("position") else {
        return Ok(-1);
    };
    text.parse().map_err(|_| Fault::bad_request(format!("position: expected a whole number, found {text:?}")))
}

/// What stands before the last node of the pattern, its dot included. `None` where a dot inside braces makes that
/// no prefix of its own: then the nodes' own paths tell.
fn base_of(query: &str) -> Option<String> {
    let query = query.trim_start_matches(['~', '.']).trim_end_matches('.');
    let Some(dot) = query.rfind('.') else {
        return Some(String::new());
    };
    let (base, last) = query.split_at(dot + 1);
    let is_balanced = |text: &str| text.matches('{').count() == text.matches('}').count();
    (is_balanced(base) && is_balanced(last)).then(|| base.to_owned())
}

/// `a.b,c` becomes `a.{b,c}`.
fn with_variants(query: &str) -> String {
    let variants = |part: &str| match part.contains(',') && !part.contains('{') {
        true => format!("{{{part}}}"),
        false => part.to_owned(),
    };
    query.split('.').map(variants).collect::<Vec<_>>().join(".")
}

/// A parameter that is on for every whole number but 0.
fn flag(call: &Call, name: &str) -> Result<bool, Fault> {
    let Some(text) = call.params.last_filled(name) else {
        return Ok(false);
    };
    let number: i64 =
        text.parse().map_err(|_| Fault::bad_request(format!("{name}: expected a whole number, found {text:?}")))?;
    Ok(number != 0)
}

/// A range is not needed here, but a senseless one is the caller's mistake.
fn check_range(app: &App, call: &Call) -> Result<(), Fault> {
    let now = call.params.last_filled("now").and_then(|now| now.parse().ok()).unwrap_or_else(|| app.clock.now());
    let zone = call.params.last_filled("tz").and_then(at_time::time_zone);
    let zone = zone.as_ref().unwrap_or(&app.limits.time_zone);
    let time = |name: &str| {
        let text = call.params.last_filled(name);
        let parse = |text| at_time::parse(text, now, zone).map_err(|error| Fault::bad_request(format!("{name}: {error}")));
        text.map(parse).transpose()
    };
    match (time("from")?, time("until")?) {
        (Some(from), Some(until)) if from > until => {
            Err(Fault::bad_request(format!("from ({from}) lies after until ({until})")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<Node> {
        let node = |path: &str, is_leaf, is_branch| Node { path: path.into(), is_leaf, is_branch };
        vec![node("a.b", true, true), node("a.b10", false, true), node("a.c", true, false), node("x.c", true, false)]
    }

    fn texts(tree: &[TreeNode]) -> Vec<(&str, u8)> {
        tree.iter().map(|node| (node.id.as_str(), node.leaf)).collect()
    }

    #[test]
    fn a_tree_shows_branches_first_and_no_name_twice() {
        let nodes = nodes();
        let matches = matches_of(&nodes, false);
        let shown = tree(&matches, base_of("*.*"), false);
        assert_eq!(texts(&shown), [("*.b", 0), ("*.b10", 0), ("*.c", 1)]);
        let shown = tree(&matches, base_of("*.*"), true);
        assert_eq!(texts(&shown)[0], ("*.*", 0));
        let shown = tree(&matches, base_of("{a.c,x.c}"), false);
        assert_eq!(texts(&shown), [("a.b", 0), ("a.b10", 0), ("a.c", 1), ("x.c", 1)]);
    }

    #[test]
    fn lists_show_a_node_that_is_both_twice() {
        let nodes = nodes();
        let paths = |matches: &[Match<'_>]| matches.iter().map(|one| (one.path.to_owned(), one.is_leaf)).collect::<Vec<_>>();
        let all = paths(&matches_of(&nodes, false));
        assert_eq!(all[0], ("a.b".to_owned(), false));
        assert_eq!(all[1], ("a.b".to_owned(), true));
        assert_eq!(paths(&matches_of(&nodes, true)).len(), 3);
        let listed = completer(&matches_of(&nodes, false), true);
        assert_eq!(listed["metrics"][0], value!({"path": "a.b.", "name": "b", "is_leaf": "0"}));
        assert_eq!(listed["metrics"][5], value!({"name": "*"}));
    }

    #[test]
    fn nodes_are_listed_by_position_from_either_end() {
        let nodes = nodes();
        let matches = matches_of(&nodes, false);
        assert_eq!(node_list(&matches, 0), value!({"nodes": ["a", "x"]}));
        assert_eq!(node_list(&matches, -1), value!({"nodes": ["b", "b10", "c"]}));
        assert_eq!(node_list(&matches, 7), value!({"nodes": []}));
        assert_eq!(node_list(&matches, i64::MIN), value!({"nodes": []}));
    }

    #[test]
    fn variants_get_their_braces() {
        assert_eq!(with_variants("a.b,c.{d,e}"), "a.{b,c}.{d,e}");
    }
}
