//! `GET /api/v1/alarms`, everything that is known of alarms now, and `GET /api/v1/alerts`, the same in Prometheus's shape.
//!
//! Invariant: what is pending comes from the rules, what fires from those who tell: each alarm is shown once.

use super::super::App;
use super::super::answer::{Answer, Fault};
use super::super::call::Call;
use super::super::format::json;
use super::super::shown::time;
use super::filters;
use super::shape::shape;
use plumbago_alerting::Acknowledgement;
use plumbago_rules::{Alarm, AlarmState};
use serde_json::{Value, json as value};
use std::collections::BTreeMap;

/// `GET /api/v1/alarms`: those that fire, with whom is told, and those that are pending.
pub(in super::super) fn list(app: &App, call: &Call) -> Result<Answer, Fault> {
    let filters = filters(call)?;
    let now_ms = app.clock.now_ms();
    let known: BTreeMap<_, Alarm> =
        app.rules.read().alarms.iter().map(|alarm| (alarm.fingerprint, alarm.clone())).collect();
    let mut shown = Vec::new();
    for alarm in app.alarms.read(|notifier| notifier.alarms(now_ms)) {
        let is_wanted = filters.iter().all(|filter| filter.matches(&alarm.labels));
        if !is_wanted {
            continue;
        }
        let mut fields = shape(app, &alarm);
        fields["state"] = "firing".into();
        fields["since"] = time(alarm.starts_at_ms).into();
        fields["value"] = known.get(&alarm.fingerprint).map_or(alarm.value, |known| known.value).into();
        fields["series"] = alarm.series.as_deref().into();
        fields["rule"] = alarm.rule.to_string().into();
        fields["acknowledged"] = alarm.acknowledgement.as_ref().map(acknowledgement).into();
        shown.push(fields);
    }
    let is_pending = |alarm: &&Alarm| alarm.state == AlarmState::Pending;
    let is_wanted = |alarm: &&Alarm| filters.iter().all(|filter| filter.matches(&alarm.labels));
    shown.extend(known.values().filter(is_pending).filter(is_wanted).map(|alarm| {
        value!({
            "fingerprint": alarm.fingerprint.to_string(),
            "state": "pending",
            "since": time(alarm.starts_at_ms),
            "labels": &*alarm.labels,
            "annotations": &*alarm.annotations,
            "value": alarm.value,
            "series": alarm.series.as_deref(),
            "rule": &*alarm.rule,
        })
    }));
    json(&call.params, &value!({ "alarms": shown }))
}

fn acknowledgement(one: &Acknowledgement) -> Value {
    value!({ "by": one.who, "comment": one.comment, "at": time(one.at_ms), "until": one.until_ms.map(time) })
}

/// `GET /api/v1/alerts`
pub(in super::super) fn prometheus(app: &App, call: &Call) -> Result<Answer, Fault> {
    let shown: Vec<Value> = app.rules.read().alarms.iter().map(prometheus_shape).collect();
    json(&call.params, &value!({ "status": "success", "data": { "alerts": shown } }))
}

/// An alarm as Prometheus shows it.
pub(in super::super) fn prometheus_shape(alarm: &Alarm) -> Value {
    let state = match alarm.state {
        AlarmState::Pending => "pending",
        AlarmState::Firing => "firing",
    };
    value!({
        "labels": &*alarm.labels,
        "annotations": &*alarm.annotations,
        "state": state,
        "activeAt": time(alarm.starts_at_ms),
        // A text, since JSON knows neither NaN nor infinity.
        "value": alarm.value.map(|value| format!("{value:e}")).unwrap_or_default(),
    })
}
