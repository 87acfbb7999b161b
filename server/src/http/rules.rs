//! The rules over HTTP: what runs and how it does, in Prometheus's shape; the schema of rule files; reading them again.
//!
//! Nothing is evaluated here: the rules' own thread does that, and shows what came of it on the board.

use super::App;
use super::alarms::prometheus_shape;
use super::answer::{Answer, Fault};
use super::call::Call;
use super::format::json;
use super::shown::time;
use crate::rule_runner::{Shown, ShownRule};
use hyper::StatusCode;
use plumbago_rules::{AlertRule, Group, Kind, Rule, RuleStatus};
use serde_json::{Value, json as value};

/// `GET /api/v1/rules`: every group with its rules; `type=record`, `type=event` or `type=alert` shows those alone
/// (Prometheus's `recording` and `alerting`, too).
pub(super) fn list(app: &App, call: &Call) -> Result<Answer, Fault> {
    let wanted = match call.params.last_filled("type") {
        None => None,
        Some("record" | "recording") => Some("recording"),
        Some("event") => Some("event"),
        Some("alert" | "alerting") => Some("alerting"),
        Some(other) => {
            let message = format!("type: expected record, event or alert, found {other:?}");
            return Err(Fault::bad_request(message));
        }
    };
    let (shown, now_ms) = (app.rules.read(), app.clock.now_ms());
    let show = |(position, group)| show_group(&shown, position, group, wanted, now_ms);
    // As Prometheus: where one kind is asked for, groups without it are left out.
    let is_wanted = |(_, group): &(usize, &Group)| {
        wanted.is_none_or(|wanted| group.rules.iter().any(|rule| kind(rule) == wanted))
    };
    let groups: Vec<Value> = shown.set.groups.iter().enumerate().filter(is_wanted).map(show).collect();
    let data = value!({
        "groups": groups,
        "configOk": shown.all_faults().next().is_none(),
        "faults": shown.all_faults().collect::<Vec<_>>(),
        "trouble": shown.trouble,
        "latePointsNotRecomputed": app.rules.counts().late_points_not_recomputed.get(),
    });
    json(&call.params, &value!({ "status": "success", "data": data }))
}

fn show_group(shown: &Shown, position: usize, group: &Group, wanted: Option<&str>, now_ms: i64) -> Value {
    let of_group = |rule: usize| shown.rules.iter().find(|shown| shown.status.place == (position, rule));
    let states: Vec<Option<&ShownRule>> = (0..group.rules.len()).map(of_group).collect();
    let rules: Vec<Value> = group
        .rules
        .iter()
        .zip(&states)
        .filter(|(rule, _)| wanted.is_none_or(|wanted| kind(rule) == wanted))
        .map(|(rule, state)| {
            let mut fields = show_rule(rule, *state, now_ms);
            if let (Kind::Alert(alert), Some(state)) = (&rule.kind, state) {
                add_alarms(&mut fields, alert, shown, &state.status);
            }
            fields
        })
        .collect();
    let known = || states.iter().flatten();
    let last = known().filter_map(|state| state.evaluated_at_ms).max();
    let seconds = known().map(|state| state.duration_us).sum::<u64>() as f64 / 1e6;
    value!({
        "name": &*group.name,
        "file": &*group.file,
        "interval": group.interval_secs.unwrap_or(0),
        "window": group.window_secs,
        "delay": known().map(|state| state.status.delay_ms).max().unwrap_or(0) as f64 / 1e3,
        "delayIsLearned": group.delay_ms.is_none(),
        "lastEvaluation": last.map(time),
        "evaluationTime": seconds,
        "lag": known().map(|state| state.lag_ms(now_ms)).max().unwrap_or(0) as f64 / 1e3,
        "rules": rules,
    })
}

fn show_rule(rule: &Rule, state: Option<&ShownRule>, now_ms: i64) -> Value {
    let status = state.map(|state| &state.status);
    let error = status.and_then(|status| status.error.as_ref());
    let evaluations = status.map_or(0, |status| status.evaluations);
    let health = status.map_or("unknown", RuleStatus::health);
    value!({
        "name": &*rule.name,
        "query": &*rule.expression,
        "type": kind(rule),
        "labels": rule.labels,
        "line": rule.line,
        "health": health,
        "lastError": error.map(|error| error.message.as_str()).unwrap_or_default(),
        "lastEvaluation": state.and_then(|state| state.evaluated_at_ms).map(time),
        "evaluationTime": state.map_or(0.0, |state| state.duration_us as f64 / 1e6),
        "evaluatedUntil": status.map(|status| status.evaluated_until_secs),
        "nextEvaluation": status.and_then(|status| (status.next_ms != i64::MAX).then(|| time(status.next_ms))),
        "lag": state.map_or(0.0, |state| state.lag_ms(now_ms) as f64 / 1e3),
        "results": status.map_or(0, |status| status.results),
        "evaluations": evaluations,
        "failures": status.map_or(0, |status| status.failures),
        "recomputed": status.map_or(0, |status| status.recomputed),
    })
}

/// What Prometheus shows of an alert rule beside what all rules have.
fn add_alarms(fields: &mut Value, alert: &AlertRule, shown: &Shown, status: &RuleStatus) {
    let own = shown.alarms.iter().filter(|alarm| alarm.place == Some(status.place));
    fields["state"] = status.state().into();
    fields["duration"] = alert.for_secs.into();
    fields["keepFiringFor"] = alert.keep_firing_for_secs.into();
    fields["annotations"] = value!(alert.annotations);
    fields["alerts"] = own.map(prometheus_shape).collect();
}

fn kind(rule: &Rule) -> &'static str {
    match rule.kind {
        Kind::Record(_) => "recording",
        Kind::Event(_) => "event",
        Kind::Alert(_) => "alerting",
    }
}

/// `GET /api/v1/schema/rules`: the JSON Schema of rule files.
pub(super) fn schema(_app: &App, call: &Call) -> Result<Answer, Fault> {
    json(&call.params, &plumbago_rules::schema())
}

/// `POST /api/v1/reload`: what SIGHUP does, with its outcome as the answer.
pub(super) fn reload(app: &App, call: &Call) -> Result<Answer, Fault> {
    match (app.reload)() {
        Ok(report) => json(&call.params, &value!({ "status": "success", "message": report })),
        Err(message) => Err(Fault::new(StatusCode::BAD_REQUEST, message)),
    }
}
