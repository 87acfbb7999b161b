//! Names in full: those that patterns match, and all of them.

use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::wrap;
use super::super::{App, query_fault};
use super::{flag, uncached};
use plumbago_protocol::encode;
use plumbago_query::find;
use std::sync::Arc;

/// `/metrics/expand`
pub(in super::super) fn expand(app: &App, call: &Call) -> Result<Answer, Fault> {
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
pub(in super::super) fn index(app: &App, call: &Call) -> Result<Answer, Fault> {
    let names = find::index(&app.source()).map_err(query_fault)?;
    let mut text = Vec::new();
    encode::names_json(&mut text, names);
    wrap(&call.params, text)
}
