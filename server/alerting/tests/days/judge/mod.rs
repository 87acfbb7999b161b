//! Compares what receivers got with what they were to get.
//!
//! Each message is judged when it is sent and when it arrives: what it tells was true when it was decided and is not over
//! before it goes out, tells something that the receiver does not know or is due to be repeated, comes in its turn, and
//! was stored before. At the end of the day nothing may be missing.

mod end;
mod health;
mod posted;
mod sight;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_alerting::{LogEntry, LogKind, Member, Message, MessageId};
use plumbago_rules::{AlarmChange, Fingerprint, Labels, Transition};

use crate::network::{Place, place};
use crate::reference::{Change, Kind};
use crate::routes::Alerting;
use health::Health;
pub(crate) use sight::Silence;
use sight::{Key, Sights};

/// What was counted, so that a run which agrees on nothing is noticed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) changes: u64,
    pub(crate) received: u64,
    pub(crate) again: u64,
    pub(crate) repeats: u64,
    pub(crate) doubtful: u64,
    pub(crate) digests: u64,
    pub(crate) caught_up: u64,
    pub(crate) deadlines: u64,
    pub(crate) deaths: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        self.changes += other.changes;
        self.received += other.received;
        self.again += other.again;
        self.repeats += other.repeats;
        self.doubtful += other.doubtful;
        self.digests += other.digests;
        self.caught_up += other.caught_up;
        self.deadlines += other.deadlines;
        self.deaths += other.deaths;
    }
}

/// What a place was told of an alarm.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Heard {
    Firing {
        starts_ms: i64,
        rank: usize,
    },
    Over,
    /// It has refused the message: nobody knows what it knows.
    Refused,
}

/// A message that was sent.
struct Posted {
    message: Arc<Message>,
    is_received: bool,
    is_recorded: bool,
}

/// A message in few words.
pub(crate) fn shown(message: &Message) -> String {
    let alarm = |member: &Member| {
        let text = |name: &str| member.labels.get(name).map_or("", String::as_str).to_owned();
        let (name, series, severity) = (text("alertname"), text("series"), text("severity"));
        format!("{:?} {name} {series} {severity} since {}", member.status, member.starts_at_ms / 1000)
    };
    let alarms: Vec<String> = message.alarms.iter().map(alarm).collect();
    let (id, to, key) = (message.id.0, place(message), &message.group_key);
    format!("{:?} {id} to {to:?} {key} [{}]", message.purpose, alarms.join("; "))
}

/// The last message of a group to a place.
#[derive(Default)]
struct Last {
    id: Option<MessageId>,
    said_clock_ms: Option<i64>,
    is_in_doubt: bool,
}

/// What a message was decided on.
struct Queued {
    decided_ms: i64,
    place: Place,
    firing: Vec<Fingerprint>,
}

pub(crate) struct Judge {
    alerting: Alerting,
    pub(crate) sights: Sights,
    health: Health,
    pub(crate) is_down: bool,
    is_caught_up: bool,
    clock_max_ms: i64,
    heard: BTreeMap<(usize, Key), Vec<(i64, Heard)>>,
    posted: BTreeMap<MessageId, Posted>,
    queued: BTreeMap<MessageId, Queued>,
    flying: BTreeSet<MessageId>,
    last: BTreeMap<(Place, Arc<str>), Last>,
    /// Messages by which a place may have heard that an alarm fires, though nobody knows.
    maybe: BTreeMap<(usize, Key), BTreeSet<MessageId>>,
    /// Attempts of which it is certain that nothing arrived, until that is stored.
    certain: Vec<MessageId>,
    unclear: BTreeSet<MessageId>,
    /// When a place's messages were withheld.
    withheld: BTreeMap<Place, Vec<i64>>,
    /// By alarm: until when it is acknowledged, by the server's clock.
    pub(crate) acknowledged: BTreeMap<Fingerprint, i64>,
    ever_acknowledged: BTreeSet<Fingerprint>,
    /// Alarms that fire in a time that is gone through again.
    held: BTreeMap<Fingerprint, i64>,
    /// What came and went there, and what is to be told of it to whom.
    gap: BTreeMap<(Fingerprint, i64), Labels>,
    gap_due: BTreeMap<(Place, Fingerprint, i64), i64>,
    gap_known: BTreeSet<(Fingerprint, i64)>,
    /// By receiver, of all files of the day: the shortest and the longest time after which the same is said again, and the
    /// longest that a group waits for its turn.
    repeat_ms: Vec<(i64, i64)>,
    turn_ms: Vec<i64>,
    reloads: Vec<i64>,
    pub(crate) faults: Vec<String>,
    pub(crate) counts: Counts,
}

