//! Every path in a sentence, with its parameters, its body, and the shape of its answer.

use super::glossary::Parameter;
use hyper::Method;

/// What a request carries besides parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// The parameters themselves, where it is POST.
    Form,
    /// JSON, as described.
    Json(&'static str),
    /// Lines of JSON.
    Lines,
}

/// What an answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A page.
    Html,
    /// Lines of text.
    Text,
    /// JSON of some kind.
    Json,
    /// A list in JSON.
    List,
    /// An object in JSON.
    Object,
    /// Lines of JSON.
    Lines,
    /// Events as a browser's `EventSource` reads them.
    Stream,
    /// A picture.
    Png,
    /// What `format` asks for, JSON by default.
    Formats,
}

/// A path, or some of its methods.
#[derive(Debug)]
pub(super) struct Described {
    /// As in the table of routes.
    pub(super) path: &'static str,
    /// The path with names in place of `*`.
    pub(super) template: &'static str,
    /// The methods meant, with blanks between them.
    pub(super) methods: &'static str,
    /// What it does.
    pub(super) summary: &'static str,
    /// Words of the glossary, `*` for repeated ones, `!` for those that are needed.
    pub(super) parameters: &'static str,
    /// What comes with it.
    pub(super) body: Body,
    /// What is answered.
    pub(super) shape: Shape,
}

impl Described {
    /// Its parameters.
    pub(super) fn parameters(&self) -> impl Iterator<Item = Parameter> {
        self.parameters.split_ascii_whitespace().filter_map(Parameter::of)
    }
}

/// What is said about this method of a path.
pub(super) fn described(method: &Method, path: &str) -> Option<&'static Described> {
    let names = |one: &&Described| one.methods.split(' ').any(|name| name == method.as_str());
    DESCRIBED.iter().filter(|one| one.path == path).find(names)
}

const GET: &str = "GET";
const POST: &str = "POST";
const BOTH: &str = "GET POST";
const EVENT: &str = "An event: title, text, kind, severity, tags, start_ms, end_ms, series, value, key.";
const ALERTS: &str = "filter* receiver active silenced inhibited muted jsonp pretty";
const RULE_TEXTS: &str =
    "Texts of rule files by their names, the range, what is compared or tested, and an alerting file.";

/// A path whose parameters are its query string or, for POST, its form.
const fn asks(
    methods: &'static str,
    path: &'static str,
    shape: Shape,
    parameters: &'static str,
    summary: &'static str,
) -> Described {
    Described { path, template: path, methods, summary, parameters, body: Body::Form, shape }
}

/// A path that reads a body of another kind.
const fn takes(
    methods: &'static str,
    path: &'static str,
    body: Body,
    shape: Shape,
    summary: &'static str,
) -> Described {
    Described { path, template: path, methods, summary, parameters: "", body, shape }
}

impl Described {
    const fn at(self, template: &'static str) -> Described {
        Described { template, ..self }
    }
}

