//! Which path is answered by which handler: one static table.
//!
//! A handler is a plain function from a read request to an answer; it neither waits nor touches a socket. `Cost` says
//! where it runs: those that read the store run on blocking threads, bounded in number.

use super::access::Needs;
use super::answer::{Answer, Fault};
use super::call::Call;
use super::events::Pending;
use super::flow::Flow;
use super::shown::shown;
use super::{
    App, alarms, carbonserver, cardinality, change, events, find, functions, home, openapi, render, rules,
    rules_history, snapshot, status, tags,
};
use crate::config::Scope;
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
    /// A handler that reads JSON in its body, or nothing, and has its answer when it returns.
    Json(Handler),
    /// The import of events, which reads its body while it stores.
    Import,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    /// The path; with a `*` at its end, everything below it; with one inside, any one part of a path in its place. Also the
    /// label in the metrics.
    pub(crate) path: &'static str,
    /// What may be asked; HEAD goes where GET goes.
    pub(crate) methods: &'static [Method],
    /// What answers.
    pub(crate) action: Action,
    /// What it takes to ask; `None`: what the methods suggest.
    pub(crate) needs: Option<Needs>,
}

impl Route {
    /// The same route for those who have this scope.
    const fn needing(self, scope: Scope) -> Route {
        Route { needs: Some(Needs::Scope(scope)), ..self }
    }

    /// The same route for those who were given its address by this server.
    const fn for_the_signed(self) -> Route {
        Route { needs: Some(Needs::Signature), ..self }
    }

    /// The same route for everybody who can connect.
    const fn for_all(self) -> Route {
        Route { needs: Some(Needs::Nothing), ..self }
    }

    /// What it takes to ask. Where the table does not say it, what can be asked with GET is read, and everything else is
    /// for admins only: a line that was forgotten opens nothing.
    pub(crate) fn needs(&self) -> Needs {
        let reads = self.methods.contains(&Method::GET);
        self.needs.unwrap_or(Needs::Scope(if reads { Scope::Read } else { Scope::Admin }))
    }
}

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const PATCH: &[Method] = &[Method::PATCH];
const DELETE: &[Method] = &[Method::DELETE];
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
    route("/tags/tagSeries", POST, Cost::Quick, change::name_one).needing(Scope::Write),
    route("/tags/tagMultiSeries", POST, Cost::Quick, change::name_many).needing(Scope::Write),
    route("/tags/delSeries", POST, Cost::Query, change::delete_named).needing(Scope::Admin),
    route("/tags/*", GET, Cost::Query, tags::one),
    route("/functions", GET, Cost::Quick, functions::list),
    route("/functions/*", GET, Cost::Quick, functions::one),
    route("/version", GET, Cost::Quick, status::version),
    route("/healthz", GET, Cost::Quick, status::alive).for_all(),
    route("/readyz", GET, Cost::Quick, status::ready).for_all(),
    route("/metrics", GET, Cost::Quick, status::metrics),
    route("/api/v1/ingest/rejected", GET, Cost::Quick, status::rejected),
    route("/api/v1/openapi.json", GET, Cost::Quick, openapi::document),
    route("/api/v1/cardinality", GET_OR_POST, Cost::Query, cardinality::owners),
    route("/api/v1/series/stale", GET_OR_POST, Cost::Query, cardinality::stale),
    route("/api/v1/series/delete", POST, Cost::Query, change::delete).needing(Scope::Admin),
    route("/api/v1/series/rename", POST, Cost::Query, change::rename).needing(Scope::Admin),
    route("/api/v1/rules", GET, Cost::Quick, rules::list),
    act("/api/v1/rules/test", POST, Action::Rules(rules_history::test)).needing(Scope::Operate),
    act("/api/v1/rules/backtest", POST, Action::Rules(rules_history::backtest)).needing(Scope::Operate),
    act("/api/v1/rules/diff", POST, Action::Rules(rules_history::difference)).needing(Scope::Operate),
    act("/api/v1/rules/backfill", POST, Action::RulesFlow(rules_history::backfill)).needing(Scope::Admin),
    route("/api/v1/schema/rules", GET, Cost::Quick, rules::schema),
    act("/api/v1/reload", POST, Action::Json(rules::reload)).needing(Scope::Admin),
    route("/events", GET, Cost::Query, events::data),
    change("/events", POST, events::post_graphite).needing(Scope::Write),
    route("/events/get_data", GET_OR_POST, Cost::Query, events::data),
    route("/events/*", GET, Cost::Query, events::detail),
    change("/api/annotations/graphite", POST, events::annotate).needing(Scope::Write),
    route("/api/v1/events", GET, Cost::Query, events::list),
    change("/api/v1/events", POST, events::post).needing(Scope::Write),
    act("/api/v1/events/stream", GET, Action::Flow(events::stream)),
    act("/api/v1/events/export", GET, Action::Flow(events::export)),
    act("/api/v1/events/import", POST, Action::Import).needing(Scope::Admin),
    change("/api/v1/events/*/retract", POST, events::retract).needing(Scope::Admin),
    route("/api/v1/events/*", GET, Cost::Query, events::one),
    change("/api/v1/events/*", PATCH, events::edit).needing(Scope::Admin),
    route("/api/v1/alerts", GET, Cost::Query, alarms::prometheus),
    route("/api/v1/alarms", GET, Cost::Query, alarms::list),
    route("/api/v1/alarms/*/history", GET, Cost::Query, alarms::history),
    act("/api/v1/alarms/*/ack", POST, Action::Json(alarms::acknowledge)).needing(Scope::Operate),
    route("/api/v1/notifications", GET, Cost::Query, alarms::notifications),
    act("/api/v1/alerting/send-test", POST, Action::Json(alarms::send_test)).needing(Scope::Operate),
    route("/api/v1/pictures/*", GET, Cost::Render, alarms::picture).for_the_signed(),
    route("/api/v2/status", GET, Cost::Quick, alarms::status),
    route("/api/v2/receivers", GET, Cost::Quick, alarms::receivers),
    route("/api/v2/alerts", GET, Cost::Query, alarms::alerts),
    act("/api/v2/alerts", POST, Action::Json(alarms::post_alerts)).needing(Scope::Operate),
    route("/api/v2/alerts/groups", GET, Cost::Query, alarms::groups),
    route("/api/v2/silences", GET, Cost::Query, alarms::silences),
    act("/api/v2/silences", POST, Action::Json(alarms::set_silence)).needing(Scope::Operate),
    route("/api/v2/silence/*", GET, Cost::Query, alarms::silence),
    act("/api/v2/silence/*", DELETE, Action::Json(alarms::expire_silence)).needing(Scope::Operate),
    route("/api/v1/snapshot", POST, Cost::Query, snapshot::take).needing(Scope::Admin),
];

