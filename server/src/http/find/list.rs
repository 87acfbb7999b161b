//! Lists of nodes: one entry for each branch and each series, and the names at one position of their paths.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::nodes;
use plumbago_query::Node;
use serde_json::{Value, json as value};
use std::collections::BTreeSet;

/// One entry of a list: a branch or a series.
#[derive(Clone, Copy)]
pub(super) struct Match<'a> {
    pub(super) path: &'a str,
    pub(super) name: &'a str,
    pub(super) is_leaf: bool,
}

/// `format=json`
pub(super) fn json_list(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let mut nodes = nodes(app, call, query)?;
    nodes.sort_by(|one, other| one.path.cmp(&other.path));
    let entry = |one: &Match<'_>| value!({"path": one.path, "is_leaf": one.is_leaf});
    json(&call.params, &matches_of(&nodes).iter().map(entry).collect::<Vec<_>>())
}

/// `format=nodelist`
pub(super) fn node_list(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let (nodes, position) = (nodes(app, call, query)?, position(call)?);
    json(&call.params, &names_at(&matches_of(&nodes), position))
}

/// The branch before the series of the same name, else in the order of the nodes.
pub(super) fn matches_of(nodes: &[Node]) -> Vec<Match<'_>> {
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

/// The distinct names of the nodes at one position of the paths; a negative one counts from the end.
fn names_at(matches: &[Match<'_>], position: i64) -> Value {
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
    }

    #[test]
    fn nodes_are_listed_by_position_from_either_end() {
        let nodes = nodes();
        let matches = matches_of(&nodes);
        assert_eq!(names_at(&matches, 0), value!({"nodes": ["a", "x"]}));
        assert_eq!(names_at(&matches, -1), value!({"nodes": ["b", "b10", "c"]}));
        assert_eq!(names_at(&matches, 7), value!({"nodes": []}));
        assert_eq!(names_at(&matches, i64::MIN), value!({"nodes": []}));
    }
}
