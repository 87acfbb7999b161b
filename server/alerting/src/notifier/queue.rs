//! Groups and their messages on the way to the outbox: when a group is looked at, what takes the place of what, and what
//! may be forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::Fingerprint;

use super::{INTERVAL_MS, Notifier};
use crate::alarm::Height;
use crate::effects::{LogEntry, LogKind};
use crate::message::{AlarmStatus, Member, Message, MessageId, Purpose, ReceiverPlace};
use crate::pipeline::GroupId;
use crate::pipeline::group::{News, Queue, Said, Sight, Way};
use crate::pipeline::outbox::{Entry, Origin, Progress};
use crate::rows::RowKey;

impl Notifier {
    /// Where messages of a group go.
    pub(super) fn places(&self, id: GroupId) -> Vec<ReceiverPlace> {
        let Some(group) = self.state.groups.get(&id) else { return Vec::new() };
        let count = group.queues.len();
        (0..count)
            .map(|integration| ReceiverPlace { receiver: group.receiver.clone(), integration })
            .collect()
    }

    pub(super) fn queue(&self, id: GroupId, to: &ReceiverPlace) -> Option<&Queue> {
        self.state.groups.get(&id)?.queues.get(to.integration)
    }

    /// A queue that is going to be changed.
    pub(super) fn queue_mut(&mut self, id: GroupId, integration: usize) -> Option<&mut Queue> {
        let queue = self.state.groups.get_mut(&id)?.queues.get_mut(integration)?;
        self.touched.insert(RowKey::Queue(id, integration));
        Some(queue)
    }

    /// The message of a group that is not sent yet and may be replaced; `None`: one is in flight, and the group is looked at
    /// again when that has ended.
    pub(super) fn unsent_message(&mut self, id: GroupId, to: &ReceiverPlace) -> Option<Option<MessageId>> {
        let message = self.queue(id, to)?.entry;
        let (is_in_flight, is_in_doubt) = match message.and_then(|message| self.state.outbox.get(message)) {
            Some((_, progress)) => (progress.is_in_flight, progress.is_in_doubt),
            None => (false, false),
        };
        let was_deferred = self.queue(id, to)?.is_deferred;
        if was_deferred != is_in_flight {
            self.queue_mut(id, to.integration)?.is_deferred = is_in_flight;
        }
        if is_in_doubt && !is_in_flight {
            self.doubt(id, to, message?);
        }
        (!is_in_flight).then_some(message)
    }

    /// What is in a message that may have arrived may be known: its end is to be told, and so is that it fires.
    fn doubt(&mut self, id: GroupId, to: &ReceiverPlace, message: MessageId) {
        let Some((entry, _)) = self.state.outbox.get(message) else { return };
        let firing = entry.firing.clone();
        let Some(queue) = self.queue_mut(id, to.integration) else { return };
        for (fingerprint, _) in firing {
            let said = queue.said.entry(fingerprint).or_insert(Said(Height::default(), Way::Maybe));
            if said.1 == Way::Failed {
                *said = Said(Height::default(), Way::Maybe);
            }
        }
    }

    /// Whether a message that waits says what there is to say.
    pub(super) fn says(&self, message: MessageId, sight: &Sight, news: &News) -> bool {
        let Some((entry, _)) = self.state.outbox.get(message) else { return false };
        entry.firing == sight.firing && entry.resolved == news.resolved
    }

