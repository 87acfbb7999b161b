//! What a dry run came to, for people and for programs: counts for each receiver, the first messages, and what was held back
//! first.
//!
//! Invariant: a report is bounded, however long the history. The same history is the same report.

use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::{Fingerprint, Labels};
use serde::{Deserialize, Serialize};

use super::{DryNews, SentMessage};
use crate::config::Alerting;
use crate::message::{AlarmStatus, Member};
use crate::notifier::{HeldCause, SentReason};

/// Alarms of a message that are shown.
pub(super) const ALARMS_SHOWN_MAX: usize = 20;

/// What there would have been.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notifications {
    /// Messages.
    pub sent_in_all: u64,
    /// Alarms, and for the rate cap messages, that were held back from a receiver.
    pub held_in_all: u64,
    /// Each thing that a receiver sends to, in the order of their names and of the file.
    pub receivers: Vec<ReceiverTally>,
    /// The first messages, at most 1000.
    pub sent: Vec<Notification>,
    /// What was held back first, at most 1000.
    pub held: Vec<Held>,
}

/// How often one thing that a receiver sends to would have been used, and what the receiver would not have been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverTally {
    /// As the file names it.
    pub receiver: Arc<str>,
    /// Its position among all of the receiver's `*_configs`.
    pub place: usize,
    /// Its kind: `webhook`, `email`, …; of a receiver without any, empty.
    pub kind: String,
    /// Messages.
    pub sent: u64,
    /// Those in which something new fires.
    pub firing: u64,
    /// Those in which nothing new fires and something is over.
    pub resolved: u64,
    /// Those that say the same again.
    pub repeats: u64,
    /// Digests of what the rate cap withheld.
    pub digests: u64,
    /// Alarms that another one held back from the receiver.
    pub inhibited: u64,
    /// Alarms that a silence held back from it.
    pub silenced: u64,
    /// Alarms that the time of day held back from it.
    pub muted: u64,
    /// Messages that the rate cap left to a digest.
    pub capped: u64,
    /// Alarms that were over before it was told.
    pub unsent: u64,
}

/// A message that would have been sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// To whom.
    pub receiver: Arc<str>,
    /// The position among all of the receiver's `*_configs`.
    pub place: usize,
    /// Why.
    pub reason: SentReason,
    /// Firing until all of the group is resolved.
    pub status: AlarmStatus,
    /// Alertmanager's `groupKey`.
    pub group_key: Arc<str>,
    /// Labels by which the route groups, with their values.
    pub group_labels: Arc<Labels>,
    /// Its first alarms: those that fire before those that are over.
    pub alarms: Vec<ToldAlarm>,
    /// How many alarms it is about, those included that are not shown.
    pub alarms_in_all: usize,
}

/// An alarm in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldAlarm {
    /// Which one.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub status: AlarmStatus,
    /// Its labels, `severity` among them.
    pub labels: Arc<Labels>,
    /// Texts about it.
    pub annotations: Arc<Labels>,
    /// The first slot in which its condition held, in milliseconds since the epoch.
    pub starts_at_ms: i64,
    /// The first slot in which it did not any more, in milliseconds since the epoch.
    pub ends_at_ms: Option<i64>,
}

/// Somebody who would not have been told of something, at least for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When, in milliseconds since the epoch: for the first time since the alarm fired.
    pub at_ms: i64,
    /// Who.
    pub receiver: Arc<str>,
    /// The position among all of the receiver's `*_configs`, where it is about one of them.
    pub place: Option<usize>,
    /// Why.
    pub cause: HeldCause,
    /// Ids of silences, fingerprints of alarms, names of time intervals.
    pub by: Vec<String>,
    /// Alertmanager's `groupKey`.
    pub group_key: Arc<str>,
    /// What it is about, or the first of it.
    pub alarms: Vec<HeldAlarm>,
    /// How many alarms, or for the rate cap messages, that is.
    pub count: u64,
}

/// An alarm that was held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldAlarm {
    /// Which one.
    pub fingerprint: Fingerprint,
    /// Its labels.
    pub labels: Arc<Labels>,
}

impl Notifications {
    /// Nothing yet.
    pub fn new(alerting: &Alerting) -> Notifications {
        Notifications { receivers: tallies(alerting), ..Notifications::default() }
    }

