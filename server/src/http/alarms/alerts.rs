//! `/api/v2/alerts` and `/api/v2/alerts/groups`: what fires, and who is told of it.
//!
//! Invariant: alarms that are only pending are not among them: Alertmanager never hears of those.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::shape::shape;
use super::{filters, wants};
use plumbago_alerting::{AlarmView, Matcher};
use plumbago_rules::Fingerprint;
use regex::Regex;
use serde_json::{Value, json as value};
use std::collections::BTreeMap;

/// Which alarms are asked for.
struct Wanted {
    filters: Vec<Matcher>,
    receiver: Option<Regex>,
    active: bool,
    silenced: bool,
    inhibited: bool,
    muted: bool,
}

impl Wanted {
    fn of(call: &Call) -> Result<Wanted, Fault> {
        let receiver = call.params.last_filled("receiver").map(|text| Regex::new(&format!("^(?:{text})$")));
        let receiver = receiver
            .transpose()
            .map_err(|_| Fault::bad_request("receiver: expected a regular expression for its name"))?;
        Ok(Wanted {
            filters: filters(call)?,
            receiver,
            active: wants(call, "active", true)?,
            silenced: wants(call, "silenced", true)?,
            inhibited: wants(call, "inhibited", true)?,
            muted: wants(call, "muted", true)?,
        })
    }

    fn holds(&self, alarm: &AlarmView) -> bool {
        let is_quiet =
            !(alarm.silenced_by.is_empty() && alarm.inhibited_by.is_empty() && alarm.muted_by.is_empty());
        let is_asked_for = (self.active || is_quiet)
            && (self.silenced || alarm.silenced_by.is_empty())
            && (self.inhibited || alarm.inhibited_by.is_empty())
            && (self.muted || alarm.muted_by.is_empty());
        let has_receiver = |receiver: &Regex| alarm.receivers.iter().any(|name| receiver.is_match(name));
        is_asked_for
            && self.filters.iter().all(|filter| filter.matches(&alarm.labels))
            && self.receiver.as_ref().is_none_or(has_receiver)
    }
}

/// `GET /api/v2/alerts`
pub(in super::super) fn alerts(app: &App, call: &Call) -> Result<Answer, Fault> {
    let wanted = Wanted::of(call)?;
    let now_ms = app.clock.now_ms();
    let mut alarms = app.alarms.read(|notifier| notifier.alarms(now_ms));
    alarms.retain(|alarm| wanted.holds(alarm));
    let shown: Vec<Value> = alarms.iter().map(|alarm| shape(app, alarm)).collect();
    json(&call.params, &shown)
}

/// `GET /api/v2/alerts/groups`
pub(in super::super) fn groups(app: &App, call: &Call) -> Result<Answer, Fault> {
    let wanted = Wanted::of(call)?;
    let now_ms = app.clock.now_ms();
    let (groups, alarms) = app.alarms.read(|notifier| (notifier.groups(), notifier.alarms(now_ms)));
    let by_fingerprint: BTreeMap<Fingerprint, &AlarmView> =
        alarms.iter().filter(|alarm| wanted.holds(alarm)).map(|alarm| (alarm.fingerprint, alarm)).collect();
    let mut shown = Vec::new();
    for group in &groups {
        let members = group.alarms.iter().filter_map(|one| by_fingerprint.get(one));
        let alarms: Vec<Value> = members.map(|alarm| shape(app, alarm)).collect();
        if !alarms.is_empty() {
            shown.push(value!({
                "labels": &*group.labels,
                "receiver": { "name": &*group.receiver },
                "alerts": alarms,
            }));
        }
    }
    json(&call.params, &shown)
}

/// `POST /api/v2/alerts`: alarms come of rules here; what others want to tell is an event.
pub(in super::super) fn post_alerts(app: &App, _call: &Call) -> Result<Answer, Fault> {
    app.alarms.counters().refused.increment();
    Err(Fault::method_not_allowed(
        "alarms come of alert rules here: POST an event to /api/v1/events, and let a rule watch for it with `on`",
        "GET, HEAD",
    ))
}
