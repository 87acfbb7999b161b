//! What people ask for: silences, acknowledgements, a test of a receiver.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::{Event, EventChange, Fingerprint, Labels, Severity, Source, Status};

use super::Notifier;
use crate::message::{AlarmStatus, Member, MessageId, Purpose, ReceiverPlace};
use crate::pipeline::acknowledge::Acknowledgement;
use crate::pipeline::outbox::{Origin, Progress};
use crate::pipeline::silence::{RequestError, Silence, SilenceRequest};
use crate::rows::RowKey;

impl Notifier {
    /// Makes or changes a silence; `seed` is random and makes its id. Returns the id: another one, where what the silence
    /// was in the past would not stay true.
    ///
    /// # Errors
    /// A silence that is not there, or that cannot be.
    pub fn silence(
        &mut self,
        request: SilenceRequest,
        seed: u128,
        now_ms: i64,
    ) -> Result<Arc<str>, RequestError> {
        let before = request.id.clone();
        let (id, ended) = self.state.silences.set(request, seed, now_ms)?;
        self.touched.insert(RowKey::Silence(id.clone()));
        self.touched.extend(ended.map(RowKey::Silence));
        if before.as_deref() != Some(&*id)
            && let Some(silence) = self.state.silences.get(&id)
        {
            self.events.push(EventChange::Store(Box::new(silence_event(silence))));
        }
        // One that is shorter or about less may have held something back.
        self.is_lifted = true;
        self.is_lowered = true;
        self.tick(now_ms);
        Ok(id)
    }

    /// Ends a silence now.
    ///
    /// # Errors
    /// One that is not there, or has ended.
    pub fn expire(&mut self, id: &str, now_ms: i64) -> Result<(), RequestError> {
        self.state.silences.expire(id, now_ms)?;
        self.touched.insert(RowKey::Silence(id.into()));
        self.tick(now_ms);
        Ok(())
    }