    /// Puts a message into the outbox, in the place of one that waits there.
    pub(super) fn enqueue(
        &mut self,
        id: GroupId,
        to: &ReceiverPlace,
        sight: &Sight,
        news: News,
        is_repost: bool,
        now_ms: i64,
    ) {
        // A repetition is for what nobody has acknowledged; a receiver that forgets is told everything.
        let is_shown =
            |one: Fingerprint| !news.is_repeat || is_repost || !self.state.acknowledgements.contains(one);
        let firing = sight.firing.iter().map(|(one, _)| *one).filter(|one| is_shown(*one));
        let alarms: Vec<Member> =
            firing.chain(news.resolved.iter().copied()).filter_map(|one| self.member(id, one)).collect();
        let Some(group) = self.state.groups.get(&id) else { return };
        let (group_key, group_labels) = (group.key.clone(), group.labels.clone());
        let before = group.queues.get(to.integration).and_then(|queue| queue.entry);
        let (since_ms, progress) = match before.and_then(|before| self.state.outbox.remove(before)) {
            Some((before, progress)) => {
                self.touch_message(before.message.id);
                self.note(LogKind::Superseded, &before, 0, None, String::new(), now_ms);
                // The pause that a failing receiver is granted goes on.
                let Progress { attempts, next_ms, .. } = progress;
                (before.since_ms, Progress { attempts, next_ms, ..Progress::default() })
            }
            None => (now_ms, Progress { next_ms: now_ms, ..Progress::default() }),
        };
        let (alarms, truncated) = in_order(alarms);
        let message = Message {
            id: self.message_id(),
            to: to.clone(),
            group_key,
            group_labels,
            purpose: Purpose::Group,
            alarms,
            truncated,
            decided_ms: now_ms,
        };
        let entry = Entry {
            message: Arc::new(message),
            origin: Origin::Group(id),
            firing: sight.firing.clone(),
            resolved: news.resolved,
            since_ms,
            is_repost,
        };
        if let Some(queue) = self.queue_mut(id, to.integration) {
            queue.entry = Some(entry.message.id);
            queue.is_withheld = false;
        }
        self.post(entry, progress, String::new(), now_ms);
    }

    /// A message enters the outbox.
    pub(super) fn post(&mut self, entry: Entry, progress: Progress, reason: String, now_ms: i64) {
        self.touch_message(entry.message.id);
        if !entry.is_repost {
            self.note(LogKind::Queued, &entry, 0, None, reason, now_ms);
        }
        self.state.outbox.insert(entry, progress);
    }

    /// Takes a message back that has nothing to say any more.
    pub(super) fn withdraw(&mut self, message: MessageId, now_ms: i64) {
        if let Some(entry) = self.take_out(message) {
            self.note(LogKind::Withdrawn, &entry, 0, None, String::new(), now_ms);
        }
    }

    /// Removes a message from the outbox and from its queue.
    pub(super) fn take_out(&mut self, message: MessageId) -> Option<Entry> {
        let (entry, _) = self.state.outbox.remove(message)?;
        self.touch_message(message);
        let to = &entry.message.to;
        match entry.origin {
            Origin::Group(id) => {
                if let Some(queue) = self.queue_mut(id, to.integration) {
                    queue.entry = queue.entry.filter(|one| *one != message);
                }
            }
            Origin::Digest => {
                if let Some(pace) = self.state.paces.get_mut(to) {
                    pace.digest = None;
                }
            }
            Origin::Once => {}
        }
        Some(entry)
    }

    /// The next number.
    pub(super) fn message_id(&mut self) -> MessageId {
        let id = MessageId(self.state.next_id);
        self.state.next_id = self.state.next_id.saturating_add(1);
        self.touched.insert(RowKey::Counter);
        id
    }

    pub(super) fn touch_message(&mut self, id: MessageId) {
        self.touched.extend([RowKey::Message(id), RowKey::Progress(id)]);
    }

    /// An alarm as a message of a group shows it.
    pub(super) fn member(&self, id: GroupId, fingerprint: Fingerprint) -> Option<Member> {
        let left = self.state.groups.get(&id).and_then(|group| group.left.get(&fingerprint));
        left.cloned().or_else(|| Some(self.state.alarms.get(&fingerprint)?.member(fingerprint)))
    }

