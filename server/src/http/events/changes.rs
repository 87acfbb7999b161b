//! Storing, correcting and retracting events.
//!
//! Invariant: nothing of a body is stored unless all of it makes sense.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::{Pending, body_fault, id, now_ms};
use crate::events::{Change, Effect};
use plumbago_rules::{EditRequest, Event, read_grafana, read_graphite, read_posted};
use serde::Serialize;
use serde_json::json;

/// `POST /events`: Graphite's shape; the answer is empty, as graphite-web's.
pub(in super::super) fn post_graphite(app: &App, call: &Call) -> Result<Pending, Fault> {
    let event = read_graphite(&call.body, now_ms(app)).map_err(|error| body_fault(app, error))?;
    Ok(Pending::new(vec![Change::Post(Box::new(event))], |_effects| {
        Ok(Answer::new("text/html; charset=utf-8", ""))
    }))
}

/// `POST /api/annotations/graphite`: Grafana's shape, answered as Grafana does.
pub(in super::super) fn annotate(app: &App, call: &Call) -> Result<Pending, Fault> {
    let event = match read_grafana(&call.body, now_ms(app)) {
        Ok(event) => event,
        Err(error) => {
            let Fault { status, message, .. } = body_fault(app, error);
            return Err(Fault::new(status, json!({"message": message}).to_string()));
        }
    };
    Ok(Pending::new(vec![Change::Post(Box::new(event))], |effects| {
        let id = effects.first().and_then(Effect::event).map(|event| event.id);
        Ok(Answer::json(json!({"id": id, "message": "Graphite annotation added"}).to_string()))
    }))
}

/// `POST /api/v1/events`: one event, or a list; the answer is the event, or the list, as stored. For a key that is there
/// already it is the first event of that key.
pub(in super::super) fn post(app: &App, call: &Call) -> Result<Pending, Fault> {
    let posted = read_posted(&call.body, now_ms(app)).map_err(|error| body_fault(app, error))?;
    let changes = posted.events.into_iter().map(|event| Change::Post(Box::new(event))).collect();
    Ok(Pending::new(changes, move |effects| {
        let events: Vec<&Event> = effects.iter().filter_map(Effect::event).collect();
        if posted.is_list { answer(&events) } else { answer(&events.first()) }
    }))
}

/// `PATCH /api/v1/events/ID`: sets the fields of the body, and answers the event.
pub(in super::super) fn edit(app: &App, call: &Call) -> Result<Pending, Fault> {
    let id = id(call, "/api/v1/events/", "")?;
    let EditRequest { revision, edit } =
        EditRequest::read(&call.body).map_err(|error| body_fault(app, error))?;
    Ok(one(Change::Edit { id, revision, edit }))
}

/// `POST /api/v1/events/ID/retract`: it should not have been; answers the event.
pub(in super::super) fn retract(_app: &App, call: &Call) -> Result<Pending, Fault> {
    let id = id(call, "/api/v1/events/", "/retract")?;
    Ok(one(Change::Retract { id }))
}

fn one(change: Change) -> Pending {
    Pending::new(vec![change], |effects| answer(&effects.first().and_then(Effect::event)))
}

fn answer(value: &impl Serialize) -> Result<Answer, Fault> {
    let body = serde_json::to_vec(value).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(Answer::json(body))
}
