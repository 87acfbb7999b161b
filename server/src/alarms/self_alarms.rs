//! Alarms about the server itself: a wrong file, a receiver that cannot be reached.
//!
//! Invariant: each is an alarm as those of rules are: it goes the same way, to the same receivers, and is stored in the
//! same transaction. It is raised once and resolved once, also across a restart: a row says what is raised.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_rules::{
    AlarmChange, Event, EventChange, Fingerprint, Labels, SEVERITY_LABEL, Severity, Source, Status,
    Transition,
};
use serde::{Deserialize, Serialize};

/// What the keys of rows begin with.
pub(super) const ROWS_PREFIX: &str = "self_alarms/";

/// What stands before the name in an event's `rule`.
const RULE: &str = "plumbago/server";

/// Something about the server that somebody has to see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SelfAlarm<'a> {
    /// A file of settings, rules or receivers is wrong; what was read before goes on.
    ConfigInvalid,
    /// Messages for this receiver do not arrive.
    NotificationFailed {
        /// As the alerting file names it.
        receiver: &'a str,
    },
}

/// What is raised, by fingerprint.
#[derive(Debug, Default, Clone)]
pub(super) struct SelfAlarms {
    raised: BTreeMap<Fingerprint, Raised>,
}

/// One alarm that is raised.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Raised {
    labels: Labels,
    starts_at_ms: i64,
}

/// What has to be stored and told because of a change.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) transitions: Vec<Transition>,
    pub(super) events: Vec<EventChange>,
    pub(super) rows: Vec<(String, Option<Vec<u8>>)>,
}

impl SelfAlarm<'_> {
    fn name(self) -> &'static str {
        match self {
            SelfAlarm::ConfigInvalid => "ConfigInvalid",
            SelfAlarm::NotificationFailed { .. } => "NotificationFailed",
        }
    }

    fn severity(self) -> Severity {
        match self {
            SelfAlarm::ConfigInvalid => Severity::Warning,
            SelfAlarm::NotificationFailed { .. } => Severity::Critical,
        }
    }

    fn labels(self) -> Labels {
        let mut labels = Labels::from([
            ("alertname".to_owned(), self.name().to_owned()),
            ("alertgroup".to_owned(), "plumbago".to_owned()),
            (SEVERITY_LABEL.to_owned(), self.severity().name().to_owned()),
        ]);
        if let SelfAlarm::NotificationFailed { receiver } = self {
            labels.insert("receiver".to_owned(), receiver.to_owned());
        }
        labels
    }
}

impl SelfAlarms {
    /// What earlier rows say; one that cannot be read is left out, and the alarm would be raised again.
    pub(super) fn saved(rows: &[(String, Vec<u8>)]) -> SelfAlarms {
        let raised = rows.iter().filter_map(|(key, bytes)| {
            let fingerprint = key.strip_prefix(ROWS_PREFIX)?.parse().ok()?;
            Some((fingerprint, serde_json::from_slice(bytes).ok()?))
        });
        SelfAlarms { raised: raised.collect() }
    }

    /// Brings an alarm to where it stands now: raised for a reason of one sentence, or over.
    pub(super) fn set(&mut self, alarm: SelfAlarm<'_>, reason: Option<&str>, now_ms: i64) -> Told {
        let labels = alarm.labels();
        let fingerprint = Fingerprint::of(&labels);
        match (self.raised.get(&fingerprint), reason) {
            (None, Some(reason)) => self.raise(alarm, labels, reason, now_ms),
            (Some(_), None) => self.resolve(alarm, fingerprint, now_ms),
            (Some(_), Some(_)) | (None, None) => Told::default(),
        }
    }

    fn raise(&mut self, alarm: SelfAlarm<'_>, labels: Labels, reason: &str, now_ms: i64) -> Told {
        let fingerprint = Fingerprint::of(&labels);
        let transition = transition(alarm, &labels, reason, AlarmChange::Fired, now_ms, now_ms);
        let event = event(alarm, &labels, reason, now_ms);
        let raised = Raised { labels, starts_at_ms: now_ms };
        // Maps with text as keys are always JSON.
        let row = serde_json::to_vec(&raised).unwrap_or_default();
        self.raised.insert(fingerprint, raised);
        Told {
            transitions: vec![transition],
            events: vec![EventChange::Store(Box::new(event))],
            rows: vec![(format!("{ROWS_PREFIX}{fingerprint}"), Some(row))],
        }
    }

