//! `GET /api/v1/notifications`: the log of notifications, page by page.
//!
//! Invariant: an entry is shown as it was written; a page begins before the entry that `before` names.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::events::{check_parameters, event_fault};
use super::super::format::json;
use super::super::shown::time;
use crate::events::{LogEntry, LogQuery};
use plumbago_alerting::LogKind;
use plumbago_protocol::limits::NOTIFICATIONS_PER_PAGE_MAX;
use plumbago_rules::Fingerprint;
use serde_json::{Map, Value, json as value};

/// Entries of a page, where the request does not say.
const USUAL: usize = 100;

/// The newest entries, those of one receiver, one kind, one message or one alarm where that is asked for.
pub(in super::super) fn notifications(app: &App, call: &Call) -> Result<Answer, Fault> {
    let known = ["before", "limit", "receiver", "outcome", "message", "group", "fingerprint"];
    check_parameters(call, &known)?;
    let text = |name: &str| call.params.last_filled(name).map(str::to_owned);
    let fingerprint = text("fingerprint").map(|text| text.parse::<Fingerprint>()).transpose();
    let query = LogQuery {
        before: number(call, "before")?,
        receiver: text("receiver"),
        what: outcome(call)?,
        message: number(call, "message")?,
        fingerprint: fingerprint.map_err(|error| Fault::bad_request(error.to_string()))?.map(|print| print.0),
        group_key: text("group"),
    };
    let most = u64::try_from(NOTIFICATIONS_PER_PAGE_MAX).unwrap_or(u64::MAX);
    let limit = match number(call, "limit")? {
        None => USUAL,
        Some(limit) if (1..=most).contains(&limit) => usize::try_from(limit).unwrap_or(USUAL),
        Some(other) => {
            let message = format!("limit: expected a number from 1 to {most}, found {other}");
            return Err(Fault::bad_request(message));
        }
    };
    // One more tells whether there is a next page.
    let mut found = app.events.notifications(&query, limit.saturating_add(1)).map_err(event_fault)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more).map(|(id, _)| *id);
    let entries: Vec<Value> = found.iter().map(|(id, entry)| shown(*id, entry)).collect();
    json(&call.params, &value!({ "notifications": entries, "next": next }))
}

/// The outcome that is asked for.
fn outcome(call: &Call) -> Result<Option<String>, Fault> {
    let Some(text) = call.params.last_filled("outcome") else { return Ok(None) };
    let names = LogKind::ALL.map(LogKind::name);
    if !names.contains(&text) {
        let names = names.join(", ");
        return Err(Fault::bad_request(format!("outcome: expected one of {names}, found {text:?}")));
    }
    Ok(Some(text.to_owned()))
}

/// An entry with everything that is known of it.
pub(super) fn shown(id: u64, entry: &LogEntry) -> Value {
    let fingerprints = entry.fingerprints.iter().map(|one| Fingerprint(*one).to_string());
    let mut fields = Map::new();
    if let Ok(Value::Object(detail)) = serde_json::from_str(&entry.detail) {
        fields.extend(detail);
    }
    fields.insert("id".to_owned(), id.into());
    fields.insert("at".to_owned(), time(entry.at_ms).into());
    fields.insert("outcome".to_owned(), entry.what.clone().into());
    fields.insert("message".to_owned(), entry.message.into());
    fields.insert("receiver".to_owned(), entry.receiver.clone().into());
    fields.insert("integration".to_owned(), entry.integration.into());
    fields.insert("groupKey".to_owned(), entry.group_key.clone().into());
    fields.insert("alarms".to_owned(), fingerprints.collect());
    Value::Object(fields)
}

fn number(call: &Call, name: &str) -> Result<Option<u64>, Fault> {
    let Some(text) = call.params.last_filled(name) else { return Ok(None) };
    let number =
        text.parse().map_err(|_| Fault::bad_request(format!("{name}: expected a number, found {text:?}")))?;
    Ok(Some(number))
}
