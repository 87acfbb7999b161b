//! `/api/v2/status` and `/api/v2/receivers`, as amtool asks for them.
//!
//! Invariant: no secret of the alerting file is shown.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::shown::time;
use serde_json::{Value, json as value};

/// `GET /api/v2/status`: the version, the file with its secrets hidden, and a cluster of one.
pub(in super::super) fn status(app: &App, call: &Call) -> Result<Answer, Fault> {
    let uptime_ms = i64::try_from(app.started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let version = env!("CARGO_PKG_VERSION");
    let shown = value!({
        "cluster": { "name": app.host, "status": "disabled", "peers": [] },
        "versionInfo": {
            "version": version,
            "revision": "",
            "branch": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        },
        "config": { "original": app.alarms.alerting().shown },
        "uptime": time(app.clock.now_ms().saturating_sub(uptime_ms)),
    });
    json(&call.params, &shown)
}

/// `GET /api/v2/receivers`: their names.
pub(in super::super) fn receivers(app: &App, call: &Call) -> Result<Answer, Fault> {
    let alerting = app.alarms.alerting();
    let names: Vec<Value> = alerting.receivers.keys().map(|name| value!({ "name": &**name })).collect();
    json(&call.params, &names)
}
