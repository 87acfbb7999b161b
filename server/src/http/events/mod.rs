//! Events over HTTP: Graphite's paths, Grafana's, and our own below `/api/v1/events`.
//!
//! Invariant: a change is answered after it is on the disk, and only to those who may make one; a body is read within its
//! limits before anything else is done with it.

mod changes;
mod export;
mod graphite;
mod import;
mod list;
mod pages;
mod stream;

pub(super) use changes::{annotate, edit, post, post_graphite, retract};
pub(super) use export::export;
pub(super) use graphite::{data, detail};
pub(super) use import::import;
pub(super) use list::{list, one};
pub(super) use stream::stream;

use super::App;
use super::answer::{Answer, Fault};
use super::call::Call;
use crate::events::{Change, Effect, StoreError};
use hyper::StatusCode;
use plumbago_protocol::limits;
use plumbago_rules::{BodyError, Search};

/// Makes the answer of what became of the changes.
pub(super) type Conclude = Box<dyn FnOnce(&[Effect]) -> Result<Answer, Fault> + Send>;

/// Changes that are yet to be made.
pub(super) struct Pending {
    changes: Vec<Change>,
    conclude: Conclude,
}

impl Pending {
    fn new(
        changes: Vec<Change>,
        conclude: impl FnOnce(&[Effect]) -> Result<Answer, Fault> + Send + 'static,
    ) -> Pending {
        Pending { changes, conclude: Box::new(conclude) }
    }

    /// Makes the changes, and answers once they are on the disk.
    ///
    /// # Errors
    /// As [`event_fault`].
    pub(super) async fn finish(self, app: &App) -> Result<Answer, Fault> {
        let effects = app.events.change(self.changes).await.map_err(|error| refused(app, error))?;
        (self.conclude)(&effects)
    }
}

/// Counts why a change is not made, and says so.
fn refused(app: &App, error: StoreError) -> Fault {
    app.events.counters().refuse(match &error {
        StoreError::Full(_) => "disk_full",
        StoreError::Busy => "busy",
        StoreError::Revision { .. } => "revision",
        StoreError::NoEvent(_) => "unknown",
        StoreError::Caller(_) => "field",
        _ => "store",
    });
    event_fault(error)
}

/// Counts a body that makes no sense, and says why.
fn body_fault(app: &App, error: BodyError) -> Fault {
    app.events.counters().refuse(error.reason);
    Fault::bad_request(error.message)
}

/// Why the store of events does not answer, as the caller is told.
pub(super) fn event_fault(error: StoreError) -> Fault {
    let status = match &error {
        StoreError::Caller(_) | StoreError::TooSlow => StatusCode::BAD_REQUEST,
        StoreError::NoEvent(_) => StatusCode::NOT_FOUND,
        StoreError::Revision { .. } => StatusCode::CONFLICT,
        StoreError::Full(_) | StoreError::Latched(_) | StoreError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Fault::new(status, error.to_string())
}

/// The present in milliseconds since the epoch.
fn now_ms(app: &App) -> i64 {
    app.clock.now_ms()
}

/// The search of the parameter `q`; without one, for everything.
fn search(app: &App, call: &Call) -> Result<Search, Fault> {
    let text = call.params.last("q").unwrap_or_default();
    let zone = app.settings.query.get().time_zone.clone();
    Search::parse(text, app.clock.now(), &zone).map_err(|error| Fault::bad_request(format!("q: {error}")))
}

/// The id in a path: what stands between `prefix` and `suffix`.
fn id(call: &Call, prefix: &str, suffix: &str) -> Result<u64, Fault> {
    let rest = call.path_after(prefix);
    let digits = rest.strip_suffix(suffix).unwrap_or_default();
    let id = Some(digits).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    id.and_then(|text| text.parse().ok()).ok_or_else(|| {
        let found = super::shown::shown(call.path.as_bytes());
        Fault::new(
            StatusCode::NOT_FOUND,
            format!("nothing is served at {found}: {prefix}ID{suffix} takes a number"),
        )
    })
}

/// Refuses parameters that are none, so that a typing error is not a request for everything.
pub(super) fn check_parameters(call: &Call, known: &[&str]) -> Result<(), Fault> {
    let usual = ["jsonp", "pretty"];
    match call.params.names().find(|name| !known.contains(name) && !usual.contains(name)) {
        None => Ok(()),
        Some(other) => {
            let message = format!("{other}: no such parameter; there are {}", known.join(", "));
            Err(Fault::bad_request(message))
        }
    }
}

/// How many events are wanted.
fn limit(call: &Call) -> Result<usize, Fault> {
    const USUAL: usize = 100;
    let most = limits::EVENTS_PER_PAGE_MAX;
    let Some(text) = call.params.last_filled("limit") else {
        return Ok(USUAL);
    };
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| {
        Fault::bad_request(format!("limit: expected a number from 1 to {most}, found {text:?}"))
    })
}
