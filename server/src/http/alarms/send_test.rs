//! `POST /api/v1/alerting/send-test`: a message to try a receiver with.
//!
//! Invariant: it goes to a receiver of the alerting file, by its name, and to nobody else. It takes the way that all messages
//! take, through the outbox, once; the answer is what came of these attempts, as the log tells it.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::events::event_fault;
use super::super::format::json;
use super::{body, request_fault, stored};
use crate::events::LogQuery;
use serde::Deserialize;
use serde_json::{Value, json as value};
use std::time::{Duration, Instant};

/// How long attempts are waited for.
const WAIT_MAX: Duration = Duration::from_secs(40);
/// How often the log is looked at.
const LOOK_WAIT: Duration = Duration::from_millis(50);
/// What the log says of a message before anybody tried to send it.
const QUEUED: &str = "queued";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    receiver: String,
}

/// Sends it by everything that the receiver has, and answers what came of each attempt.
pub(in super::super) fn send_test(app: &App, call: &Call) -> Result<Answer, Fault> {
    let Posted { receiver } = body(call)?;
    let tested = app.alarms.change(|hand| hand.notifier.test(&receiver, hand.now_ms));
    let messages = stored(tested)?.map_err(|error| request_fault(app, &error))?;
    let alerting = app.alarms.alerting();
    let integrations = alerting.receivers.get(receiver.as_str()).map(|found| &found.integrations);
    let until = Instant::now() + WAIT_MAX;
    let mut attempts: Vec<Value> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let kind = integrations.and_then(|all| all.get(place)).map_or("", |integration| integration.name());
        let mut attempt = attempt_at(app, message.0, until)?;
        attempt["integration"] = kind.into();
        attempts.push(attempt);
    }
    json(&call.params, &value!({ "attempts": attempts }))
}

/// What the log says of the attempt to send a message.
fn attempt_at(app: &App, message: u64, until: Instant) -> Result<Value, Fault> {
    let query = LogQuery { message: Some(message), ..LogQuery::default() };
    loop {
        let entries = app.events.notifications(&query, 10).map_err(event_fault)?;
        // The newest one comes first.
        if let Some((_, entry)) = entries.iter().rev().find(|(_, entry)| entry.what != QUEUED) {
            let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
            return Ok(value!({
                "outcome": entry.what, "reason": detail["reason"], "tookMs": detail["tookMs"],
            }));
        }
        if Instant::now() >= until {
            return Ok(
                value!({ "outcome": QUEUED, "reason": "no attempt has ended yet; the log will tell" }),
            );
        }
        std::thread::sleep(LOOK_WAIT);
    }
}
