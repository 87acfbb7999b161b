//! A server around a notifier: rows that are stored as a whole or not at all, a clock, and receivers that answer as a test
//! says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_alerting::{
    AlarmStatus, Alerting, Attempt, LogEntry, LogKind, Message, NoSecrets, Notifier, Outcome, Purpose, load,
};
use plumbago_rules::{AlarmChange, EventChange, Fingerprint, Labels, SEVERITY_LABEL, Transition};

/// What a receiver answers to a message.
pub(crate) type Answer = Box<dyn FnMut(&Message, i64) -> Outcome>;

pub(crate) struct Desk {
    pub(crate) notifier: Notifier,
    pub(crate) rows: BTreeMap<String, Vec<u8>>,
    pub(crate) now_ms: i64,
    pub(crate) events: Vec<EventChange>,
    pub(crate) log: Vec<LogEntry>,
    /// What arrived, and when.
    pub(crate) arrived: Vec<(i64, Arc<Message>)>,
    pub(crate) answer: Answer,
}

pub(crate) fn alerting(text: &str) -> Arc<Alerting> {
    match load("alerting.yml", text, &NoSecrets) {
        Ok((alerting, _)) => Arc::new(alerting),
        Err(errors) => panic!("{errors:#?}"),
    }
}

/// One webhook for each receiver.
pub(crate) fn receivers(names: &[&str]) -> String {
    let each = names.iter().map(|name| format!("{{name: {name}, webhook_configs: [{{url: 'http://x/'}}]}}"));
    format!("receivers: [{}]\n", each.collect::<Vec<_>>().join(", "))
}

