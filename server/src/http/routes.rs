//! Which path is answered by which handler: one static table.
//!
//! A handler is a plain function from a read request to an answer; it neither waits nor touches a socket. `Cost` says
//! where it runs: those that read the store run on blocking threads, bounded in number.

use super::answer::{Answer, Fault};
use super::call::Call;
use super::events::Pending;
use super::flow::Flow;
use super::shown::shown;
use super::{
    App, carbonserver, cardinality, change, events, find, functions, home, render, rules, rules_history,
    snapshot, status, tags,
};
use hyper::{Method, StatusCode};
use std::sync::Arc;

/// A handler.
pub(crate) type Handler = fn(&App, &Call) -> Result<Answer, Fault>;

/// Where a handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// At once: it reads a few counters.
    Quick,
    /// On a blocking thread, for it reads the store.
    Query,
    /// The same, and it asks now and then whether its answer is still wanted: it ends with its client.
    Render,
}

/// A handler that decides what is to be changed about events; the answer follows when that is stored.
pub(crate) type ChangeHandler = fn(&App, &Call) -> Result<Pending, Fault>;

/// A handler whose answer comes piece by piece: its head, and where the pieces come from.
pub(crate) type FlowHandler = fn(&Arc<App>, &Call) -> Result<(Answer, Flow), Fault>;

/// What answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// A handler that has its answer when it returns.
    Read(Cost, Handler),
    /// A handler that reads events in its body and changes them.
    Change(ChangeHandler),
    /// A handler whose answer may never end.
    Flow(FlowHandler),
    /// A handler that reads texts of rules in its body, on a blocking thread, and ends with its client.
    Rules(Handler),
    /// The same, with an answer that comes line by line.
    RulesFlow(FlowHandler),
    /// The import of events, which reads its body while it stores.
    Import,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    /// The path; with a `*` at its end, everything below it. Also the label in the metrics.
    pub(crate) path: &'static str,
    /// What may be asked; HEAD goes where GET goes.
    pub(crate) methods: &'static [Method],
    /// What answers.
    pub(crate) action: Action,
}

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const PATCH: &[Method] = &[Method::PATCH];
const GET_OR_POST: &[Method] = &[Method::GET, Method::POST];

/// Every path there is.
pub(crate) const ROUTES: &[Route] = &[
    route("/", GET, Cost::Query, home::home),
    route("/render", GET_OR_POST, Cost::Render, render::render),
    route("/metrics/find", GET_OR_POST, Cost::Query, find::find),
    route("/metrics/expand", GET_OR_POST, Cost::Query, find::expand),
    route("/metrics/list", GET_OR_POST, Cost::Query, carbonserver::list),
    route("/metrics/details", GET_OR_POST, Cost::Query, carbonserver::details),
    route("/info", GET_OR_POST, Cost::Query, carbonserver::info),
    route("/_internal/capabilities", GET_OR_POST, Cost::Quick, carbonserver::capabilities),
    route("/metrics/index.json", GET_OR_POST, Cost::Query, find::index),
    route("/tags", GET, Cost::Query, tags::list),
    route("/tags/autoComplete/tags", GET_OR_POST, Cost::Query, tags::complete_tags),
    route("/tags/autoComplete/values", GET_OR_POST, Cost::Query, tags::complete_values),
    route("/tags/findSeries", GET_OR_POST, Cost::Query, tags::find_series),
    route("/tags/tagSeries", POST, Cost::Quick, change::name_one),
    route("/tags/tagMultiSeries", POST, Cost::Quick, change::name_many),
    route("/tags/delSeries", POST, Cost::Query, change::delete_named),
    route("/tags/*", GET, Cost::Query, tags::one),
    route("/functions", GET, Cost::Quick, functions::list),
    route("/functions/*", GET, Cost::Quick, functions::one),
    route("/version", GET, Cost::Quick, status::version),
    route("/healthz", GET, Cost::Quick, status::alive),
    route("/readyz", GET, Cost::Quick, status::ready),
    route("/metrics", GET, Cost::Quick, status::metrics),
    route("/api/v1/ingest/rejected", GET, Cost::Quick, status::rejected),
    route("/api/v1/cardinality", GET_OR_POST, Cost::Query, cardinality::owners),
    route("/api/v1/series/stale", GET_OR_POST, Cost::Query, cardinality::stale),
    route("/api/v1/series/delete", POST, Cost::Query, change::delete),
    route("/api/v1/series/rename", POST, Cost::Query, change::rename),
    route("/api/v1/rules", GET, Cost::Quick, rules::list),
    Route { path: "/api/v1/rules/test", methods: POST, action: Action::Rules(rules_history::test) },
    Route { path: "/api/v1/rules/backtest", methods: POST, action: Action::Rules(rules_history::backtest) },
    Route { path: "/api/v1/rules/diff", methods: POST, action: Action::Rules(rules_history::difference) },
    Route {
        path: "/api/v1/rules/backfill",
        methods: POST,
        action: Action::RulesFlow(rules_history::backfill),
    },
    route("/api/v1/schema/rules", GET, Cost::Quick, rules::schema),
    route("/api/v1/reload", POST, Cost::Query, rules::reload),
    route("/events", GET, Cost::Query, events::data),
    change("/events", POST, events::post_graphite),
    route("/events/get_data", GET_OR_POST, Cost::Query, events::data),
    route("/events/*", GET, Cost::Query, events::detail),
    change("/api/annotations/graphite", POST, events::annotate),
    route("/api/v1/events", GET, Cost::Query, events::list),
    change("/api/v1/events", POST, events::post),
    Route { path: "/api/v1/events/stream", methods: GET, action: Action::Flow(events::stream) },
    Route { path: "/api/v1/events/export", methods: GET, action: Action::Flow(events::export) },
    Route { path: "/api/v1/events/import", methods: POST, action: Action::Import },
    route("/api/v1/events/*", GET, Cost::Query, events::one),
    change("/api/v1/events/*", PATCH, events::edit),
    change("/api/v1/events/*", POST, events::retract),
    route("/api/v1/snapshot", POST, Cost::Query, snapshot::take),
];