    /// Counts something, and lists it if there is room.
    pub fn add(&mut self, news: DryNews) {
        match news {
            DryNews::Sent(sent) => {
                self.sent_in_all += 1;
                if let Some(tally) = self.tally(&sent) {
                    tally.count(sent.reason);
                }
                if self.sent.len() < limits::EVENTS_PER_PAGE_MAX {
                    self.sent.push(Notification::of(&sent, ALARMS_SHOWN_MAX));
                }
            }
            DryNews::Held(held) => {
                self.held_in_all = self.held_in_all.saturating_add(held.count);
                let is_here = |tally: &&mut ReceiverTally| {
                    tally.receiver == held.receiver && held.place.is_none_or(|place| place == tally.place)
                };
                self.receivers.iter_mut().filter(is_here).for_each(|tally| tally.count_held(&held));
                if self.held.len() < limits::EVENTS_PER_PAGE_MAX {
                    self.held.push(held);
                }
            }
        }
    }

    fn tally(&mut self, sent: &SentMessage) -> Option<&mut ReceiverTally> {
        let to = &sent.message.to;
        self.receivers.iter_mut().find(|one| one.receiver == to.receiver && one.place == to.integration)
    }

    /// The kind of what a message is sent by.
    pub fn kind(&self, receiver: &str, place: usize) -> &str {
        let found = self.receivers.iter().find(|one| &*one.receiver == receiver && one.place == place);
        found.map_or("", |one| &one.kind)
    }
}

/// Every place of a file, with nothing counted yet.
pub(super) fn tallies(alerting: &Alerting) -> Vec<ReceiverTally> {
    let mut tallies = Vec::new();
    for receiver in alerting.receivers.values() {
        let kinds: Vec<&str> = match receiver.integrations.as_slice() {
            [] => vec![""],
            integrations => integrations.iter().map(|integration| integration.name()).collect(),
        };
        for (place, kind) in kinds.into_iter().enumerate() {
            tallies.push(ReceiverTally::new(&receiver.name, place, kind));
        }
    }
    tallies
}

impl ReceiverTally {
    fn new(receiver: &Arc<str>, place: usize, kind: &str) -> ReceiverTally {
        ReceiverTally {
            receiver: receiver.clone(),
            place,
            kind: kind.to_owned(),
            sent: 0,
            firing: 0,
            resolved: 0,
            repeats: 0,
            digests: 0,
            inhibited: 0,
            silenced: 0,
            muted: 0,
            capped: 0,
            unsent: 0,
        }
    }

    fn count(&mut self, reason: SentReason) {
        self.sent += 1;
        *match reason {
            SentReason::Firing => &mut self.firing,
            SentReason::Resolved => &mut self.resolved,
            SentReason::Repeat => &mut self.repeats,
            SentReason::Digest => &mut self.digests,
        } += 1;
    }

    fn count_held(&mut self, held: &Held) {
        let count = match held.cause {
            HeldCause::Inhibited => &mut self.inhibited,
            HeldCause::Silenced => &mut self.silenced,
            HeldCause::Muted => &mut self.muted,
            HeldCause::Capped => &mut self.capped,
            HeldCause::Unsent => &mut self.unsent,
        };
        *count = count.saturating_add(held.count);
    }

    /// Alarms and messages that were held back.
    pub fn held(&self) -> u64 {
        self.inhibited + self.silenced + self.muted + self.capped + self.unsent
    }
}

impl Notification {
    /// As it is shown, with its first alarms.
    pub(super) fn of(sent: &SentMessage, alarms_max: usize) -> Notification {
        let message = &sent.message;
        Notification {
            at_ms: sent.at_ms,
            receiver: message.to.receiver.clone(),
            place: message.to.integration,
            reason: sent.reason,
            status: message.status(),
            group_key: message.group_key.clone(),
            group_labels: message.group_labels.clone(),
            alarms: message.alarms.iter().take(alarms_max).map(ToldAlarm::of).collect(),
            alarms_in_all: message.alarms.len().saturating_add(message.truncated),
        }
    }
}

impl ToldAlarm {
    fn of(member: &Member) -> ToldAlarm {
        ToldAlarm {
            fingerprint: member.fingerprint,
            status: member.status,
            labels: member.labels.clone(),
            annotations: member.annotations.clone(),
            starts_at_ms: member.starts_at_ms,
            ends_at_ms: member.ends_at_ms,
        }
    }
}