    /// Somebody knows of an alarm that fires, and is not to be reminded: until it is resolved, raised, or `until_ms` (in
    /// milliseconds since the epoch) has come.
    ///
    /// # Errors
    /// An alarm that does not fire, a moment that has passed, too long a text.
    pub fn acknowledge(
        &mut self,
        one: Fingerprint,
        who: &str,
        comment: &str,
        until_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<(), RequestError> {
        let Some(alarm) = self.state.alarms.get(&one).filter(|alarm| alarm.is_firing()) else {
            return Err(RequestError::Unknown(format!("no alarm {one} fires")));
        };
        let acknowledgement = Acknowledgement::new(who, comment, until_ms, now_ms)?;
        if self.state.acknowledgements.all.len() >= limits::ACKNOWLEDGEMENTS_MAX {
            let message =
                format!("at most {} alarms are acknowledged at a time", limits::ACKNOWLEDGEMENTS_MAX);
            return Err(RequestError::Wrong(message));
        }
        let name = alarm.labels.get("alertname").map_or("an alarm", String::as_str);
        let event = Event {
            kind: "acknowledgement".to_owned(),
            title: cut(&format!("{who} acknowledged {name}"), limits::EVENT_TITLE_BYTES_MAX),
            text: comment.to_owned(),
            series: alarm.series.as_deref().map(str::to_owned),
            rule: Some(alarm.rule.to_string()),
            ..open_event(acknowledgement_key(one, &acknowledgement), now_ms)
        };
        self.end_acknowledgement(one, now_ms);
        self.events.push(EventChange::Store(Box::new(event)));
        self.state.acknowledgements.all.insert(one, acknowledgement);
        self.touched.insert(RowKey::Acknowledgement(one));
        self.leave_out_of_repetitions(one, now_ms);
        Ok(())
    }

    /// Takes an acknowledgement back.
    ///
    /// # Errors
    /// There is none.
    pub fn unacknowledge(&mut self, one: Fingerprint, now_ms: i64) -> Result<(), RequestError> {
        if !self.state.acknowledgements.contains(one) {
            return Err(RequestError::Unknown(format!("the alarm {one} is not acknowledged")));
        }
        self.forget_acknowledgement(one, now_ms);
        self.tick(now_ms);
        Ok(())
    }

    /// Sends a test to everything that a receiver of the file sends to: each message once, whatever comes of it. Returns the
    /// messages; none: it sends to nothing.
    ///
    /// # Errors
    /// A receiver that is not in the file.
    pub fn test(&mut self, receiver: &str, now_ms: i64) -> Result<Vec<MessageId>, RequestError> {
        let alerting = self.alerting.clone();
        let Some((name, found)) = alerting.receivers.get_key_value(receiver) else {
            let shown: String = receiver.chars().take(60).collect();
            return Err(RequestError::Unknown(format!("there is no receiver {shown:?}")));
        };
        let labels = Labels::from([("alertname".to_owned(), "Test".to_owned())]);
        let text = "Somebody tries whether this receiver works; nothing has to be done.";
        let member = Member {
            fingerprint: Fingerprint::of(&labels),
            status: AlarmStatus::Firing,
            labels: Arc::new(labels),
            annotations: Arc::new(Labels::from([("summary".to_owned(), text.to_owned())])),
            starts_at_ms: now_ms,
            ends_at_ms: None,
            value: None,
            series: None,
            expression: "".into(),
            bounds: Arc::default(),
        };
        let mut sent = Vec::new();
        for integration in 0..found.integrations.len() {
            let to = ReceiverPlace { receiver: name.clone(), integration };
            let members = BTreeMap::from([((), member.clone())]);
            let mut entry = self.gather(&to, Purpose::Test, "test", members, now_ms);
            entry.origin = Origin::Once;
            sent.push(entry.message.id);
            self.post(entry, Progress { next_ms: now_ms, ..Progress::default() }, String::new(), now_ms);
        }
        Ok(sent)
    }

    /// Notes ends of silences that have come.
    pub(super) fn end_silences(&mut self, now_ms: i64) {
        let (ended, gone) = self.state.silences.end_due(now_ms);
        self.touched.extend(gone.into_iter().map(RowKey::Silence));
        for silence in ended {
            self.is_lifted = true;
            self.touched.insert(RowKey::Silence(silence.id.clone()));
            let key = silence_key(&silence);
            // One that was taken back before it began was never in force.
            self.events.push(match silence.starts_ms < silence.ends_ms {
                true => EventChange::Close { key, end_ms: silence.ends_ms },
                false => EventChange::Retract { key },
            });
        }
    }

    /// Notes ends of acknowledgements that have come.
    pub(super) fn end_acknowledgements(&mut self, now_ms: i64) {
        for one in self.state.acknowledgements.due(now_ms) {
            self.forget_acknowledgement(one, now_ms);
        }
    }

    fn forget_acknowledgement(&mut self, one: Fingerprint, now_ms: i64) {
        self.end_acknowledgement(one, now_ms);
        let groups = self.state.alarms.get(&one).map(|alarm| alarm.groups.clone()).unwrap_or_default();
        for id in groups {
            self.stir(id, now_ms);
        }
    }
}

/// The key of an acknowledgement's event.
pub(super) fn acknowledgement_key(one: Fingerprint, acknowledgement: &Acknowledgement) -> String {
    format!("acknowledgement/{one}/{}", acknowledgement.at_ms)
}

fn silence_key(silence: &Silence) -> String {
    format!("silence/{}", silence.id)
}

fn silence_event(silence: &Silence) -> Event {
    let about: Vec<String> = silence.matchers.iter().map(ToString::to_string).collect();
    let who = if silence.created_by.is_empty() { "somebody" } else { &silence.created_by };
    Event {
        kind: "silence".to_owned(),
        title: cut(&format!("{who} silenced {{{}}}", about.join(", ")), limits::EVENT_TITLE_BYTES_MAX),
        text: silence.comment.clone(),
        ..open_event(silence_key(silence), silence.starts_ms)
    }
}

/// An event that goes on.
fn open_event(key: String, start_ms: i64) -> Event {
    Event {
        id: 0,
        key: Some(key),
        kind: String::new(),
        title: String::new(),
        text: String::new(),
        severity: Severity::Info,
        tags: Vec::new(),
        series: None,
        value: None,
        rule: None,
        start_ms,
        end_ms: None,
        source: Source::Alarm,
        status: Status::Open,
        revision: 0,
        parents: Vec::new(),
    }
}

/// The start of a text, at most so many bytes of it.
fn cut(text: &str, bytes_max: usize) -> String {
    let end = (0..=bytes_max.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}
