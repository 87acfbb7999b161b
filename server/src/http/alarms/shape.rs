//! An alarm in Alertmanager's shape.

use super::super::App;
use super::super::shown::time;
use plumbago_alerting::{AlarmStatus, AlarmView, Member, Surroundings, link_of};
use serde_json::{Value, json as value};
use std::sync::Arc;

/// An alarm that fires has no end yet: Alertmanager shows one that is ahead, and so do we.
const AHEAD_MS: i64 = 300_000;

/// One entry of `/api/v2/alerts`.
pub(super) fn shape(app: &App, alarm: &AlarmView) -> Value {
    let now_ms = app.clock.now_ms();
    let external_url = app.settings.external_url.get();
    let instance = app.events.instance();
    let surroundings = Surroundings { external_url: &external_url, instance, now_ms, picture: None };
    let names = |all: &[Arc<str>]| all.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    value!({
        "fingerprint": alarm.fingerprint.to_string(),
        "labels": &*alarm.labels,
        "annotations": &*alarm.annotations,
        "startsAt": time(alarm.starts_at_ms),
        "endsAt": time(now_ms.saturating_add(AHEAD_MS)),
        "updatedAt": time(alarm.updated_ms),
        "generatorURL": link_of(&member(alarm), &surroundings),
        "receivers": alarm.receivers.iter().map(|name| value!({ "name": &**name })).collect::<Vec<_>>(),
        "status": {
            "state": alarm.state,
            "silencedBy": names(&alarm.silenced_by),
            "inhibitedBy": alarm.inhibited_by.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "mutedBy": names(&alarm.muted_by),
        },
    })
}

/// The alarm as a message shows it.
fn member(alarm: &AlarmView) -> Member {
    Member {
        fingerprint: alarm.fingerprint,
        status: AlarmStatus::Firing,
        labels: alarm.labels.clone(),
        annotations: alarm.annotations.clone(),
        starts_at_ms: alarm.starts_at_ms,
        ends_at_ms: None,
        value: alarm.value,
        series: alarm.series.clone(),
        expression: alarm.expression.clone(),
        bounds: Arc::default(),
    }
}
