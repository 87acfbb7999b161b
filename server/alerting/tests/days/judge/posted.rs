//! What is asked of each message when it goes out, when it arrives, and when its attempt has ended.
//!
//! Invariant: a message is judged by what was to be seen when it was decided, and by what its place had heard before. What
//! is missing at the end of the day is left to `end`.

use std::sync::Arc;

use plumbago_alerting::{AlarmStatus, Member, Message, MessageId, Outcome, Purpose};

use super::sight::{Key, Sight, rank};
use super::{Heard, Judge, Posted, shown};
use crate::network::{Place, place};

impl Judge {
    /// An attempt has ended; what that comes to counts once it is stored.
    pub(crate) fn answered(&mut self, id: MessageId, outcome: &Outcome, now_ms: i64) {
        self.flying.remove(&id);
        match outcome {
            Outcome::Unclear { .. } => _ = self.unclear.insert(id),
            Outcome::Retry { .. } | Outcome::Refused { .. } => self.certain.push(id),
            Outcome::Sent => {}
        }
        if let Outcome::Retry { after_ms: Some(after_ms), .. } = outcome
            && let Some(posted) = self.posted.get(&id)
        {
            let place = place(&posted.message);
            self.health.excuse(place, now_ms, now_ms + *after_ms as i64);
        }
    }

    /// A message goes out.
    pub(crate) fn attempt(&mut self, message: &Arc<Message>, now_ms: i64, is_there: bool, is_refused: bool) {
        let to = place(message);
        if !self.flying.insert(message.id) {
            self.fault(format!("{} is sent twice at once", shown(message)));
        }
        if !self.queued.contains_key(&message.id) {
            self.fault(format!(
                "{} is sent, and nothing of it is stored, or it was sent before",
                shown(message)
            ));
        }
        self.check_turn(message, to);
        let posted = Posted { message: message.clone(), is_received: false, is_recorded: false };
        let before = self.posted.entry(message.id).or_insert(posted);
        if *before.message != **message {
            let text = format!("{} is not what it was: {}", shown(message), shown(&before.message));
            self.fault(text);
        }
        if message.purpose == Purpose::Group {
            self.check_before(message, now_ms);
        }
        let keys: Vec<_> = self.firing(message).map(|member| (to.1, self.key(message, member))).collect();
        for key in keys {
            if is_refused && message.purpose != Purpose::CaughtUp {
                self.heard.entry(key.clone()).or_default().push((now_ms, Heard::Refused));
            }
            self.maybe.entry(key).or_default().insert(message.id);
        }
        if is_refused {
            for member in message.alarms.iter().filter(|member| member.status == AlarmStatus::Resolved) {
                let key = (to.1, self.key(message, member));
                self.heard.entry(key).or_default().push((now_ms, Heard::Refused));
                self.gap_due.remove(&(to, member.fingerprint, member.starts_at_ms));
            }
        }
        if is_there {
            self.receive(message, now_ms);
        }
    }

