//! The tree of names: what a pattern matches, in the shapes that editors, completers and front ends read.
//!
//! A node may be a series and a branch at once: lists of nodes show both, branch first; the tree shows a branch.
//! A name that can be browsed says nothing about data in a range, so `from` and `until` are only checked.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::{json, wrap};
use super::formats::PROTOBUF_V3_TYPE;
use super::range::Clockwork;
use super::{App, query_fault};
use hyper::header::{CACHE_CONTROL, PRAGMA};
use percent_encoding::percent_decode_str;
use plumbago_protocol::encode::{self, FoundNode, Interval, TreeNode};
use plumbago_query::Node;
use plumbago_query::find;
use serde_json::{Value, json as value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// One entry of a list: a branch or a series.
#[derive(Clone, Copy)]
struct Match<'a> {
    path: &'a str,
    name: &'a str,
    is_leaf: bool,
}

/// The path that answers a request: `/metrics` with a `query` is an older name of `/metrics/find`.
pub(super) fn routed<'a>(path: &'a str, query: Option<&str>) -> &'a str {
    let names_a_query = |pair: &str| pair.split('=').next() == Some("query");
    match path {
        "/metrics" if query.is_some_and(|query| query.split('&').any(names_a_query)) => "/metrics/find",
        path => path,
    }
}

/// `/metrics/find`
pub(super) fn find(app: &App, call: &Call) -> Result<Answer, Fault> {
    check_range(app, call)?;
    flag(call, "local")?;
    let answer = match call.params.last_filled("format") {
        _ if call.is_protobuf_v3() => glob_messages(app, call),
        format => find_one(app, call, format.unwrap_or("treejson")),
    };
    answer.map(uncached)
}

fn find_one(app: &App, call: &Call, format: &str) -> Result<Answer, Fault> {
    let query =
        call.params.last_filled("query").ok_or_else(|| Fault::bad_request("query: no pattern is given"))?;
    let query = match flag(call, "automatic_variants")? {
        true => with_variants(query),
        false => query.to_owned(),
    };
    match format {
        "treejson" => return tree(app, call, &query),
        "completer" => return completer(app, call, &query),
        _ => {}
    }
    let mut nodes = nodes(app, call, &query)?;
    match format {
        "json" => {
            nodes.sort_by(|one, other| one.path.cmp(&other.path));
            let entry = |one: &Match<'_>| value!({"path": one.path, "is_leaf": one.is_leaf});
            json(&call.params, &matches_of(&nodes).iter().map(entry).collect::<Vec<_>>())
        }
        "nodelist" => {
            let position = position(call)?;
            json(&call.params, &node_list(&matches_of(&nodes), position))
        }
        _ => {
            let matches = matches_of(&nodes);
            let found = matches.iter().map(|one| found_node(app, *one));
            let mut bytes = Vec::new();
            let content_type = match format {
                "pickle" => {
                    encode::nodes_pickle(&mut bytes, found);
                    "application/pickle"
                }
                "msgpack" => {
                    encode::nodes_msgpack(&mut bytes, found);
                    "application/x-msgpack"
                }
                "carbonapi_v2_pb" | "protobuf" | "protobuf3" => {
                    encode::nodes_v2(&mut bytes, &query, found);
                    "application/x-protobuf"
                }
                other => {
                    let expected = "treejson, completer, json, nodelist, pickle, msgpack, carbonapi_v2_pb \
                                    (protobuf, protobuf3) or carbonapi_v3_pb";
                    return Err(Fault::bad_request(format!("format: expected {expected}, found {other:?}")));
                }
            };
            Ok(Answer::new(content_type, bytes))
        }
    }
}