const fn route(path: &'static str, methods: &'static [Method], cost: Cost, handler: Handler) -> Route {
    act(path, methods, Action::Read(cost, handler))
}

const fn change(path: &'static str, methods: &'static [Method], handler: ChangeHandler) -> Route {
    act(path, methods, Action::Change(handler))
}

const fn act(path: &'static str, methods: &'static [Method], action: Action) -> Route {
    Route { path, methods, action, needs: None }
}

/// The route of a path without a trailing slash. The first line with the path counts, and with it those that repeat it
/// for other methods.
///
/// # Errors
/// No such path, or a method that the path does not answer.
pub(crate) fn find_route(method: &Method, path: &str) -> Result<&'static Route, Fault> {
    let Some(first) = ROUTES.iter().find(|route| matches(route, path)) else {
        let message = format!("nothing is served at {}", shown(path.as_bytes()));
        return Err(Fault::new(StatusCode::NOT_FOUND, message));
    };
    let asked = if method == Method::HEAD { &Method::GET } else { method };
    if let Some(route) = same_path(first).find(|route| route.methods.contains(asked)) {
        return Ok(route);
    }
    let allowed: Vec<&str> = same_path(first).flat_map(|route| route.methods).map(Method::as_str).collect();
    let message = format!("{} answers {}, not {method}", first.path, allowed.join(" and "));
    Err(Fault::method_not_allowed(message, methods_of(first)))
}

/// The methods that this path answers, as `Allow` lists them; nothing where there is no such path.
pub(crate) fn allowed_methods(path: &str) -> &'static str {
    ROUTES.iter().find(|route| matches(route, path)).map_or("", methods_of)
}

fn matches(route: &Route, path: &str) -> bool {
    let Some((prefix, suffix)) = route.path.split_once('*') else {
        return path == route.path;
    };
    let between = path.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
    between.is_some_and(|text| !text.is_empty() && (suffix.is_empty() || !text.contains('/')))
}

fn same_path(first: &Route) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.path == first.path)
}

