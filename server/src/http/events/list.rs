//! `GET /api/v1/events` and `GET /api/v1/events/ID`.
//!
//! Invariant: pages follow each other without a gap or a double, whatever is stored meanwhile: a cursor is a place in the
//! order of time, not a count.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::range::Clockwork;
use super::{check_parameters, event_fault, id, limit, search};
use crate::events::{Cursor, StoreError};
use plumbago_rules::{Event, Search, Term, Test};
use serde::Serialize;

#[derive(Serialize)]
struct Page<'e> {
    events: Vec<&'e Event>,
    /// The cursor of the next page; `null` where this is the last one.
    next: Option<String>,
}

/// `GET /api/v1/events`: a page of the newest events of a search.
pub(in super::super) fn list(app: &App, call: &Call) -> Result<Answer, Fault> {
    check_parameters(call, &["q", "from", "until", "limit", "cursor", "now", "tz"])?;
    let limit = limit(call)?;
    let search = within_range(app, call, search(app, call)?)?;
    let after = call.params.last_filled("cursor").map(parse_cursor).transpose()?;
    // One more tells whether there is a next page.
    let mut found = app.events.page(&search, after, limit.saturating_add(1)).map_err(event_fault)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|stored| format!("{},{}", stored.event.start_ms, stored.event.id));
    json(&call.params, &Page { events: found.iter().map(|stored| &stored.event).collect(), next })
}

/// `GET /api/v1/events/ID`
pub(in super::super) fn one(app: &App, call: &Call) -> Result<Answer, Fault> {
    let id = id(call, "/api/v1/events/", "")?;
    let stored = app.events.event(id).map_err(event_fault)?;
    let stored = stored.ok_or_else(|| event_fault(StoreError::NoEvent(id)))?;
    json(&call.params, &stored.event)
}

/// The search with the times of the parameters `from` and `until` besides.
fn within_range(app: &App, call: &Call, mut search: Search) -> Result<Search, Fault> {
    let clockwork = Clockwork::of(app, call)?;
    let tests = [
        clockwork.time(call, "from")?.map(|from| Test::Since(from.saturating_mul(1000))),
        clockwork.time(call, "until")?.map(|until| Test::Until(until.saturating_mul(1000))),
    ];
    search.terms.extend(tests.into_iter().flatten().map(|test| Term { negated: false, test }));
    Ok(search)
}

fn parse_cursor(text: &str) -> Result<Cursor, Fault> {
    let parts = text.split_once(',');
    let cursor =
        parts.and_then(|(start, id)| Some(Cursor { start_ms: start.parse().ok()?, id: id.parse().ok()? }));
    cursor
        .ok_or_else(|| Fault::bad_request(format!("cursor: expected the next of an answer, found {text:?}")))
}
