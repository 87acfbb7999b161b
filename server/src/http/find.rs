//! The tree of names: what a pattern matches, in the shapes that editors and completers read.
//!
//! A node may be a series and a branch at once: lists of nodes show both, branch first; the tree shows a branch.
//! A name that can be browsed says nothing about data in a range, so `from` and `until` are only checked.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::{json, wrap};
use super::range::Clockwork;
use super::{App, query_fault};
use plumbago_protocol::encode::{self, TreeNode};
use plumbago_query::Node;
use plumbago_query::find::{self, TreeEntry};
use serde_json::{Value, json as value};
use std::collections::BTreeSet;

/// One entry of a list: a branch or a series.
struct Match<'a> {
    path: &'a str,
    name: &'a str,
    is_leaf: bool,
}

/// `/metrics/find`
pub(super) fn find(app: &App, call: &Call) -> Result<Answer, Fault> {
    let query =
        call.params.last_filled("query").ok_or_else(|| Fault::bad_request("query: no pattern is given"))?;
    check_range(app, call)?;
    flag(call, "local")?;
    let query = match flag(call, "automatic_variants")? {
        true => with_variants(query),
        false => query.to_owned(),
    };
    match call.params.last_filled("format").unwrap_or("treejson") {
        "treejson" => tree(app, call, &query),
        "completer" => completer(app, call, &query),
        "json" => {
            let mut nodes = nodes(app, call, &query)?;
            nodes.sort_by(|one, other| one.path.cmp(&other.path));
            let entry = |one: &Match<'_>| value!({"path": one.path, "is_leaf": one.is_leaf});
            json(&call.params, &matches_of(&nodes).iter().map(entry).collect::<Vec<_>>())
        }
        "nodelist" => {
            let (nodes, position) = (nodes(app, call, &query)?, position(call)?);
            json(&call.params, &node_list(&matches_of(&nodes), position))
        }
        other => {
            let expected = "treejson, completer, json or nodelist";
            Err(Fault::bad_request(format!("format: expected {expected}, found {other:?}")))
        }
    }
}

/// `/metrics/expand`
pub(super) fn expand(app: &App, call: &Call) -> Result<Answer, Fault> {
    let leaves_only = flag(call, "leavesOnly")?;
    let queries: Vec<String> =
        call.params.all("query").filter(|query| !query.is_empty()).map(str::to_owned).collect();
    let mut text = Vec::new();
    if flag(call, "groupByExpr")? {
        let groups = find::expand_by_query(&app.source(), &queries, leaves_only).map_err(query_fault)?;
        encode::expand_grouped_json(&mut text, groups.iter().map(|(query, names)| (query.as_str(), names)));
    } else {
        let names = find::expand(&app.source(), &queries, leaves_only).map_err(query_fault)?;
        encode::expand_json(&mut text, names);
    }
    wrap(&call.params, text)
}

/// `/metrics/index.json`: every untagged series.
pub(super) fn index(app: &App, call: &Call) -> Result<Answer, Fault> {
    let names = find::index(&app.source()).map_err(query_fault)?;
    let mut text = Vec::new();
    encode::names_json(&mut text, names);
    wrap(&call.params, text)
}

fn nodes(app: &App, call: &Call, query: &str) -> Result<Vec<Node>, Fault> {
    let mut nodes = find::nodes(&app.source(), query).map_err(query_fault)?;
    if flag(call, "leavesOnly")? {
        nodes.retain(|node| node.is_leaf);
        nodes.iter_mut().for_each(|node| node.is_branch = false);
    }
    Ok(nodes)
}

fn tree(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let mut entries = find::tree(&app.source(), query).map_err(query_fault)?;
    if flag(call, "leavesOnly")? {
        entries.retain(|entry| entry.is_leaf);
    }
    if flag(call, "wildcards")?
        && let Some(first) = entries.first()
        && nodes(app, call, query)?.len() > 1
    {
        let base = first.id.strip_suffix(&first.text).unwrap_or_default();
        let is_leaf = entries.iter().all(|entry| entry.is_leaf);
        entries.insert(0, TreeEntry { text: "*".to_owned(), id: format!("{base}*"), is_leaf });
    }
    let nodes =
        entries.iter().map(|entry| TreeNode { text: &entry.text, id: &entry.id, is_leaf: entry.is_leaf });
    let mut text = Vec::new();
    encode::tree_json(&mut text, nodes);
    wrap(&call.params, text)
}

/// What could follow the text typed so far.
fn completer(app: &App, call: &Call, typed: &str) -> Result<Answer, Fault> {
    let mut query = typed.replace("..", "*.");
    if !query.ends_with('*') {
        query.push('*');
    }
    let nodes = nodes(app, call, &query)?;
    json(&call.params, &completions(&matches_of(&nodes), flag(call, "wildcards")?))
}

/// The branch before the series of the same name, else in the order of the nodes.
fn matches_of(nodes: &[Node]) -> Vec<Match<'_>> {
    let mut matches = Vec::with_capacity(nodes.len());
    for node in nodes {
        let name = node.path.rsplit('.').next().unwrap_or(&node.path);
        if node.is_branch {
            matches.push(Match { path: &node.path, name, is_leaf: false });
        }
        if node.is_leaf {
            matches.push(Match { path: &node.path, name, is_leaf: true });
        }
    }
    matches
}

fn completions(matches: &[Match<'_>], wildcards: bool) -> Value {
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
    let number: i64 = text
        .parse()
        .map_err(|_| Fault::bad_request(format!("{name}: expected a whole number, found {text:?}")))?;
    Ok(number != 0)
}

/// A range is not needed here, but a senseless one is the caller's mistake.
fn check_range(app: &App, call: &Call) -> Result<(), Fault> {
    let clockwork = Clockwork::of(app, call)?;
    // Clients that have no range send -1.
    let time = |name: &str| match call.params.last(name) {
        Some("-1") => Ok(None),
        _ => clockwork.time(call, name),
    };
    match (time("from")?, time("until")?) {
        (Some(from), Some(until)) if from > until => {
            Err(Fault::bad_request(format!("from: {from} lies after until, which is {until}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes() -> Vec<Node> {
        let node = |path: &str, is_leaf, is_branch| Node { path: path.into(), is_leaf, is_branch };
        vec![
            node("a.b", true, true),
            node("a.b10", false, true),
            node("a.c", true, false),
            node("x.c", true, false),
        ]
    }

    #[test]
    fn lists_show_a_node_that_is_both_twice() {
        let nodes = nodes();
        let matches = matches_of(&nodes);
        let shown: Vec<_> = matches.iter().map(|one| (one.path, one.is_leaf)).collect();
        assert_eq!(shown[..3], [("a.b", false), ("a.b", true), ("a.b10", false)]);
        let listed = completions(&matches, true);
        assert_eq!(listed["metrics"][0], value!({"path": "a.b.", "name": "b", "is_leaf": "0"}));
        assert_eq!(listed["metrics"][5], value!({"name": "*"}));
    }

    #[test]
    fn nodes_are_listed_by_position_from_either_end() {
        let nodes = nodes();
        let matches = matches_of(&nodes);
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
