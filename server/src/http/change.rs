//! Deleting and renaming series: the only requests that change anything.
//!
//! Both say what they did, or with `dry_run` what they would do, as a sorted list of names. Who may ask is checked
//! first.

use super::App;
use super::answer::{Answer, Fault};
use super::call::Call;
use hyper::StatusCode;
use plumbago_engine::Error;
use plumbago_protocol::Glob;
use serde::Serialize;

/// What a deletion did.
#[derive(Debug, Serialize)]
struct Deleted {
    dry_run: bool,
    deleted: Vec<String>,
}

/// What a renaming did.
#[derive(Debug, Serialize)]
struct Renamed {
    dry_run: bool,
    renamed: Vec<(String, String)>,
}

/// `POST /api/v1/series/delete?glob=…&dry_run=1`
pub(super) fn delete(app: &App, call: &Call) -> Result<Answer, Fault> {
    call.check_may_change()?;
    let glob = parse_glob(call, "glob")?;
    let dry_run = call.params.is_set("dry_run");
    let deleted = app.engine.delete(&glob, dry_run, app.clock.now()).map_err(|error| fault(&error))?;
    to_json(&Deleted { dry_run, deleted: deleted.iter().map(ToString::to_string).collect() })
}

/// `POST /api/v1/series/rename?from=…&to=…&dry_run=1`
pub(super) fn rename(app: &App, call: &Call) -> Result<Answer, Fault> {
    call.check_may_change()?;
    let from = parse_glob(call, "from")?;
    let to = required(call, "to")?;
    let dry_run = call.params.is_set("dry_run");
    let renamed = app.engine.rename(&from, to, dry_run, app.clock.now()).map_err(|error| fault(&error))?;
    let renamed = renamed.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect();
    to_json(&Renamed { dry_run, renamed })
}

fn parse_glob(call: &Call, parameter: &str) -> Result<Glob, Fault> {
    Glob::parse(required(call, parameter)?).map_err(|error| Fault::bad_request(format!("{parameter}: {error}")))
}

fn required<'a>(call: &'a Call, parameter: &str) -> Result<&'a str, Fault> {
    call.params
        .last_filled(parameter)
        .ok_or_else(|| Fault::bad_request(format!("the parameter {parameter} is missing")))
}

/// Tells the caller's mistakes from the store's faults.
pub(super) fn fault(error: &Error) -> Fault {
    let status = match error {
        Error::Caller(_) => StatusCode::BAD_REQUEST,
        Error::Latched(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Io { .. } | Error::Corrupt { .. } | Error::Locked { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Fault::new(status, error.to_string())
}

fn to_json(report: &impl Serialize) -> Result<Answer, Fault> {
    let body = serde_json::to_vec(report).map_err(|error| Fault::internal(error.to_string()))?;
    Ok(Answer::json(body))
}