/// All of them, in the order of the table of routes.
pub(super) const DESCRIBED: &[Described] = &[
    asks(GET, "/", Shape::Html, "", "The first page: graphs of this machine, and how to go on."),
    asks(
        BOTH,
        "/render",
        Shape::Formats,
        "target* from until now tz format maxDataPoints noNullPoints consolidation xFilesFactor meta jsonp pretty",
        "Evaluates expressions over a range.",
    ),
    asks(
        BOTH,
        "/metrics/find",
        Shape::Formats,
        "query! from until now tz format automatic_variants wildcards position local jsonp pretty",
        "Lists the nodes that a pattern matches.",
    ),
    asks(
        BOTH,
        "/metrics/expand",
        Shape::Object,
        "query* groupByExpr leavesOnly jsonp pretty",
        "Lists the paths that patterns match.",
    ),
    asks(BOTH, "/metrics/list", Shape::Formats, "format jsonp pretty", "Lists every series, for front ends."),
    asks(
        BOTH,
        "/metrics/details",
        Shape::Formats,
        "format jsonp pretty",
        "Lists every series with what is known of it, for front ends.",
    ),
    asks(BOTH, "/info", Shape::Formats, "target* format jsonp pretty", "Tells the archives of series."),
    asks(
        BOTH,
        "/_internal/capabilities",
        Shape::Formats,
        "format jsonp pretty",
        "Tells front ends what this server answers.",
    ),
    asks(BOTH, "/metrics/index.json", Shape::List, "jsonp pretty", "Lists every series."),
    asks(GET, "/tags", Shape::List, "filter limit jsonp pretty", "Lists every tag."),
    asks(
        BOTH,
        "/tags/autoComplete/tags",
        Shape::List,
        "expr* tagPrefix limit jsonp pretty",
        "Completes the name of a tag.",
    ),
    asks(
        BOTH,
        "/tags/autoComplete/values",
        Shape::List,
        "expr* tag! valuePrefix limit jsonp pretty",
        "Completes the value of a tag.",
    ),
    asks(BOTH, "/tags/findSeries", Shape::List, "expr* jsonp pretty", "Finds series by their tags."),
    asks(POST, "/tags/tagSeries", Shape::Json, "path!", "Answers the canonical name of a series."),
    asks(POST, "/tags/tagMultiSeries", Shape::List, "path*!", "Answers the canonical names of series."),
    asks(POST, "/tags/delSeries", Shape::Json, "path*!", "Deletes series by their names."),
    asks(GET, "/tags/*", Shape::Json, "filter limit jsonp pretty", "Tells the values of a tag.")
        .at("/tags/{tag}"),
    asks(GET, "/functions", Shape::Object, "group grouped origin jsonp pretty", "Lists the functions."),
    asks(GET, "/functions/*", Shape::Object, "type jsonp pretty", "Describes a function.")
        .at("/functions/{name}"),
    asks(GET, "/version", Shape::Json, "", "The version of graphite-web whose answers these are like."),
    asks(GET, "/healthz", Shape::Text, "", "The process answers."),
    asks(GET, "/readyz", Shape::Text, "", "Whether points are taken and queries answered, else why not."),
    asks(GET, "/metrics", Shape::Text, "", "Every counter, as Prometheus reads them."),
    asks(
        GET,
        "/api/v1/ingest/rejected",
        Shape::Object,
        "",
        "What was refused, by reason, with the last of each.",
    ),
    asks(GET, "/api/v1/openapi.json", Shape::Object, "jsonp pretty", "This document."),
    asks(
        BOTH,
        "/api/v1/cardinality",
        Shape::Object,
        "below depth top jsonp",
        "Which prefixes own the series.",
    ),
    asks(
        BOTH,
        "/api/v1/series/stale",
        Shape::Object,
        "glob expr* stale_for! jsonp",
        "Lists series that stopped reporting.",
    ),
    asks(
        POST,
        "/api/v1/series/delete",
        Shape::Object,
        "glob expr* stale_for dry_run jsonp",
        "Deletes the series of a pattern or of tag expressions.",
    ),
    asks(
        POST,
        "/api/v1/series/rename",
        Shape::Object,
        "from to expr* set* dry_run jsonp",
        "Renames the series of a pattern, or sets tags.",
    ),
    asks(GET, "/api/v1/rules", Shape::Object, "type jsonp pretty", "The rules, and how they are doing."),
    takes(POST, "/api/v1/rules/test", Body::Json(RULE_TEXTS), Shape::Object, "Runs tests of rules."),
    takes(
        POST,
        "/api/v1/rules/backtest",
        Body::Json(RULE_TEXTS),
        Shape::Object,
        "Tells what rules would have made.",
    ),
    takes(
        POST,
        "/api/v1/rules/diff",
        Body::Json(RULE_TEXTS),
        Shape::Object,
        "Tells what new rules would have made otherwise than old ones.",
    ),
    takes(
        POST,
        "/api/v1/rules/backfill",
        Body::Json(RULE_TEXTS),
        Shape::Lines,
        "Stores what rules of derived metrics would have made.",
    ),
    asks(GET, "/api/v1/schema/rules", Shape::Object, "jsonp pretty", "The JSON Schema of rule files."),
    asks(POST, "/api/v1/reload", Shape::Object, "jsonp", "Reads settings, rules and certificates again."),
    asks(
        GET,
        "/events",
        Shape::List,
        "tags set from until now tz jsonp pretty",
        "Events in Graphite's shape.",
    ),
    takes(
        POST,
        "/events",
        Body::Json("An event in Graphite's shape: what, tags, data, when."),
        Shape::Html,
        "Stores an event.",
    ),
    asks(
        BOTH,
        "/events/get_data",
        Shape::List,
        "tags set from until now tz jsonp pretty",
        "Events in Graphite's shape.",
    ),
    asks(GET, "/events/*", Shape::Object, "jsonp pretty", "An event in Graphite's shape.").at("/events/{id}"),
    takes(
        POST,
        "/api/annotations/graphite",
        Body::Json("An event in Grafana's shape: what, tags, data, when."),
        Shape::Object,
        "Stores an event as Grafana sends it.",
    ),
    asks(
        GET,
        "/api/v1/events",
        Shape::Object,
        "q from until now tz limit cursor jsonp pretty",
        "A page of the newest events of a search.",
    ),
    takes(POST, "/api/v1/events", Body::Json(EVENT), Shape::Json, "Stores an event, or a list of them."),
    asks(GET, "/api/v1/events/stream", Shape::Stream, "q last_event_id", "Events as they come."),
    asks(GET, "/api/v1/events/export", Shape::Lines, "q", "All events of a search."),
    takes(POST, "/api/v1/events/import", Body::Lines, Shape::Object, "Stores events that were exported."),
    takes(
        POST,
        "/api/v1/events/*/retract",
        Body::None,
        Shape::Object,
        "Retracts an event: it should not have been.",
    )
    .at("/api/v1/events/{id}/retract"),
    asks(GET, "/api/v1/events/*", Shape::Object, "jsonp pretty", "An event.").at("/api/v1/events/{id}"),
    takes("PATCH", "/api/v1/events/*", Body::Json(EVENT), Shape::Object, "Sets fields of an event.")
        .at("/api/v1/events/{id}"),
    asks(GET, "/api/v1/alerts", Shape::Object, "jsonp pretty", "Alarms of rules, as Prometheus shows them."),
    asks(GET, "/api/v1/alarms", Shape::Object, "filter* jsonp pretty", "Alarms that fire or are pending."),
    asks(
        GET,
        "/api/v1/alarms/*/history",
        Shape::Object,
        "jsonp pretty",
        "What became of an alarm, and whom was told.",
    )
    .at("/api/v1/alarms/{fingerprint}/history"),
    takes(
        POST,
        "/api/v1/alarms/*/ack",
        Body::Json("Who looks after it: by, comment, and until or for; with neither until it is resolved or gets worse."),
        Shape::Object,
        "Acknowledges an alarm.",
    )
    .at("/api/v1/alarms/{fingerprint}/ack"),
    asks(
        GET,
        "/api/v1/notifications",
        Shape::Object,
        "receiver outcome message group fingerprint before limit jsonp pretty",
        "A page of the newest entries of the log of notifications.",
    ),
    takes(
        POST,
        "/api/v1/alerting/send-test",
        Body::Json("The name of a receiver: receiver."),
        Shape::Object,
        "Sends a message to try a receiver with.",
    ),
    asks(
        GET,
        "/api/v1/pictures/*",
        Shape::Png,
        "",
        "The graph of a message, by the address that came with it.",
    )
    .at("/api/v1/pictures/{name}"),
    asks(GET, "/api/v2/status", Shape::Object, "jsonp pretty", "The alerting file without its secrets."),
    asks(GET, "/api/v2/receivers", Shape::List, "jsonp pretty", "Names of receivers."),
    asks(GET, "/api/v2/alerts", Shape::List, ALERTS, "Alarms that fire, as Alertmanager shows them."),
    takes(POST, "/api/v2/alerts", Body::None, Shape::Object, "Is refused: alarms come of rules."),
    asks(GET, "/api/v2/alerts/groups", Shape::List, ALERTS, "The same by groups."),
    asks(GET, "/api/v2/silences", Shape::List, "filter* jsonp pretty", "Silences."),
    takes(
        POST,
        "/api/v2/silences",
        Body::Json("A silence: matchers, startsAt, endsAt, createdBy, comment, and id to change one."),
        Shape::Object,
        "Makes or changes a silence.",
    ),
    asks(GET, "/api/v2/silence/*", Shape::Object, "jsonp pretty", "A silence.").at("/api/v2/silence/{id}"),
    takes("DELETE", "/api/v2/silence/*", Body::None, Shape::Json, "Ends a silence.")
        .at("/api/v2/silence/{id}"),
    asks(POST, "/api/v1/snapshot", Shape::Object, "jsonp", "Takes a consistent copy of the store."),
];