    fn firing<'m>(&self, message: &'m Message) -> impl Iterator<Item = &'m Member> + use<'m> {
        message.alarms.iter().filter(|member| member.status == AlarmStatus::Firing)
    }

    fn key(&self, message: &Message, member: &Member) -> Key {
        let receiver = place(message).0;
        let group = match message.purpose {
            Purpose::Group => (*message.group_labels).clone(),
            _ => self.alerting.routes[receiver].group(&member.labels),
        };
        Key { receiver, fingerprint: member.fingerprint, group }
    }

    /// Messages of a group come in their order, one at a time.
    fn check_turn(&mut self, message: &Arc<Message>, to: Place) {
        let last = self.last.entry((to, message.group_key.clone())).or_default();
        let before = last.id.replace(message.id);
        if message.purpose == Purpose::Group {
            let other = before.filter(|before| *before != message.id && self.flying.contains(before));
            if other.is_some() || before > Some(message.id) {
                self.fault(format!("{} goes out after, or beside, {before:?}", shown(message)));
            }
        }
    }

    /// Nothing goes out of what is over or kept back already, unless its receiver may know of it.
    fn check_before(&mut self, message: &Arc<Message>, now_ms: i64) {
        for member in self.firing(message) {
            let key = self.key(message, member);
            let known = (message.to.integration, key.clone());
            let is_known = self
                .heard
                .get(&known)
                .is_some_and(|heard| matches!(heard.last(), Some((_, Heard::Firing { .. }))))
                || self.maybe.get(&known).is_some_and(|ids| !ids.is_empty());
            let sight = self.sights.at(&key, now_ms);
            if !is_known && !matches!(sight, Sight::Visible { .. }) {
                self.fault(format!(
                    "{} goes out, and {} is {sight:?} already",
                    shown(message),
                    member.fingerprint
                ));
            }
        }
    }

    /// A message is there.
    fn receive(&mut self, message: &Arc<Message>, now_ms: i64) {
        let to = place(message);
        let Some(posted) = self.posted.get_mut(&message.id) else { return };
        let was_received = std::mem::replace(&mut posted.is_received, true);
        if was_received {
            self.counts.again += 1;
            if posted.is_recorded {
                self.fault(format!("{} is repeated though it is known to be there", shown(message)));
            }
            return;
        }
        self.counts.received += 1;
        let decided_ms = self.queued.get(&message.id).map_or(now_ms, |queued| queued.decided_ms);
        match message.purpose {
            Purpose::Group => self.check_news(message, to),
            Purpose::Digest => self.counts.digests += 1,
            Purpose::CaughtUp => return self.check_gap(message, to),
            Purpose::Test => self.fault(format!("nobody has asked for {}", shown(message))),
        }
        for member in &message.alarms {
            let key = self.key(message, member);
            let heard = match member.status {
                AlarmStatus::Firing => self.check_firing(message, member, &key, decided_ms),
                AlarmStatus::Resolved => self.check_resolved(message, member, &key, decided_ms),
            };
            let known = (to.1, key);
            if heard == Heard::Over {
                self.maybe.remove(&known);
            }
            self.heard.entry(known).or_default().push((now_ms, heard));
        }
    }

    /// What came and went while nobody looked, and nothing else, and once.
    fn check_gap(&mut self, message: &Arc<Message>, to: Place) {
        self.counts.caught_up += 1;
        for member in &message.alarms {
            self.gap_due.remove(&(to, member.fingerprint, member.starts_at_ms));
            let is_known = self.gap_known.contains(&(member.fingerprint, member.starts_at_ms));
            if !is_known || member.status != AlarmStatus::Resolved {
                self.fault(format!("{}: {member:?} did not come and go while nobody looked", shown(message)));
            }
        }
    }

    /// A message has news, or its time to be repeated has come.
    fn check_news(&mut self, message: &Arc<Message>, to: Place) {
        let is_news = |member: &Member| {
            let key = self.key(message, member);
            let heard = self.heard.get(&(to.1, key.clone())).and_then(|heard| heard.last());
            match (member.status, heard) {
                (AlarmStatus::Resolved, _) => true,
                (AlarmStatus::Firing, Some((at_ms, Heard::Firing { starts_ms, .. }))) => {
                    let (rank, starts_at_ms) = (rank(&member.labels), member.starts_at_ms);
                    *starts_ms != starts_at_ms || self.sights.has_gone_up(&key, *at_ms, rank)
                }
                (AlarmStatus::Firing, _) => true,
            }
        };
        if message.alarms.iter().any(is_news) {
            return;
        }
        let said = self.last.get(&(to, message.group_key.clone())).and_then(|last| last.said_clock_ms);
        let is_in_doubt =
            self.last.get(&(to, message.group_key.clone())).is_some_and(|last| last.is_in_doubt)
                || message.alarms.iter().any(|member| {
                    let ids = self.maybe.get(&(to.1, self.key(message, member)));
                    ids.is_some_and(|ids| ids.iter().any(|id| *id != message.id && self.unclear.contains(id)))
                });
        let is_due = said.is_some_and(|said| message.decided_ms - said >= self.repeat_ms[to.0].0);
        if is_due {
            self.counts.repeats += 1;
            let acknowledged =
                message.alarms.iter().find(|member| self.acknowledged.contains_key(&member.fingerprint));
            if let Some(member) = acknowledged {
                self.fault(format!("{member:?} is repeated though it is acknowledged"));
            }
        } else if is_in_doubt {
            self.counts.doubtful += 1;
        } else {
            self.fault(format!("{} tells nothing new, and was said at {said:?}", shown(message)));
        }
    }

    fn check_firing(&mut self, message: &Message, member: &Member, key: &Key, decided_ms: i64) -> Heard {
        let told = Sight::Visible { starts_ms: member.starts_at_ms, rank: rank(&member.labels) };
        let sight = self.sights.at(key, decided_ms);
        if sight != told {
            self.fault(format!(
                "{} tells that {} fires, and that is {sight:?}",
                shown(message),
                member.fingerprint
            ));
        }
        Heard::Firing { starts_ms: member.starts_at_ms, rank: rank(&member.labels) }
    }

    /// Whether an earlier message told the same end, and nobody knows that it arrived.
    fn may_have_ended(&self, message: &Message, member: &Member) -> bool {
        let is_same =
            |other: &&Member| (other.fingerprint, other.status) == (member.fingerprint, member.status);
        let is_doubtful = |posted: &&Posted| {
            let other = &posted.message;
            !posted.is_recorded
                && self.unclear.contains(&other.id)
                && (&other.to, &other.group_key) == (&message.to, &message.group_key)
                && other.alarms.iter().any(|other| is_same(&other))
        };
        self.posted.range(..message.id).rev().any(|(_, posted)| is_doubtful(&posted))
    }

    fn check_resolved(&mut self, message: &Message, member: &Member, key: &Key, decided_ms: i64) -> Heard {
        let sight = self.sights.at(key, decided_ms);
        if sight != Sight::Over {
            self.fault(format!(
                "{} tells that {} is over, and that is {sight:?}",
                shown(message),
                member.fingerprint
            ));
        }
        let known = (message.to.integration, key.clone());
        let is_known = matches!(
            self.heard.get(&known).and_then(|heard| heard.last()),
            Some((_, Heard::Firing { .. } | Heard::Refused))
        );
        let is_doubtful = self.maybe.get(&known).is_some_and(|ids| !ids.is_empty());
        if !is_known && !is_doubtful && !self.may_have_ended(message, member) {
            self.fault(format!(
                "{} tells the end of {}, whose beginning was never told",
                shown(message),
                member.fingerprint
            ));
        }
        if !self.alerting.integrations[key.receiver][message.to.integration] {
            self.fault(format!("{} tells an end to a receiver that does not want that", shown(message)));
        }
        Heard::Over
    }
}
