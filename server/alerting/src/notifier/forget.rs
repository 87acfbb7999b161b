//! What may be forgotten: alarms that are over and of which nobody has to be told the end, groups without alarms.
//!
//! Invariant: an alarm is kept as long as somebody takes it to be firing, or a message about it is not sent yet.

use std::collections::BTreeSet;

use plumbago_rules::Fingerprint;

use super::Notifier;
use crate::pipeline::GroupId;
use crate::rows::RowKey;

impl Notifier {
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
}