const fn route(path: &'static str, methods: &'static [Method], cost: Cost, handler: Handler) -> Route {
    Route { path, methods, action: Action::Read(cost, handler) }
}

const fn change(path: &'static str, methods: &'static [Method], handler: ChangeHandler) -> Route {
    Route { path, methods, action: Action::Change(handler) }
}

/// The route of a path without a trailing slash. The first line with the path counts, and with it those that repeat it
/// for other methods.
///
/// # Errors
/// No such path, or a method that the path does not answer.
pub(crate) fn find_route(method: &Method, path: &str) -> Result<&'static Route, Fault> {
    let matches = |route: &&Route| match route.path.strip_suffix('*') {
        Some(prefix) => path.len() > prefix.len() && path.starts_with(prefix),
        None => path == route.path,
    };
    let Some(first) = ROUTES.iter().find(matches) else {
        let message = format!("nothing is served at {}", shown(path.as_bytes()));
        return Err(Fault::new(StatusCode::NOT_FOUND, message));
    };
    let asked = if method == Method::HEAD { &Method::GET } else { method };
    let same_path = || ROUTES.iter().filter(|route| route.path == first.path);
    if let Some(route) = same_path().find(|route| route.methods.contains(asked)) {
        return Ok(route);
    }
    let answers = |method: &Method| same_path().any(|route| route.methods.contains(method));
    let allowed: Vec<&str> = same_path().flat_map(|route| route.methods).map(Method::as_str).collect();
    let message = format!("{} answers {}, not {method}", first.path, allowed.join(" and "));
    let allow = match (answers(&Method::GET), answers(&Method::POST), answers(&Method::PATCH)) {
        (true, true, true) => "GET, HEAD, POST, PATCH",
        (true, true, false) => "GET, HEAD, POST",
        (true, false, _) => "GET, HEAD",
        (false, _, _) => "POST",
    };
    Err(Fault::method_not_allowed(message, allow))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_find_their_route() {
        assert_eq!(find_route(&Method::GET, "/render").unwrap().path, "/render");
        assert_eq!(find_route(&Method::HEAD, "/").unwrap().path, "/");
        assert_eq!(find_route(&Method::GET, "/tags/host").unwrap().path, "/tags/*");
        assert_eq!(
            find_route(&Method::GET, "/tags/autoComplete/tags").unwrap().path,
            "/tags/autoComplete/tags"
        );
        assert_eq!(find_route(&Method::GET, "/nothing").unwrap_err().status, StatusCode::NOT_FOUND);
        let fault = find_route(&Method::GET, "/api/v1/series/delete").unwrap_err();
        assert_eq!(fault.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(fault.message, "/api/v1/series/delete answers POST, not GET");
    }
}
