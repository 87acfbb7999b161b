//! Silences in Alertmanager's shape: `/api/v2/silences` and `/api/v2/silence/ID`.
//!
//! Invariant: what is answered with 200 is on the disk. Times are RFC 3339, as Alertmanager's are.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::shown::time;
use super::{body, filters, request_fault, stored};
use hyper::StatusCode;
use plumbago_alerting::{Matcher, Operator, Silence, SilenceRequest, SilenceState};
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    id: Option<String>,
    matchers: Vec<PostedMatcher>,
    starts_at: String,
    ends_at: String,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostedMatcher {
    name: String,
    value: String,
    #[serde(default)]
    is_regex: bool,
    is_equal: Option<bool>,
}

/// `GET /api/v2/silences`: all of them; `filter` shows those that have such a matcher.
pub(in super::super) fn silences(app: &App, call: &Call) -> Result<Answer, Fault> {
    let filters = filters(call)?;
    let now_ms = app.clock.now_ms();
    let mut found: Vec<Silence> = app.alarms.read(|notifier| {
        let is_wanted = |silence: &&Silence| filters.iter().all(|filter| speaks_of(silence, filter));
        notifier.silences().filter(is_wanted).cloned().collect()
    });
    // As Alertmanager: those in force first, the one that ends soonest before others.
    let rank = |silence: &Silence| match silence.state(now_ms) {
        SilenceState::Active => (0, silence.ends_ms),
        SilenceState::Pending => (1, silence.starts_ms),
        SilenceState::Expired => (2, silence.ends_ms.saturating_neg()),
    };
    found.sort_by_key(rank);
    let shown: Vec<Value> = found.iter().map(|silence| show(silence, now_ms)).collect();
    json(&call.params, &shown)
}

/// Whether a silence has this matcher, or is about a label with such a value.
fn speaks_of(silence: &Silence, filter: &Matcher) -> bool {
    let names = |matcher: &&Matcher| matcher.name() == filter.name();
    silence.matchers.iter().filter(names).any(|matcher| {
        matcher == filter || (matcher.operator() == Operator::Equal && filter.matches_value(matcher.value()))
    })
}

/// `GET /api/v2/silence/ID`
pub(in super::super) fn silence(app: &App, call: &Call) -> Result<Answer, Fault> {
    let id = call.path_after("/api/v2/silence/");
    let found = app.alarms.read(|notifier| notifier.find_silence(&id).cloned());
    let silence = found.ok_or_else(|| {
        let message = format!("there is no silence {}", super::super::shown::shown(id.as_bytes()));
        Fault::new(StatusCode::NOT_FOUND, message)
    })?;
    json(&call.params, &show(&silence, app.clock.now_ms()))
}

/// `POST /api/v2/silences`: a new one, or with an `id` another state of one that is there; answers the id that it has then.
pub(in super::super) fn set_silence(app: &App, call: &Call) -> Result<Answer, Fault> {
    let posted: Posted = body(call)?;
    let matcher = |matcher: &PostedMatcher| {
        let operator = match (matcher.is_equal.unwrap_or(true), matcher.is_regex) {
            (true, false) => Operator::Equal,
            (false, false) => Operator::NotEqual,
            (true, true) => Operator::Like,
            (false, true) => Operator::NotLike,
        };
        Matcher::new(&matcher.name, operator, &matcher.value)
            .map_err(|error| Fault::bad_request(format!("matchers: {error}")))
    };
    let request = SilenceRequest {
        id: posted.id.filter(|id| !id.is_empty()),
        matchers: posted.matchers.iter().map(matcher).collect::<Result<_, _>>()?,
        starts_ms: moment("startsAt", &posted.starts_at)?,
        ends_ms: moment("endsAt", &posted.ends_at)?,
        created_by: posted.created_by,
        comment: posted.comment,
    };
    let set = app.alarms.change(|hand| hand.notifier.silence(request, seed(), hand.now_ms));
    let id = stored(set)?.map_err(|error| request_fault(app, &error))?;
    json(&call.params, &value!({ "silenceID": &*id }))
}

/// `DELETE /api/v2/silence/ID`: it ends now.
pub(in super::super) fn expire_silence(app: &App, call: &Call) -> Result<Answer, Fault> {
    let id = call.path_after("/api/v2/silence/");
    let ended = app.alarms.change(|hand| hand.notifier.expire(&id, hand.now_ms));
    stored(ended)?.map_err(|error| request_fault(app, &error))?;
    Ok(Answer::json(""))
}

fn show(silence: &Silence, now_ms: i64) -> Value {
    let state = match silence.state(now_ms) {
        SilenceState::Pending => "pending",
        SilenceState::Active => "active",
        SilenceState::Expired => "expired",
    };
    let matchers = silence.matchers.iter().map(|matcher| {
        let operator = matcher.operator();
        value!({
            "name": matcher.name(),
            "value": matcher.value(),
            "isRegex": matches!(operator, Operator::Like | Operator::NotLike),
            "isEqual": matches!(operator, Operator::Equal | Operator::Like),
        })
    });
    value!({
        "id": &*silence.id,
        "status": { "state": state },
        "updatedAt": time(silence.updated_ms),
        "startsAt": time(silence.starts_ms),
        "endsAt": time(silence.ends_ms),
        "createdBy": silence.created_by,
        "comment": silence.comment,
        "matchers": matchers.collect::<Vec<Value>>(),
    })
}

/// Milliseconds since the epoch of a time in RFC 3339.
pub(super) fn moment(field: &str, text: &str) -> Result<i64, Fault> {
    let timestamp: Result<jiff::Timestamp, _> = text.parse();
    timestamp.map(jiff::Timestamp::as_millisecond).map_err(|_| {
        let found = super::super::shown::shown(text.as_bytes());
        Fault::bad_request(format!("{field}: expected a time such as 2026-03-15T12:00:00Z, found {found:?}"))
    })
}

/// Bits that nobody can foresee: what every hash map of the standard library begins with.
fn seed() -> u128 {
    let half = || u128::from(RandomState::new().hash_one(0_u8));
    (half() << 64) | half()
}
