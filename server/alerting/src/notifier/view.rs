//! What is to be seen of a notifier: alarms with who is told of them, groups, silences, messages that wait.

use std::sync::Arc;

use plumbago_rules::{Fingerprint, Labels};
use serde::{Deserialize, Serialize};

use super::Notifier;
use crate::alarm::Alarm;
use crate::config::Alerting;
use crate::message::Message;
use crate::pipeline::acknowledge::Acknowledgement;
use crate::pipeline::mute::muted_by;
use crate::pipeline::silence::Silence;

/// Whether somebody is told of an alarm, as Alertmanager says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlarmState {
    /// It is of a time that is gone through again after a start.
    Unprocessed,
    /// Receivers are told.
    Active,
    /// A silence, another alarm or the time of day keeps them from being told.
    Suppressed,
}

/// An alarm that fires.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmView {
    /// Which one.
    pub fingerprint: Fingerprint,
    /// Its labels, `severity` among them.
    pub labels: Arc<Labels>,
    /// Texts about it.
    pub annotations: Arc<Labels>,
    /// The first slot in which its condition held, in milliseconds since the epoch.
    pub starts_at_ms: i64,
    /// When it last changed, in milliseconds since the epoch.
    pub updated_ms: i64,
    /// The value that decided it last.
    pub value: Option<f64>,
    /// The series it is about.
    pub series: Option<Arc<str>>,
    /// What links to a graph show.
    pub expression: Arc<str>,
    /// The rule, `file/group/rule`.
    pub rule: Arc<str>,
    /// Whether somebody is told.
    pub state: AlarmState,
    /// Ids of silences that keep it back.
    pub silenced_by: Vec<Arc<str>>,
    /// Alarms that keep it back.
    pub inhibited_by: Vec<Fingerprint>,
    /// Time intervals that keep it back in one of its groups.
    pub muted_by: Vec<Arc<str>>,
    /// Receivers that its labels lead to, in the order of the routes.
    pub receivers: Vec<Arc<str>>,
    /// Who knows of it.
    pub acknowledgement: Option<Acknowledgement>,
}

/// A group of alarms.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupView {
    /// Who is told.
    pub receiver: Arc<str>,
    /// Alertmanager's `groupKey`.
    pub key: Arc<str>,
    /// Labels that it shares.
    pub labels: Arc<Labels>,
    /// Its alarms that fire.
    pub alarms: Vec<Fingerprint>,
    /// When it was looked at last, in milliseconds since the epoch; nothing: not yet.
    pub flushed_ms: Option<i64>,
    /// When it is looked at next; nothing: when something changes.
    pub next_ms: Option<i64>,
}

/// A message that is not sent yet.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxView {
    /// The message.
    pub message: Arc<Message>,
    /// Attempts so far.
    pub attempts: u32,
    /// When the next one is due, in milliseconds since the epoch.
    pub next_ms: i64,
    /// Whether it is on its way.
    pub is_in_flight: bool,
}

impl Notifier {
    /// The file.
    pub fn alerting(&self) -> &Arc<Alerting> {
        &self.alerting
    }

    /// Whether [`Notifier::caught_up`] is still to be called.
    pub fn is_catching_up(&self) -> bool {
        self.is_catching_up
    }

    /// Alarms that fire, in the order of their fingerprints.
    pub fn alarms(&self, now_ms: i64) -> Vec<AlarmView> {
        let firing = self.state.alarms.iter().filter(|(_, alarm)| alarm.is_firing());
        firing.map(|(one, alarm)| self.view(*one, alarm, now_ms)).collect()
    }

    /// One that fires.
    pub fn alarm(&self, one: Fingerprint, now_ms: i64) -> Option<AlarmView> {
        let alarm = self.state.alarms.get(&one).filter(|alarm| alarm.is_firing())?;
        Some(self.view(one, alarm, now_ms))
    }

    /// Groups in which something fires, in the order of their labels and receivers.
    pub fn groups(&self) -> Vec<GroupView> {
        let is_firing = |one: &&Fingerprint| self.state.alarms.get(one).is_some_and(Alarm::is_firing);
        let views = self.state.groups.values().map(|group| GroupView {
            receiver: group.receiver.clone(),
            key: group.key.clone(),
            labels: group.labels.clone(),
            alarms: group.members.iter().filter(is_firing).copied().collect(),
            flushed_ms: group.flushed_ms,
            next_ms: (group.next_ms < i64::MAX).then_some(group.next_ms),
        });
        let mut groups: Vec<GroupView> = views.filter(|group| !group.alarms.is_empty()).collect();
        groups.sort_by(|a, b| (&a.labels, &a.receiver, &a.key).cmp(&(&b.labels, &b.receiver, &b.key)));
        groups
    }

    /// Silences, those that have ended in the last days among them, in the order of their ids.
    pub fn silences(&self) -> impl Iterator<Item = &Silence> {
        self.state.silences.iter()
    }

    /// One of them.
    pub fn find_silence(&self, id: &str) -> Option<&Silence> {
        self.state.silences.get(id)
    }

    /// Names of receivers, in their order.
    pub fn receivers(&self) -> impl Iterator<Item = &Arc<str>> {
        self.alerting.receivers.keys()
    }

    /// Messages that were withheld and that no digest has told of yet.
    pub fn withheld(&self) -> u64 {
        self.state.paces.values().map(|pace| pace.withheld).sum()
    }

    fn view(&self, one: Fingerprint, alarm: &Alarm, now_ms: i64) -> AlarmView {
        let silenced_by = self.state.silences.silenced_by(&alarm.labels, now_ms);
        let inhibited_by = self.inhibitor.inhibited_by(&self.alerting.inhibit_rules, &alarm.labels);
        let groups: Vec<_> = alarm.groups.iter().filter_map(|id| self.state.groups.get(id)).collect();
        let routes = groups.iter().filter_map(|group| self.alerting.routes.get(group.route?));
        let mut muting: Vec<Arc<str>> =
            routes.flat_map(|route| muted_by(&self.alerting, route, now_ms)).collect();
        muting.sort_unstable();
        muting.dedup();
        let mut receivers: Vec<Arc<str>> = Vec::new();
        for group in &groups {
            if !receivers.contains(&group.receiver) {
                receivers.push(group.receiver.clone());
            }
        }
        let is_free = silenced_by.is_empty() && inhibited_by.is_empty() && muting.is_empty();
        AlarmView {
            fingerprint: one,
            labels: alarm.labels.clone(),
            annotations: alarm.annotations.clone(),
            starts_at_ms: alarm.starts_at_ms,
            updated_ms: alarm.updated_ms,
            value: alarm.value,
            series: alarm.series.clone(),
            expression: alarm.expression.clone(),
            rule: alarm.rule.clone(),
            state: match (alarm.is_held, is_free) {
                (true, _) => AlarmState::Unprocessed,
                (false, true) => AlarmState::Active,
                (false, false) => AlarmState::Suppressed,
            },
            silenced_by,
            inhibited_by,
            muted_by: muting,
            receivers,
            acknowledgement: self.state.acknowledgements.all.get(&one).cloned(),
        }
    }
}
