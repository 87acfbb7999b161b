//! Events as graphite-web answers them: `/events/get_data` and `/events/ID`.
//!
//! Invariant: what, data, when and tags are title, text, start and tags, the latter without blanks. What graphite-web
//! answers with status 500 is the caller's mistake here, and 400.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::range::Clockwork;
use super::event_fault;
use crate::events::{GraphiteQuery, TagSet, without_blanks};
use hyper::StatusCode;
use jiff::Timestamp;
use plumbago_rules::{Event, Status};
use serde::Serialize;

/// Most events of one answer.
const ANSWERED_MAX: usize = 100_000;

/// An event in a list of graphite-web's.
#[derive(Serialize)]
struct Listed<'e> {
    when: i64,
    what: &'e str,
    data: &'e str,
    tags: Vec<String>,
    id: u64,
}

/// An event by itself, which graphite-web shows with its fields in another order and another time.
#[derive(Serialize)]
struct Detail<'e> {
    id: u64,
    when: String,
    what: &'e str,
    data: &'e str,
    tags: Vec<String>,
}

/// `/events/get_data`, and `GET /events`: the events of a time, oldest first.
pub(in super::super) fn data(app: &App, call: &Call) -> Result<Answer, Fault> {
    let clockwork = Clockwork::of(app, call)?;
    let second = |parameter: &str, usual: i64| Ok(clockwork.time(call, parameter)?.unwrap_or(usual));
    let query = GraphiteQuery {
        from_ms: second("from", 0)?.saturating_mul(1000),
        until_ms: second("until", clockwork.now)?.saturating_mul(1000),
        tags: call.params.last("tags").map(|tags| tags.split(' ').map(str::to_owned).collect()),
        set: match call.params.last("set") {
            Some("union") => TagSet::Union,
            Some("intersection") => TagSet::Intersection,
            _ => TagSet::All,
        },
    };
    let found = app.events.graphite(&query, ANSWERED_MAX).map_err(event_fault)?;
    let listed = |event: &'_ Event| -> (i64, Vec<String>) { (event.start_ms.div_euclid(1000), tags(event)) };
    let events: Vec<Listed<'_>> = found
        .iter()
        .map(|stored| {
            let (when, tags) = listed(&stored.event);
            Listed { when, what: &stored.event.title, data: &stored.event.text, tags, id: stored.event.id }
        })
        .collect();
    json(&call.params, &events)
}

/// `/events/ID`
pub(in super::super) fn detail(app: &App, call: &Call) -> Result<Answer, Fault> {
    let id = super::id(call, "/events/", "")?;
    let found = app.events.event(id).map_err(event_fault)?;
    let Some(stored) = found.filter(|stored| stored.event.status != Status::Retracted) else {
        let mut answer = Answer::json("{\"error\": \"Event matching query does not exist\"}");
        answer.status = StatusCode::NOT_FOUND;
        return Ok(answer);
    };
    let event = &stored.event;
    let when = Timestamp::from_millisecond(event.start_ms).map(|when| when.to_string()).unwrap_or_default();
    json(&call.params, &Detail { id, when, what: &event.title, data: &event.text, tags: tags(event) })
}

/// Tags as Graphite shows them.
fn tags(event: &Event) -> Vec<String> {
    event.tags.iter().map(|tag| without_blanks(tag).unwrap_or_else(|| tag.clone())).collect()
}
