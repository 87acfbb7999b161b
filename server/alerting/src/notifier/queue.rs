//! Messages of groups on their way to the outbox: what takes the place of what, and what is taken back.
//!
//! Invariant: a group has at most one message to a place.

use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::Fingerprint;

use super::Notifier;
use crate::alarm::Height;
use crate::effects::LogKind;
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

    /// What is in a message that may have arrived may be known: that something fires, so that its end is to be told; and
    /// that something is over, so that it is to be told if it fires again.
    fn doubt(&mut self, id: GroupId, to: &ReceiverPlace, message: MessageId) {
        let Some((entry, _)) = self.state.outbox.get(message) else { return };
        let (firing, resolved) = (entry.firing.clone(), entry.resolved.clone());
        let Some(queue) = self.queue_mut(id, to.integration) else { return };
        let maybe = Said(Height::default(), Way::Maybe);
        for (one, _) in firing {
            let said = queue.said.entry(one).or_insert(maybe);
            if said.1 == Way::Failed {
                *said = maybe;
            }
        }
        for one in resolved {
            queue.said.insert(one, maybe);
        }
    }

    /// What only repeats an alarm that has just been acknowledged, and waits to be sent, is decided anew.
    pub(super) fn leave_out_of_repetitions(&mut self, one: Fingerprint, now_ms: i64) {
        let groups: Vec<GroupId> = self.state.groups.keys().copied().collect();
        for id in groups {
            if !self.state.groups.get(&id).is_some_and(|group| group.members.contains(&one)) {
                continue;
            }
            let sight = self.sight(id, now_ms);
            for to in self.places(id) {
                if self.repeats(id, &to, one, &sight) {
                    self.tell(id, &to, &sight, now_ms);
                }
            }
        }
    }

    /// Whether a message that waits for a place has an alarm in it that must not be repeated there, and nothing new.
    fn repeats(&mut self, id: GroupId, to: &ReceiverPlace, one: Fingerprint, sight: &Sight) -> bool {
        let Some(Some(message)) = self.unsent_message(id, to) else { return false };
        let Some((entry, _)) = self.state.outbox.get(message) else { return false };
        let (Some(queue), Some(integration)) = (self.queue(id, to), self.alerting.integration(to)) else {
            return false;
        };
        let is_in = entry.message.alarms.iter().any(|member| member.fingerprint == one);
        let is_new = News::of(queue, sight, integration.sends_resolved()).is_any();
        is_in && !is_new && !entry.is_repost && !self.is_reminded(id, to, one)
    }

    /// Whether a message of a group that waits says what there is to say, and repeats nothing that is acknowledged.
    pub(super) fn says(
        &self,
        id: GroupId,
        to: &ReceiverPlace,
        message: MessageId,
        sight: &Sight,
        news: &News,
    ) -> bool {
        let Some((entry, _)) = self.state.outbox.get(message) else { return false };
        let mut shown = entry.message.alarms.iter().filter(|member| member.status == AlarmStatus::Firing);
        let is_selective = news.is_repeat && !entry.is_repost;
        entry.firing == sight.firing
            && entry.resolved == news.resolved
            && (!is_selective || shown.all(|member| self.is_reminded(id, to, member.fingerprint)))
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
        let is_shown = |one: Fingerprint| !news.is_repeat || is_repost || self.is_reminded(id, to, one);
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

    /// What is to be seen of a group before its next turn: of what fires only that of which a message waits, or which was
    /// told already.
    fn sight_before(&self, id: GroupId, to: &ReceiverPlace, sight: &Sight) -> Sight {
        let mut sight = sight.clone();
        let queue = self.queue(id, to);
        if let Some((entry, _)) = queue.and_then(|queue| self.state.outbox.get(queue.entry?)) {
            let waits =
                |one: Fingerprint| entry.firing.binary_search_by_key(&one, |(found, _)| *found).is_ok();
            let is_said = |one| queue.is_some_and(|queue| queue.said.contains_key(&one));
            sight.firing.retain(|(one, _)| waits(*one) || is_said(*one));
        }
        sight
    }

    /// Messages that would go out in a time in which their route says nothing are looked at before: they are taken back, and
    /// what they tell is told afterwards if it is still so.
    pub(super) fn mute_messages(&mut self, now_ms: i64) {
        if self.alerting.time_intervals.is_empty() {
            return;
        }
        let groups = self.state.outbox.due(now_ms).filter_map(|entry| match entry.origin {
            Origin::Group(id) => Some(id),
            Origin::Digest | Origin::Once => None,
        });
        let muted: Vec<GroupId> = groups.filter(|id| self.is_muted(*id, now_ms)).collect();
        self.review.extend(muted);
    }

    /// Looks again at messages that are not sent yet, of groups in which something is over, or of all of them if something
    /// keeps more back now.
    pub(super) fn review_messages(&mut self, now_ms: i64) {
        if std::mem::take(&mut self.is_lowered) {
            let groups = self.state.outbox.iter().filter_map(|(entry, _)| match entry.origin {
                Origin::Group(id) => Some(id),
                Origin::Digest | Origin::Once => None,
            });
            self.review.extend(groups);
        }
        for id in std::mem::take(&mut self.review) {
            let sight = self.sight(id, now_ms);
            for to in self.places(id) {
                if self.queue(id, &to).is_some_and(|queue| queue.entry.is_some() || queue.is_deferred) {
                    self.tell(id, &to, &self.sight_before(id, &to, &sight), now_ms);
                }
            }
            self.settle(id);
            // Without the message that was taken back, what is known is to be repeated, and what is kept back to be told.
            if self.state.groups.contains_key(&id) {
                self.replan(id, &sight, now_ms);
            }
        }
        for ((receiver, key), alarms) in std::mem::take(&mut self.unsent) {
            self.note_unsent(&receiver, &key, &alarms, now_ms);
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
