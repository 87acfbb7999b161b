//! Nodes as front ends read them: pickle, MessagePack, and carbonapi's two dialects.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::formats::PROTOBUF_V3_TYPE;
use super::list::{Match, matches_of};
use super::nodes;
use plumbago_protocol::encode::{self, FoundNode, Interval};

/// `format=pickle`
pub(super) fn pickle(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let (nodes, now, mut bytes) = (nodes(app, call, query)?, app.clock.now(), Vec::new());
    encode::nodes_pickle(&mut bytes, matches_of(&nodes).iter().map(|one| found_node(*one, now)));
    Ok(Answer::new("application/pickle", bytes))
}

/// `format=msgpack`
pub(super) fn msgpack(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let (nodes, now, mut bytes) = (nodes(app, call, query)?, app.clock.now(), Vec::new());
    encode::nodes_msgpack(&mut bytes, matches_of(&nodes).iter().map(|one| found_node(*one, now)));
    Ok(Answer::new("application/x-msgpack", bytes))
}

/// `format=carbonapi_v2_pb`
pub(super) fn protobuf_v2(app: &App, call: &Call, query: &str) -> Result<Answer, Fault> {
    let (nodes, now, mut bytes) = (nodes(app, call, query)?, app.clock.now(), Vec::new());
    encode::nodes_v2(&mut bytes, query, matches_of(&nodes).iter().map(|one| found_node(*one, now)));
    Ok(Answer::new("application/x-protobuf", bytes))
}

/// What several patterns find, in carbonapi's third dialect: those of a message, or of `query`, repeated.
pub(super) fn messages(app: &App, call: &Call) -> Result<Answer, Fault> {
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
    let (mut bytes, now) = (Vec::new(), app.clock.now());
    for query in queries {
        let nodes = nodes(app, call, &query)?;
        let matches = matches_of(&nodes);
        encode::nodes_v3(&mut bytes, &query, matches.iter().map(|one| found_node(*one, now)));
    }
    Ok(Answer::new(PROTOBUF_V3_TYPE, bytes))
}

/// A leaf may have data at any time up to the present: how far back decides who reads it.
fn found_node(one: Match<'_>, now: i64) -> FoundNode<'_> {
    FoundNode { path: one.path, interval: one.is_leaf.then_some(Interval { start: 0, end: now }) }
}
