//! `POST /api/v1/alarms/FINGERPRINT/ack`: somebody looks after an alarm.
//!
//! Invariant: what is answered with 200 is on the disk, and is an event.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::shown::time;
use super::history::fingerprint;
use super::silences::moment;
use super::{body, request_fault, stored};
use plumbago_rules::parse_duration;
use serde::Deserialize;
use serde_json::json as value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    by: String,
    #[serde(default)]
    comment: String,
    /// A moment, in RFC 3339.
    until: Option<String>,
    /// Or a length of time, such as `2h`.
    r#for: Option<String>,
}

/// Until then, or until it is resolved or gets worse, nobody is told of it again.
pub(in super::super) fn acknowledge(app: &App, call: &Call) -> Result<Answer, Fault> {
    let fingerprint = fingerprint(call, "/ack")?;
    let posted: Posted = body(call)?;
    let until_ms = match (&posted.until, &posted.r#for) {
        (Some(_), Some(_)) => return Err(Fault::bad_request("either until or for, not both")),
        (Some(until), None) => Some(moment("until", until)?),
        (None, Some(text)) => {
            let duration_ms =
                parse_duration(text).map_err(|error| Fault::bad_request(format!("for: {error}")))?;
            Some(app.clock.now_ms().saturating_add(duration_ms))
        }
        (None, None) => None,
    };
    let Posted { by, comment, .. } = posted;
    let done = app
        .alarms
        .change(|hand| hand.notifier.acknowledge(fingerprint, &by, &comment, until_ms, hand.now_ms));
    stored(done)?.map_err(|error| request_fault(app, &error))?;
    let shown = value!({ "fingerprint": fingerprint.to_string(), "until": until_ms.map(time) });
    json(&call.params, &shown)
}