    /// The rate cap keeps a group's message back.
    pub(super) fn keep_back(&mut self, id: GroupId, to: &ReceiverPlace, now_ms: i64) {
        let Some(queue) = self.queue_mut(id, to.integration) else { return };
        if std::mem::replace(&mut queue.is_withheld, true) {
            return;
        }
        let Some(group) = self.state.groups.get(&id) else { return };
        let (key, alarms) = (group.key.clone(), group.members.iter().copied());
        let alarms = alarms.take(limits::LOG_ALARMS_MAX).collect();
        let firing = group.members.len();
        self.log.push(LogEntry {
            at_ms: now_ms,
            kind: LogKind::Withheld,
            message: None,
            to: to.clone(),
            group_key: key,
            alarms,
            firing,
            resolved: 0,
            attempt: 0,
            took_ms: None,
            reason: String::new(),
        });
    }

    /// Writes down what became of a message.
    pub(super) fn note(
        &mut self,
        kind: LogKind,
        entry: &Entry,
        attempt: u32,
        took_ms: Option<u64>,
        reason: String,
        now_ms: i64,
    ) {
        let all = entry.firing.iter().map(|(one, _)| *one).chain(entry.resolved.iter().copied());
        self.log.push(LogEntry {
            at_ms: now_ms,
            kind,
            message: Some(entry.message.id),
            to: entry.message.to.clone(),
            group_key: entry.message.group_key.clone(),
            alarms: all.take(limits::LOG_ALARMS_MAX).collect(),
            firing: entry.firing.len(),
            resolved: entry.resolved.len(),
            attempt,
            took_ms,
            reason,
        });
    }

    /// Something in a group has changed: it is looked at in its next turn.
    pub(super) fn stir(&mut self, id: GroupId, now_ms: i64) {
        let Some(group) = self.state.groups.get(&id) else { return };
        let route = group.route.and_then(|route| self.alerting.routes.get(route));
        let interval = route.map_or(INTERVAL_MS, |route| route.group_interval_ms);
        // One that was not looked at yet waits for its first turn anyway.
        if group.flushed_ms.is_some() {
            let turn = group.turn(interval, now_ms);
            self.look_by(id, turn);
        }
    }

    /// A group is looked at at a moment, or before.
    pub(super) fn look_by(&mut self, id: GroupId, at_ms: i64) {
        let next = self.state.groups.get(&id).map(|group| group.next_ms);
        if next.is_some_and(|next| at_ms < next) {
            self.set_next(id, at_ms);
        }
    }

    /// When a group is looked at next.
    pub(super) fn set_next(&mut self, id: GroupId, next_ms: i64) {
        self.due.remove(&(self.due_ms(id), id));
        if let Some(group) = self.state.groups.get_mut(&id) {
            if group.next_ms != next_ms {
                group.next_ms = next_ms;
                self.touched.insert(RowKey::Group(id));
            }
            self.due.insert((self.due_ms(id), id));
        }
    }

    /// When something is to be done about a group.
    fn due_ms(&self, id: GroupId) -> i64 {
        let turn = self.state.groups.get(&id).map_or(i64::MAX, |group| group.next_ms);
        self.reposts.get(&id).map_or(turn, |repost| turn.min(*repost))
    }

