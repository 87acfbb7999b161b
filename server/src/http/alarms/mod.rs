//! Alarms over HTTP: Alertmanager's paths, Prometheus's, and our own.
//!
//! Invariant: nothing here decides whom to tell: what people do is handed to the desk, and answered once it is on the
//! disk. No path takes an address to send anything to.

mod acknowledge;
mod alerts;
mod history;
mod list;
mod notifications;
mod picture;
mod send_test;
mod shape;
mod silences;
mod status;

pub(super) use acknowledge::acknowledge;
pub(super) use alerts::{alerts, groups, post_alerts};
pub(super) use history::history;
pub(super) use list::{list, prometheus, prometheus_shape};
pub(super) use notifications::notifications;
pub(super) use picture::{picture, signed};
pub(super) use send_test::send_test;
pub(super) use silences::{expire_silence, set_silence, silence, silences};
pub(super) use status::{receivers, status};

use super::App;
use super::answer::Fault;
use super::call::Call;
use super::events::event_fault;
use crate::events::StoreError;
use hyper::StatusCode;
use plumbago_alerting::{Matcher, RequestError};
use plumbago_protocol::limits;
use serde::de::DeserializeOwned;

/// The request's body.
fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    serde_json::from_slice(&call.body).map_err(|error| Fault::bad_request(format!("the body: {error}")))
}

/// The matchers of the parameter `filter`: all of them must hold.
fn filters(call: &Call) -> Result<Vec<Matcher>, Fault> {
    let mut all = Vec::new();
    for text in call.params.all("filter") {
        let matchers = Matcher::parse_list(text);
        all.extend(matchers.map_err(|error| Fault::bad_request(format!("filter: {error}")))?);
        if all.len() > limits::MATCHERS_MAX {
            return Err(Fault::bad_request(format!("filter: more than {} matchers", limits::MATCHERS_MAX)));
        }
    }
    Ok(all)
}

/// Whether something is asked for that is shown unless it is refused: `active=false`.
fn wants(call: &Call, name: &str, usual: bool) -> Result<bool, Fault> {
    match call.params.last_filled(name) {
        None => Ok(usual),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => Err(Fault::bad_request(format!("{name}: expected true or false, found {other:?}"))),
    }
}

/// What a change came to, once it is known whether it was stored.
fn stored<T>(outcome: Result<T, StoreError>) -> Result<T, Fault> {
    outcome.map_err(event_fault)
}

/// Why people do not get what they ask for; counted.
fn request_fault(app: &App, error: &RequestError) -> Fault {
    app.alarms.counters().refused.increment();
    let status = match error {
        RequestError::Unknown(_) => StatusCode::NOT_FOUND,
        RequestError::Wrong(_) => StatusCode::BAD_REQUEST,
    };
    Fault::new(status, error.to_string())
}
