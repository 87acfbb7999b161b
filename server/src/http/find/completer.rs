//! What could follow the text that somebody is typing.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::list::{Match, matches_of};
use super::{flag, nodes};
use serde_json::{Value, json as value};

/// `format=completer`
pub(super) fn completer(app: &App, call: &Call, typed: &str) -> Result<Answer, Fault> {
    let mut query = typed.replace("..", "*.");
    if !query.ends_with('*') {
        query.push('*');
    }
    let nodes = nodes(app, call, &query)?;
    json(&call.params, &completions(&matches_of(&nodes), flag(call, "wildcards")?))
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

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_query::Node;

    #[test]
    fn branches_end_in_a_dot() {
        let node = |path: &str, is_leaf, is_branch| Node { path: path.into(), is_leaf, is_branch };
        let nodes = [node("a.b", true, true), node("a.c", true, false)];
        let listed = completions(&matches_of(&nodes), true);
        assert_eq!(listed["metrics"][0], value!({"path": "a.b.", "name": "b", "is_leaf": "0"}));
        assert_eq!(listed["metrics"][1], value!({"path": "a.b", "name": "b", "is_leaf": "1"}));
        assert_eq!(listed["metrics"][3], value!({"name": "*"}));
    }
}