impl Judge {
    pub(crate) fn new(alerting: &Alerting) -> Judge {
        let repeat_ms = alerting.routes.iter().map(|route| (route.repeat_ms, route.repeat_ms)).collect();
        Judge {
            alerting: alerting.clone(),
            sights: Sights::default(),
            health: Health::default(),
            is_down: true,
            is_caught_up: false,
            clock_max_ms: i64::MIN,
            heard: BTreeMap::new(),
            posted: BTreeMap::new(),
            queued: BTreeMap::new(),
            flying: BTreeSet::new(),
            last: BTreeMap::new(),
            maybe: BTreeMap::new(),
            certain: Vec::new(),
            unclear: BTreeSet::new(),
            withheld: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
            ever_acknowledged: BTreeSet::new(),
            held: BTreeMap::new(),
            gap: BTreeMap::new(),
            gap_due: BTreeMap::new(),
            gap_known: BTreeSet::new(),
            repeat_ms,
            turn_ms: alerting.routes.iter().map(|route| route.wait_ms.max(route.interval_ms)).collect(),
            reloads: Vec::new(),
            faults: Vec::new(),
            counts: Counts::default(),
        }
    }

    fn fault(&mut self, text: String) {
        self.faults.push(text);
    }

    /// What the core told must be what the reference says.
    pub(crate) fn compare(
        &self,
        expected: &[Change],
        told: &[Transition],
        is_replayed: bool,
    ) -> Result<(), String> {
        let found = told.iter().filter_map(|transition| {
            let kind = match transition.change {
                AlarmChange::Fired => Kind::Fired,
                AlarmChange::Raised => Kind::Raised,
                AlarmChange::Lowered => Kind::Lowered,
                AlarmChange::Resolved { .. } => Kind::Resolved,
                AlarmChange::Pending | AlarmChange::Calmed | AlarmChange::Reworded => return None,
            };
            Some(Change {
                fingerprint: transition.fingerprint,
                labels: (*transition.labels).clone(),
                kind,
                at: transition.at_ms / 1000,
                starts: transition.starts_at_ms / 1000,
            })
        });
        let mut found: Vec<Change> = found.collect();
        let mut expected = expected.to_vec();
        // Several alarms of one moment may come in any order.
        found.sort_by_key(|change| change.fingerprint);
        expected.sort_by_key(|change| change.fingerprint);
        if found != expected {
            return Err(format!("the core tells {found:#?} where the contract says {expected:#?}"));
        }
        match told.iter().find(|transition| transition.is_replayed != is_replayed) {
            Some(transition) => Err(format!("replayed is {is_replayed} and not as in {transition:?}")),
            None => Ok(()),
        }
    }

    /// A change of an alarm has become durable.
    pub(crate) fn changed(&mut self, change: &Change, is_replayed: bool) {
        self.counts.changes += 1;
        self.sights.changed(change);
        if matches!(change.kind, Kind::Resolved | Kind::Raised) {
            self.acknowledged.remove(&change.fingerprint);
        }
        let is_replayed = is_replayed && !self.is_caught_up;
        let starts_ms = change.starts * 1000;
        match change.kind {
            Kind::Fired if is_replayed => _ = self.held.insert(change.fingerprint, starts_ms),
            Kind::Resolved => {
                // "What fires at its end is notified as usual; what fired and resolved inside it goes out as one digest": a
                // gap ends when all of it is gone through. What began in it and was not told because of that, and is over
                // before, is inside it, also if the slot that ends it was due after the start.
                let held = self.held.remove(&change.fingerprint);
                self.gap_known
                    .extend((is_replayed || held.is_some()).then_some((change.fingerprint, starts_ms)));
                self.gap
                    .extend(held.map(|starts_ms| ((change.fingerprint, starts_ms), change.labels.clone())));
            }
            // What changes after the gap is told as usual, also while the gap is being gone through.
            Kind::Raised | Kind::Lowered if !is_replayed => _ = self.held.remove(&change.fingerprint),
            _ => {}
        }
    }

    /// A transaction is stored: what was queued in it, and which attempts it records.
    pub(crate) fn stored(&mut self, log: &[LogEntry], sent: &[MessageId], now_ms: i64, is_idle: bool) {
        for entry in log {
            let receiver = entry.to.receiver.trim_start_matches('r').parse().unwrap_or(usize::MAX);
            let place = (receiver, entry.to.integration);
            match (entry.kind, entry.message) {
                (LogKind::Queued, Some(id)) => {
                    let firing = entry.alarms.iter().take(entry.firing).copied().collect();
                    self.queued.insert(id, Queued { decided_ms: now_ms, place, firing });
                }
                (LogKind::Withheld, _) => self.withheld.entry(place).or_default().push(now_ms),
                _ => {}
            }
        }
        for id in sent {
            let Some(posted) = self.posted.get_mut(id) else { continue };
            posted.is_recorded = true;
            let to = (place(&posted.message), posted.message.group_key.clone());
            let at_ms = log.iter().find(|entry| entry.message == Some(*id) && entry.kind == LogKind::Sent);
            let last = self.last.entry(to).or_default();
            last.said_clock_ms = at_ms.map(|entry| entry.at_ms).or(last.said_clock_ms);
            if last.id == Some(*id) {
                last.is_in_doubt = false;
            }
            self.queued.remove(id);
        }
        for id in std::mem::take(&mut self.certain) {
            if !self.unclear.contains(&id) {
                self.maybe.values_mut().for_each(|ids| _ = ids.remove(&id));
            }
        }
        self.caught_up(is_idle, now_ms);
    }