    /// After a group was looked at: when that is to happen again although nothing changes.
    pub(super) fn schedule(&mut self, id: GroupId, sight: &Sight, now_ms: i64) {
        let Some(group) = self.state.groups.get_mut(&id) else { return };
        if group.is_holding != sight.is_holding {
            group.is_holding = sight.is_holding;
            self.touched.insert(RowKey::Group(id));
        }
        if sight.is_holding {
            self.holding.insert(id)
        } else {
            self.holding.remove(&id)
        };
        let Some(group) = self.state.groups.get(&id) else { return };
        let route = group.route.and_then(|route| self.alerting.routes.get(route));
        let interval = route.map_or(INTERVAL_MS, |route| route.group_interval_ms);
        let later = now_ms.saturating_add(1);
        let is_kept = sight.is_muted && !(sight.firing.is_empty() && sight.over.is_empty());
        let mut next = if is_kept { group.turn(interval, later) } else { i64::MAX };
        let mut repost = None;
        for to in self.places(id) {
            let is_idle = self.queue(id, &to).is_some_and(|queue| queue.entry.is_none());
            let Some(at) = self.repeat_ms(id, &to, sight).filter(|_| is_idle) else { continue };
            match self.alerting.integration(&to).and_then(|integration| integration.repost_ms()) {
                Some(_) => repost = Some(repost.map_or(at, |before: i64| before.min(at)).max(later)),
                None => next = next.min(group.turn(interval, at.max(later))),
            }
        }
        // Only what looks at a group decides when that happens next: not an earlier plan.
        self.due.remove(&(self.due_ms(id), id));
        match repost {
            Some(at) => drop(self.reposts.insert(id, at)),
            None => drop(self.reposts.remove(&id)),
        }
        self.set_next(id, next);
    }

    /// Sends a group again to those of its receivers that forget.
    pub(super) fn repost(&mut self, id: GroupId, now_ms: i64) {
        let sight = self.sight(id, now_ms);
        for to in self.places(id) {
            let integration = self.alerting.integration(&to);
            if integration.is_some_and(|integration| integration.repost_ms().is_some()) {
                self.tell(id, &to, &sight, now_ms);
            }
        }
        self.settle(id);
        self.replan(id, &sight, now_ms);
    }

    /// Plans again, but keeps a turn that something has asked for.
    pub(super) fn replan(&mut self, id: GroupId, sight: &Sight, now_ms: i64) {
        let asked = self.state.groups.get(&id).map(|group| group.next_ms);
        self.schedule(id, sight, now_ms);
        if let Some(asked) = asked {
            self.look_by(id, asked);
        }
    }

    /// Looks again at messages that are not sent yet, of groups in which something is over.
    pub(super) fn review_messages(&mut self, now_ms: i64) {
        for id in std::mem::take(&mut self.review) {
            let sight = self.sight(id, now_ms);
            for to in self.places(id) {
                if self.queue(id, &to).is_some_and(|queue| queue.entry.is_some() || queue.is_deferred) {
                    self.tell(id, &to, &sight, now_ms);
                }
            }
            self.settle(id);
        }
        for ((receiver, key), alarms) in std::mem::take(&mut self.unsent) {
            self.note_unsent(&receiver, &key, &alarms, now_ms);
        }
    }

    /// Forgets what nobody has to be told any more.
    pub(super) fn settle(&mut self, id: GroupId) {
        let Some(group) = self.state.groups.get(&id) else { return };
        let is_over = |one: &&Fingerprint| self.state.alarms.get(one).is_none_or(|alarm| !alarm.is_firing());
        let over: Vec<Fingerprint> =
            group.members.iter().filter(is_over).chain(group.left.keys()).copied().collect();
        if !over.is_empty() {
            let entries = group.queues.iter().filter_map(|queue| self.state.outbox.get(queue.entry?));
            let covered: BTreeSet<Fingerprint> = entries
                .flat_map(|(entry, _)| entry.firing.iter().map(|(one, _)| one).chain(&entry.resolved))
                .copied()
                .collect();
            for one in over.into_iter().filter(|one| !covered.contains(one)) {
                self.settle_alarm(id, one);
            }
        }
        self.forget_group(id);
    }

    /// Forgets an alarm that is over, if all of its group who were told of it know.
    fn settle_alarm(&mut self, id: GroupId, one: Fingerprint) {
        let alerting = self.alerting.clone();
        for to in self.places(id) {
            let tells = alerting.integration(&to).is_some_and(|integration| integration.sends_resolved());
            let Some(said) = self.queue(id, &to).and_then(|queue| queue.said.get(&one)) else { continue };
            if !(tells && said.1.is_told())
                && let Some(queue) = self.queue_mut(id, to.integration)
            {
                queue.said.remove(&one);
            }
        }
        let group = self.state.groups.get(&id);
        if group.is_some_and(|group| !group.queues.iter().any(|queue| queue.said.contains_key(&one))) {
            self.part(id, one);
        }
    }