/// Labels from `a=b c=d`; the first word without a sign is the name of the alarm.
pub(crate) fn labels(text: &str) -> Labels {
    let pairs = text.split_whitespace().map(|word| word.split_once('=').unwrap_or(("alertname", word)));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The identity of an alarm whose level is no part of it.
pub(crate) fn fingerprint(text: &str) -> Fingerprint {
    let mut labels = labels(text);
    labels.remove(SEVERITY_LABEL);
    Fingerprint::of(&labels)
}

pub(crate) fn transition(text: &str, change: AlarmChange, at_ms: i64) -> Transition {
    Transition {
        fingerprint: fingerprint(text),
        labels: Arc::new(labels(text)),
        annotations: Arc::new(Labels::new()),
        change,
        at_ms,
        starts_at_ms: at_ms,
        value: Some(1.0),
        series: None,
        expression: "a.b".into(),
        bounds: Arc::default(),
        rule: "file/group/rule".into(),
        is_replayed: false,
    }
}

impl Desk {
    /// One that has caught up, at second 0.
    pub(crate) fn new(text: &str) -> Desk {
        let notifier = Notifier::new(alerting(text), [], 0).expect("no rows");
        let mut desk = Desk {
            notifier,
            rows: BTreeMap::new(),
            now_ms: 0,
            events: Vec::new(),
            log: Vec::new(),
            arrived: Vec::new(),
            answer: Box::new(|_, _| Outcome::Sent),
        };
        desk.notifier.caught_up(0);
        desk.store();
        desk
    }

    /// Alarms fire, one a line of `labels`.
    pub(crate) fn fire(&mut self, names: &[&str]) {
        self.change(names, AlarmChange::Fired);
    }

    pub(crate) fn resolve(&mut self, names: &[&str]) {
        self.change(names, AlarmChange::Resolved { ends_at_ms: self.now_ms, by: None });
    }

    pub(crate) fn change(&mut self, names: &[&str], change: AlarmChange) {
        let all: Vec<Transition> =
            names.iter().map(|name| transition(name, change.clone(), self.now_ms)).collect();
        self.take(&all);
    }

    pub(crate) fn take(&mut self, transitions: &[Transition]) {
        self.notifier.take(transitions, self.now_ms);
        self.store();
        self.send();
    }

    /// Stores what was decided, and looks whether it is everything.
    pub(crate) fn store(&mut self) {
        self.store_unchecked();
        if self.rows.len() < 2000 {
            self.check_rows();
        }
    }

    /// Stores what was decided.
    pub(crate) fn store_unchecked(&mut self) {
        let effects = self.notifier.effects();
        for (key, value) in effects.rows {
            assert!(key.starts_with("alarms/"), "{key}");
            match value {
                Some(value) => drop(self.rows.insert(key, value)),
                None => drop(self.rows.remove(&key)),
            }
        }
        self.events.extend(effects.events);
        self.log.extend(effects.log);
    }

    /// What is stored is what the notifier knows.
    pub(crate) fn check_rows(&self) {
        let known: BTreeMap<String, Vec<u8>> =
            self.notifier.rows().into_iter().map(|(key, value)| (key, value.expect("a value"))).collect();
        for key in known.keys().chain(self.rows.keys()).collect::<BTreeSet<_>>() {
            let shown = |rows: &BTreeMap<String, Vec<u8>>| {
                rows.get(key).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            };
            assert_eq!(shown(&self.rows), shown(&known), "{key}: stored, known");
        }
    }

    /// Sends what may be sent now.
    pub(crate) fn send(&mut self) {
        for message in self.notifier.deliverable(self.now_ms) {
            self.notifier.begin(message.id);
            self.finish(&message);
        }
    }

    /// Ends an attempt to send a message.
    pub(crate) fn finish(&mut self, message: &Arc<Message>) {
        let outcome = (self.answer)(message, self.now_ms);
        if outcome == Outcome::Sent {
            self.arrived.push((self.now_ms, message.clone()));
        }
        let attempt = Attempt { at_ms: self.now_ms, took_ms: 1, outcome };
        self.notifier.attempted(message.id, &attempt, self.now_ms);
        self.store();
    }

    /// Lets time pass, with everything that is due on the way.
    pub(crate) fn until(&mut self, second: i64) {
        let end_ms = second * 1000;
        for _ in 0..1_000_000 {
            let next = self.notifier.next_ms();
            if next > end_ms {
                self.now_ms = end_ms;
                return;
            }
            self.now_ms = self.now_ms.max(next);
            self.notifier.tick(self.now_ms);
            self.store();
            self.send();
        }
        panic!("time does not pass: next is {}", self.notifier.next_ms());
    }

    /// The process ends and another one begins; nothing was missed meanwhile.
    pub(crate) fn restart(&mut self) {
        self.restart_behind();
        self.notifier.caught_up(self.now_ms);
        self.store();
    }

    /// The same, with time to be gone through again.
    pub(crate) fn restart_behind(&mut self) {
        let alerting = self.notifier.alerting().clone();
        self.notifier = Notifier::new(alerting, borrowed(&self.rows), self.now_ms).expect("rows");
        self.store();
    }

    /// What arrived since the last call: `second receiver: firing names / resolved names`.
    pub(crate) fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.arrived).iter().map(|(at, message)| shown(*at, message)).collect()
    }

    /// How often something became of a message.
    pub(crate) fn count(&self, kind: LogKind) -> usize {
        self.log.iter().filter(|entry| entry.kind == kind).count()
    }

    /// A receiver that fails until a moment.
    pub(crate) fn fail_until(&mut self, second: i64, outcome: Outcome) {
        self.answer =
            Box::new(move |_, now_ms| if now_ms < second * 1000 { outcome.clone() } else { Outcome::Sent });
    }
}

pub(crate) fn borrowed(rows: &BTreeMap<String, Vec<u8>>) -> impl Iterator<Item = (&str, &[u8])> {
    rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()))
}

pub(crate) fn retry() -> Outcome {
    Outcome::Retry { reason: "503".to_owned(), after_ms: None }
}

/// A message on one line.
fn shown(at_ms: i64, message: &Message) -> String {
    let of = |status| {
        let names = message.alarms.iter().filter(move |alarm| alarm.status == status).map(|alarm| {
            let level = alarm.labels.get(SEVERITY_LABEL).map_or(String::new(), |level| format!(":{level}"));
            format!("{}{level}", alarm.labels.get("alertname").map_or("?", String::as_str))
        });
        names.collect::<Vec<_>>().join(" ")
    };
    let purpose = match message.purpose {
        Purpose::Group => String::new(),
        other => format!(" {other:?}"),
    };
    let more = if message.truncated > 0 { format!(" and {} more", message.truncated) } else { String::new() };
    let (firing, resolved) = (of(AlarmStatus::Firing), of(AlarmStatus::Resolved));
    let seconds = at_ms / 1000;
    format!("{seconds} {}{purpose}: {firing} / {resolved}{more}", message.to.receiver)
}
