//! `GET /api/v1/alarms/FINGERPRINT/history`: the events of one alarm, and what was told to whom.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::events::event_fault;
use super::super::format::json;
use super::super::shown::shown;
use super::notifications;
use crate::events::LogQuery;
use hyper::StatusCode;
use plumbago_rules::{Event, Fingerprint, Search};
use serde_json::{Value, json as value};

/// The newest events and entries that are shown.
const SHOWN_MAX: usize = 200;

/// What became of the alarm, the newest first.
pub(in super::super) fn history(app: &App, call: &Call) -> Result<Answer, Fault> {
    let fingerprint = fingerprint(call, "/history")?;
    let text = format!("tag:fingerprint={fingerprint}");
    let zone = app.settings.query.get().time_zone.clone();
    let search = Search::parse(&text, app.clock.now(), &zone);
    let search = search.map_err(|error| Fault::internal(error.to_string()))?;
    let found = app.events.page(&search, None, SHOWN_MAX).map_err(event_fault)?;
    let events: Vec<&Event> = found.iter().map(|stored| &stored.event).collect();
    let query = LogQuery { fingerprint: Some(fingerprint.0), ..LogQuery::default() };
    let entries = app.events.notifications(&query, SHOWN_MAX).map_err(event_fault)?;
    let notifications: Vec<Value> =
        entries.iter().map(|(id, entry)| notifications::shown(*id, entry)).collect();
    let shown = value!({
        "fingerprint": fingerprint.to_string(),
        "events": events,
        "notifications": notifications,
    });
    json(&call.params, &shown)
}

/// The fingerprint in a path that ends in `ending`.
pub(super) fn fingerprint(call: &Call, ending: &str) -> Result<Fingerprint, Fault> {
    let rest = call.path_after("/api/v1/alarms/");
    let Some(text) = rest.strip_suffix(ending) else {
        let found = shown(call.path.as_bytes());
        let message = format!("nothing is served at {found}: /api/v1/alarms/FINGERPRINT{ending} is");
        return Err(Fault::new(StatusCode::NOT_FOUND, message));
    };
    text.parse().map_err(|error| Fault::bad_request(format!("{}: {error}", shown(text.as_bytes()))))
}