    /// An alarm is no member of a group any more.
    pub(super) fn part(&mut self, id: GroupId, one: Fingerprint) {
        if let Some(group) = self.state.groups.get_mut(&id) {
            if group.left.remove(&one).is_some() {
                self.touched.insert(RowKey::Left(id, one));
                return;
            }
            group.members.remove(&one);
        }
        if let Some(alarm) = self.state.alarms.get_mut(&one) {
            alarm.groups.retain(|group| *group != id);
            if !alarm.is_firing() && alarm.groups.is_empty() {
                self.state.alarms.remove(&one);
                self.touched.insert(RowKey::Alarm(one));
            }
        }
    }

    /// Forgets a group of which nobody has to be told anything.
    pub(super) fn forget_group(&mut self, id: GroupId) {
        if !self.state.groups.get(&id).is_some_and(|group| group.is_over()) {
            return;
        }
        self.due.remove(&(self.due_ms(id), id));
        self.reposts.remove(&id);
        self.holding.remove(&id);
        if let Some(group) = self.state.groups.remove(&id) {
            self.touched.insert(RowKey::Group(id));
            self.touched.extend((0..group.queues.len()).map(|place| RowKey::Queue(id, place)));
            self.group_ids.remove(&(group.receiver, group.key));
        }
    }

    /// Whether somebody was told of an alarm in a group, may have been, or is about to be.
    pub(super) fn is_known(&self, id: GroupId, one: Fingerprint) -> bool {
        let Some(group) = self.state.groups.get(&id) else { return false };
        group.queues.iter().any(|queue| {
            let is_covered = || {
                let entry = queue.entry.and_then(|entry| self.state.outbox.get(entry));
                entry.is_some_and(|(entry, _)| {
                    entry.firing.binary_search_by_key(&one, |(fingerprint, _)| *fingerprint).is_ok()
                })
            };
            queue.knows(one) || is_covered()
        })
    }

    fn note_unsent(&mut self, receiver: &Arc<str>, key: &Arc<str>, alarms: &[Fingerprint], now_ms: i64) {
        let integrations = self.alerting.receivers.get(receiver).map_or(0, |found| found.integrations.len());
        for integration in 0..integrations {
            self.log.push(LogEntry {
                at_ms: now_ms,
                kind: LogKind::Unsent,
                message: None,
                to: ReceiverPlace { receiver: receiver.clone(), integration },
                group_key: key.clone(),
                alarms: alarms.iter().take(limits::LOG_ALARMS_MAX).copied().collect(),
                firing: 0,
                resolved: alarms.len(),
                attempt: 0,
                took_ms: None,
                reason: "resolved before anybody was told".to_owned(),
            });
        }
    }
}

/// Alarms as a message shows them, those that fire first, and how many of them did not fit. At most half of it is for
/// what is over.
pub(super) fn in_order(mut alarms: Vec<Member>) -> (Vec<Member>, usize) {
    alarms.sort_by(|a, b| (a.status, &a.labels).cmp(&(b.status, &b.labels)));
    let all = alarms.len();
    let most = limits::MESSAGE_ALARMS_MAX;
    let firing = alarms.iter().filter(|alarm| alarm.status == AlarmStatus::Firing).count();
    let resolved = all.saturating_sub(firing);
    let room = most.saturating_sub(resolved.min(most / 2));
    if firing > room {
        alarms.drain(room..firing);
    }
    alarms.truncate(most);
    let truncated = all.saturating_sub(alarms.len());
    (alarms, truncated)
}
