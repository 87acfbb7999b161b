//! The tree of names: what a pattern matches, in the shapes that editors, completers and front ends read.
//!
//! A node may be a series and a branch at once: lists of nodes show both, branch first; the tree shows a branch.
//! A name that can be browsed says nothing about data in a range, so `from` and `until` are only checked.

mod completer;
mod expand;
mod list;
mod message;
mod tree;

pub(super) use expand::{expand, index};

use super::answer::{Answer, Fault};
use super::call::Call;
use super::range::Clockwork;
use super::{App, query_fault};
use hyper::header::{CACHE_CONTROL, PRAGMA};
use plumbago_query::{Node, find};

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
    if call.is_protobuf_v3() {
        return message::messages(app, call).map(uncached);
    }
    let query =
        call.params.last_filled("query").ok_or_else(|| Fault::bad_request("query: no pattern is given"))?;
    let query = match flag(call, "automatic_variants")? {
        true => with_variants(query),
        false => query.to_owned(),
    };
    let answer = match call.params.last_filled("format").unwrap_or("treejson") {
        "treejson" => tree::tree(app, call, &query),
        "completer" => completer::completer(app, call, &query),
        "json" => list::json_list(app, call, &query),
        "nodelist" => list::node_list(app, call, &query),
        "pickle" => message::pickle(app, call, &query),
        "msgpack" => message::msgpack(app, call, &query),
        "carbonapi_v2_pb" | "protobuf" | "protobuf3" => message::protobuf_v2(app, call, &query),
        other => {
            let expected = "treejson, completer, json, nodelist, pickle, msgpack, carbonapi_v2_pb (protobuf, \
                            protobuf3) or carbonapi_v3_pb";
            Err(Fault::bad_request(format!("format: expected {expected}, found {other:?}")))
        }
    };
    answer.map(uncached)
}

/// The same answer, for which browsers ask again each time.
fn uncached(answer: Answer) -> Answer {
    answer.with_header(CACHE_CONTROL, "no-cache").with_header(PRAGMA, "no-cache")
}

fn nodes(app: &App, call: &Call, query: &str) -> Result<Vec<Node>, Fault> {
    let mut nodes = find::nodes(&app.source(), query).map_err(query_fault)?;
    if flag(call, "leavesOnly")? {
        nodes.retain(|node| node.is_leaf);
        nodes.iter_mut().for_each(|node| node.is_branch = false);
    }
    Ok(nodes)
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

    #[test]
    fn an_older_path_is_found() {
        assert_eq!(routed("/metrics", Some("format=x&query=a.*")), "/metrics/find");
        assert_eq!(routed("/metrics", Some("queries=a")), "/metrics");
        assert_eq!(routed("/metrics", None), "/metrics");
        assert_eq!(routed("/render", Some("query=a")), "/render");
    }

    #[test]
    fn variants_get_their_braces() {
        assert_eq!(with_variants("a.b,c.{d,e}"), "a.{b,c}.{d,e}");
    }
}