fn methods_of(first: &Route) -> &'static str {
    let answers = |method: Method| same_path(first).any(|route| route.methods.contains(&method));
    let all = [Method::GET, Method::POST, Method::PATCH, Method::DELETE].map(answers);
    match all {
        [true, false, false, false] => "GET, HEAD",
        [true, true, false, false] => "GET, HEAD, POST",
        [true, false, true, false] => "GET, HEAD, PATCH",
        [true, false, false, true] => "GET, HEAD, DELETE",
        [false, true, false, false] => "POST",
        // A test holds every path of the table against what is said of it here.
        _ => "GET, HEAD, POST, PATCH, DELETE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is not just read, as a person would list it.
    #[test]
    fn scopes_are_as_the_documentation_says() {
        let found: Vec<String> = ROUTES
            .iter()
            .filter(|route| route.needs() != Needs::Scope(Scope::Read))
            .map(|route| {
                let scope = match route.needs() {
                    Needs::Nothing => "nothing",
                    Needs::Signature => "a signed address",
                    Needs::Scope(scope) => scope.name(),
                };
                let methods: Vec<&str> = route.methods.iter().map(Method::as_str).collect();
                format!("| `{} {}` | {scope} |", methods.join(" "), route.path)
            })
            .collect();
        let page = include_str!("../../../docs/access.md");
        let documented: Vec<&str> =
            page.lines().filter(|line| line.starts_with("| `") && line.contains(" /")).collect();
        assert_eq!(documented, found, "docs/access.md, section Scopes:\n{}", found.join("\n"));
    }

    #[test]
    fn a_line_that_says_nothing_opens_nothing() {
        assert_eq!(act("/x", POST, Action::Import).needs(), Needs::Scope(Scope::Admin));
        assert_eq!(act("/x", PATCH, Action::Import).needs(), Needs::Scope(Scope::Admin));
        assert_eq!(act("/x", GET_OR_POST, Action::Import).needs(), Needs::Scope(Scope::Read));
    }

    #[test]
    fn paths_and_methods_find_their_route() {
        assert_eq!(find_route(&Method::GET, "/render").unwrap().path, "/render");
        assert_eq!(find_route(&Method::HEAD, "/").unwrap().path, "/");
        assert_eq!(find_route(&Method::GET, "/tags/host").unwrap().path, "/tags/*");
        assert_eq!(
            find_route(&Method::GET, "/tags/autoComplete/tags").unwrap().path,
            "/tags/autoComplete/tags"
        );
        let fault = find_route(&Method::GET, "/api/v1/series/delete").unwrap_err();
        assert_eq!(fault.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(fault.message, "/api/v1/series/delete answers POST, not GET");
        assert_eq!(find_route(&Method::PATCH, "/api/v1/events/7").unwrap().path, "/api/v1/events/*");
        let retract = find_route(&Method::POST, "/api/v1/events/7/retract").unwrap();
        assert_eq!(retract.path, "/api/v1/events/*/retract");
        for (method, path) in [
            (Method::GET, "/api/v1/events/7/retract"),
            (Method::POST, "/api/v1/events/7"),
            (Method::GET, "/api/v1/alarms/7/ack"),
            (Method::POST, "/api/v1/alarms/7/history"),
        ] {
            let fault = find_route(&method, path).unwrap_err();
            assert_eq!(fault.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
        for path in ["/nothing", "/api/v1/alarms//ack", "/api/v1/alarms/a/b/ack", "/api/v1/alarms/ack"] {
            assert_eq!(find_route(&Method::POST, path).unwrap_err().status, StatusCode::NOT_FOUND, "{path}");
        }
        let fault = find_route(&Method::POST, "/api/v2/silence/x").unwrap_err();
        assert_eq!(fault.message, "/api/v2/silence/* answers GET and DELETE, not POST");
        assert_eq!(allowed_methods("/api/v2/silence/x"), "GET, HEAD, DELETE");
    }

    #[test]
    fn what_is_allowed_is_what_is_answered() {
        for route in ROUTES {
            let answered = same_path(route).flat_map(|one| one.methods);
            let mut expected: Vec<&str> = answered.map(Method::as_str).collect();
            if expected.contains(&"GET") {
                expected.push("HEAD");
            }
            expected.sort_unstable();
            let mut found: Vec<&str> = methods_of(route).split(", ").collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{}", route.path);
        }
    }
}