    /// All time that has passed is gone through, if the core has nothing to do.
    pub(crate) fn caught_up(&mut self, is_idle: bool, now_ms: i64) {
        if is_idle && !std::mem::replace(&mut self.is_caught_up, true) {
            self.gap_is_due(now_ms);
        }
    }

    /// What came and went while nobody looked is to be told once.
    fn gap_is_due(&mut self, now_ms: i64) {
        for ((fingerprint, starts_ms), labels) in std::mem::take(&mut self.gap) {
            let is_known = self.heard.iter().any(|((_, key), heard)| {
                key.fingerprint == fingerprint && !matches!(heard.last(), Some((_, Heard::Over)) | None)
            });
            let is_doubtful =
                self.maybe.iter().any(|((_, key), ids)| key.fingerprint == fingerprint && !ids.is_empty());
            if is_known || is_doubtful || self.sights.is_silenced(&labels, self.clock_max_ms) {
                continue;
            }
            for receiver in self.alerting.receivers(&labels) {
                for integration in 0..self.alerting.integrations[receiver].len() {
                    self.gap_due.insert(((receiver, integration), fingerprint, starts_ms), now_ms);
                }
            }
        }
        self.held.clear();
    }

    /// Looks at who is to be told of what, and who can be.
    pub(crate) fn refresh(&mut self, now_ms: i64, clock_ms: i64, alerting: &Alerting) {
        self.sights.refresh(now_ms, clock_ms, alerting);
        self.acknowledged.retain(|_, until_ms| clock_ms < *until_ms);
        self.clock_max_ms = self.clock_max_ms.max(clock_ms);
    }

    /// How the world is from now on.
    pub(crate) fn observe(
        &mut self,
        now_ms: i64,
        clock_ms: i64,
        is_failing: bool,
        is_up: impl Fn(Place) -> bool,
    ) {
        let is_bad = is_failing || self.is_down || !self.is_caught_up || clock_ms < self.clock_max_ms;
        self.clock_max_ms = self.clock_max_ms.max(clock_ms);
        for receiver in 0..self.alerting.integrations.len() {
            for integration in 0..self.alerting.integrations[receiver].len() {
                let place = (receiver, integration);
                self.health.observe(place, is_bad || !is_up(place), now_ms);
            }
        }
    }

    pub(crate) fn died(&mut self) {
        self.counts.deaths += 1;
        self.is_down = true;
        self.unclear.extend(std::mem::take(&mut self.flying));
        self.forgot();
    }

    /// The notifier is what the rows say: what was to be sent may have been, for all it knows.
    pub(crate) fn rebuilt(&mut self) {
        self.forgot();
    }

    fn forgot(&mut self) {
        self.is_caught_up = false;
        self.certain.clear();
        let mut doubted = Vec::new();
        for (id, queued) in &self.queued {
            self.unclear.insert(*id);
            for fingerprint in &queued.firing {
                let Some(labels) = self.sights.labels(*fingerprint) else { continue };
                let receiver = queued.place.0;
                let group = self.alerting.routes[receiver].group(labels);
                doubted.push(((queued.place.1, Key { receiver, fingerprint: *fingerprint, group }), *id));
            }
        }
        for (key, id) in doubted {
            self.maybe.entry(key).or_default().insert(id);
        }
        self.last.values_mut().for_each(|last| last.is_in_doubt = true);
    }

    pub(crate) fn reloaded(&mut self, now_ms: i64, alerting: &Alerting) {
        self.alerting = alerting.clone();
        for (repeat, route) in self.repeat_ms.iter_mut().zip(&alerting.routes) {
            *repeat = (repeat.0.min(route.repeat_ms), repeat.1.max(route.repeat_ms));
        }
        for (turn, route) in self.turn_ms.iter_mut().zip(&alerting.routes) {
            *turn = (*turn).max(route.wait_ms).max(route.interval_ms);
        }
        self.reloads.push(now_ms);
        self.sights.reloaded();
    }

    /// Somebody knows of an alarm.
    pub(crate) fn acknowledge(&mut self, fingerprint: Fingerprint, until_ms: Option<i64>) {
        self.acknowledged.insert(fingerprint, until_ms.unwrap_or(i64::MAX));
        self.ever_acknowledged.insert(fingerprint);
    }
}