/// What several patterns find, in carbonapi's third dialect: those of a message, or of `query`, repeated.
fn glob_messages(app: &App, call: &Call) -> Result<Answer, Fault> {
    let queries = match call.body.is_empty() {
        true => call.params.all("query").map(str::to_owned).collect(),
        false => {
            let message = encode::glob_request_v3(&call.body);
            message.map_err(|fault| Fault::bad_request(fault.to_string()))?.queries
        }
    };
    if queries.is_empty() {
        return Err(Fault::bad_request("query: no pattern is given"));
    }
    let mut bytes = Vec::new();
    for query in queries {
        let nodes = nodes(app, call, &query)?;
        let matches = matches_of(&nodes);
        encode::nodes_v3(&mut bytes, &query, matches.iter().map(|one| found_node(app, *one)));
    }
    Ok(Answer::new(PROTOBUF_V3_TYPE, bytes))
}

/// A leaf may have data at any time up to the present: how far back decides who reads it.
fn found_node<'a>(app: &App, one: Match<'a>) -> FoundNode<'a> {
    let interval = one.is_leaf.then(|| Interval { start: 0, end: app.clock.now() });
    FoundNode { path: one.path, interval }
}

/// The same answer, for which browsers ask again each time.
fn uncached(answer: Answer) -> Answer {
    answer.with_header(CACHE_CONTROL, "no-cache").with_header(PRAGMA, "no-cache")
}

/// `/metrics/expand`
pub(super) fn expand(app: &App, call: &Call) -> Result<Answer, Fault> {
    let leaves_only = flag(call, "leavesOnly")?;
    let (queries, empty): (Vec<String>, Vec<String>) =
        call.params.all("query").map(str::to_owned).partition(|query| !query.is_empty());
    // An empty query matches the root of the tree, whose name is empty, too.
    let root = (!empty.is_empty() && !leaves_only).then(|| Arc::<str>::from(""));
    let mut text = Vec::new();
    if flag(call, "groupByExpr")? {
        let mut groups = find::expand_by_query(&app.source(), &queries, leaves_only).map_err(query_fault)?;
        if !empty.is_empty() {
            groups.insert(String::new(), root.into_iter().collect());
        }
        encode::expand_grouped_json(&mut text, groups.iter().map(|(query, names)| (query.as_str(), names)));
    } else {
        let names = find::expand(&app.source(), &queries, leaves_only).map_err(query_fault)?;
        encode::expand_json(&mut text, root.into_iter().chain(names));
    }
    wrap(&call.params, text).map(uncached)
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
    let mut tree = find::tree(&app.source(), query).map_err(query_fault)?;
    if flag(call, "leavesOnly")? {
        tree.entries.retain(|entry| entry.is_leaf);
    }
    let wildcard = match flag(call, "wildcards")? && nodes(app, call, query)?.len() > 1 {
        true => Some(("*", tree.entries.iter().all(|entry| entry.is_leaf))),
        false => None,
    };
    let entries = tree.entries.iter().map(|entry| (entry.text(), entry.is_leaf));
    let node = |(name, is_leaf)| TreeNode { text: unescaped(name), id: (&tree.base, name), is_leaf };
    let mut text = Vec::new();
    encode::tree_json(&mut text, wildcard.into_iter().chain(entries).map(node));
    wrap(&call.params, text)
}

/// A node as it is shown: without the escapes of a URL, as graphite-web shows it. What is asked next keeps them.
fn unescaped(name: &str) -> Cow<'_, str> {
    if !name.contains(['%', '+']) {
        return Cow::Borrowed(name);
    }
    let spaced = name.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
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
    fn an_older_path_is_found() {
        assert_eq!(routed("/metrics", Some("format=x&query=a.*")), "/metrics/find");
        assert_eq!(routed("/metrics", Some("queries=a")), "/metrics");
        assert_eq!(routed("/metrics", None), "/metrics");
        assert_eq!(routed("/render", Some("query=a")), "/render");
    }

    #[test]
    fn escapes_are_not_shown() {
        assert_eq!(unescaped("a%41b+c%zz"), "aAb c%zz");
        assert_eq!(unescaped("plain"), "plain");
    }

    #[test]
    fn variants_get_their_braces() {
        assert_eq!(with_variants("a.b,c.{d,e}"), "a.{b,c}.{d,e}");
    }
}