    fn resolve(&mut self, alarm: SelfAlarm<'_>, fingerprint: Fingerprint, now_ms: i64) -> Told {
        let Some(Raised { labels, starts_at_ms }) = self.raised.remove(&fingerprint) else {
            return Told::default();
        };
        let end_ms = now_ms.max(starts_at_ms);
        let change = AlarmChange::Resolved { ends_at_ms: end_ms, by: None };
        Told {
            transitions: vec![transition(alarm, &labels, "it is over", change, now_ms, starts_at_ms)],
            events: vec![EventChange::Close { key: event_key(fingerprint, starts_at_ms), end_ms }],
            rows: vec![(format!("{ROWS_PREFIX}{fingerprint}"), None)],
        }
    }
}

fn event_key(fingerprint: Fingerprint, starts_at_ms: i64) -> String {
    format!("{RULE}/{fingerprint}/{starts_at_ms}")
}

fn transition(
    alarm: SelfAlarm<'_>,
    labels: &Labels,
    reason: &str,
    change: AlarmChange,
    at_ms: i64,
    starts_at_ms: i64,
) -> Transition {
    Transition {
        fingerprint: Fingerprint::of(labels),
        labels: Arc::new(labels.clone()),
        annotations: Arc::new(Labels::from([("summary".to_owned(), reason.to_owned())])),
        change,
        at_ms,
        starts_at_ms,
        value: None,
        series: None,
        expression: Arc::from(""),
        bounds: Arc::default(),
        rule: Arc::from(format!("{RULE}/{}", alarm.name())),
        is_replayed: false,
    }
}

fn event(alarm: SelfAlarm<'_>, labels: &Labels, reason: &str, now_ms: i64) -> Event {
    let fingerprint = Fingerprint::of(labels);
    let mut tags: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    tags.push(format!("fingerprint={fingerprint}"));
    Event {
        id: 0,
        key: Some(event_key(fingerprint, now_ms)),
        kind: "alarm".to_owned(),
        title: alarm.name().to_owned(),
        text: reason.to_owned(),
        severity: alarm.severity(),
        tags,
        series: None,
        value: None,
        rule: Some(format!("{RULE}/{}", alarm.name())),
        start_ms: now_ms,
        end_ms: None,
        source: Source::Alarm,
        status: Status::Open,
        revision: 0,
        parents: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: SelfAlarm<'_> = SelfAlarm::NotificationFailed { receiver: "ops" };

    #[test]
    fn an_alarm_is_raised_once_and_resolved_once_also_after_a_restart() {
        let mut alarms = SelfAlarms::default();
        let raised = alarms.set(FAILED, Some("the receiver answers 404"), 1_000);
        assert_eq!(raised.transitions[0].change, AlarmChange::Fired);
        assert_eq!(raised.transitions[0].labels["receiver"], "ops");
        assert!(alarms.set(FAILED, Some("the receiver answers 410"), 2_000).transitions.is_empty());
        assert!(alarms.set(SelfAlarm::ConfigInvalid, None, 2_000).transitions.is_empty());

        let rows: Vec<_> = raised.rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let mut restarted = SelfAlarms::saved(&rows);
        assert!(restarted.set(FAILED, Some("the receiver answers 404"), 3_000).transitions.is_empty());
        let over = restarted.set(FAILED, None, 4_000);
        assert_eq!(over.transitions[0].change, AlarmChange::Resolved { ends_at_ms: 4_000, by: None });
        assert_eq!(over.transitions[0].starts_at_ms, 1_000);
        assert_eq!(over.rows, [(rows[0].0.clone(), None)]);
        assert!(restarted.set(FAILED, None, 5_000).transitions.is_empty());
        let [EventChange::Store(event)] = &raised.events[..] else { panic!("{:?}", raised.events) };
        assert_eq!(over.events, [EventChange::Close { key: event.key.clone().unwrap(), end_ms: 4_000 }]);
    }
}
