//! Transitions of alarms on their way in.
//!
//! Invariant: an alarm is in the groups that its labels lead to, and in no other one. Of a time that is gone through again
//! after a start nothing is told until the end of it is known.

use std::sync::Arc;

use plumbago_rules::{AlarmChange, EventChange, Fingerprint, Labels, SEVERITY_LABEL, Transition};

use super::Notifier;
use crate::alarm::Alarm;
use crate::message::{AlarmStatus, Member};
use crate::pipeline::GroupId;
use crate::pipeline::group::{Group, Queue};
use crate::route::matching;
use crate::rows::RowKey;

impl Notifier {
    /// Takes transitions in, in their order, and does what is due because of them.
    pub fn take(&mut self, transitions: &[Transition], now_ms: i64) {
        for transition in transitions {
            match &transition.change {
                AlarmChange::Pending | AlarmChange::Calmed => {}
                AlarmChange::Fired | AlarmChange::Raised | AlarmChange::Lowered => {
                    self.fire(transition, now_ms)
                }
                AlarmChange::Resolved { ends_at_ms, .. } => self.resolve(transition, *ends_at_ms, now_ms),
                AlarmChange::Reworded => self.reword(transition, now_ms),
            }
        }
        self.tick(now_ms);
    }

    /// An alarm fires, or fires at another level.
    fn fire(&mut self, transition: &Transition, now_ms: i64) {
        let one = transition.fingerprint;
        let rules = self.alerting.clone();
        let before = self.state.alarms.get(&one);
        let old = before.map(|alarm| (alarm.labels.clone(), alarm.is_firing()));
        let is_worse = before.is_some_and(|alarm| match transition.change {
            AlarmChange::Raised => true,
            // One that was resolved, and fires at another level now.
            AlarmChange::Fired if !alarm.is_firing() => {
                alarm.labels.get(SEVERITY_LABEL) != transition.labels.get(SEVERITY_LABEL)
            }
            _ => false,
        });
        if let Some((labels, true)) = &old
            && **labels != *transition.labels
        {
            self.is_lifted |= self.inhibitor.end(&rules.inhibit_rules, one, labels);
        }
        let mut alarm = self.state.alarms.remove(&one).unwrap_or_else(|| Alarm::fired(transition, now_ms));
        alarm.follow(transition, now_ms);
        alarm.height.raises = alarm.height.raises.saturating_add(u32::from(is_worse));
        alarm.is_held = transition.is_replayed && self.is_catching_up;
        let is_held = alarm.is_held;
        // One that was over may have been forgotten by some of its groups already.
        let is_there =
            |(labels, is_firing): &(Arc<Labels>, bool)| *is_firing && **labels == *transition.labels;
        let has_moved = !old.as_ref().is_some_and(is_there);
        self.is_lowered |= self.inhibitor.begin(&rules.inhibit_rules, one, &alarm.labels);
        self.state.alarms.insert(one, alarm);
        self.touched.insert(RowKey::Alarm(one));
        if is_worse {
            self.end_acknowledgement(one, now_ms);
        }
        if has_moved {
            self.lead(one, old.as_ref().map(|(labels, _)| labels.clone()), transition.at_ms, now_ms);
        }
        let groups = self.state.alarms.get(&one).map(|alarm| alarm.groups.clone()).unwrap_or_default();
        if transition.change != AlarmChange::Raised && old.is_some() {
            groups.iter().for_each(|id| self.calm(*id, one));
        }
        for id in groups {
            match is_worse && !is_held {
                true => self.look_by(id, now_ms),
                false => self.stir(id, now_ms),
            }
        }
    }

    /// An alarm is at a level at which it was told before: what waits to be told of a higher one is out of date.
    fn calm(&mut self, id: GroupId, one: Fingerprint) {
        let Some(height) = self.state.alarms.get(&one).map(|alarm| alarm.height) else { return };
        let Some(group) = self.state.groups.get_mut(&id) else { return };
        for (place, queue) in group.queues.iter_mut().enumerate() {
            if queue.calms(one, height) {
                self.touched.insert(RowKey::Queue(id, place));
            }
            if queue.entry.is_some() {
                self.review.insert(id);
            }
        }
    }

    /// Puts an alarm into the groups that its labels lead to, and takes it out of others.
    pub(super) fn lead(&mut self, one: Fingerprint, old: Option<Arc<Labels>>, at_ms: i64, now_ms: i64) {
        let Some(alarm) = self.state.alarms.get(&one) else { return };
        let (labels, before) = (alarm.labels.clone(), alarm.groups.clone());
        let alerting = self.alerting.clone();
        let mut groups: Vec<GroupId> = Vec::new();
        for place in matching(&alerting.routes, &labels) {
            let id = self.group_for(place, &labels, now_ms);
            if let Some(id) = id.filter(|id| !groups.contains(id)) {
                groups.push(id);
            }
        }
        for id in before.into_iter().filter(|id| !groups.contains(id)) {
            self.leave(id, one, old.clone(), at_ms, now_ms);
        }
        for id in &groups {
            let Some(group) = self.state.groups.get_mut(id) else { continue };
            group.members.insert(one);
            if group.left.remove(&one).is_some() {
                self.touched.insert(RowKey::Left(*id, one));
            }
        }
        if let Some(alarm) = self.state.alarms.get_mut(&one) {
            alarm.groups = groups;
        }
    }

    /// The group that labels belong to by a route; a new one waits for its first turn.
    fn group_for(&mut self, place: usize, labels: &Labels, now_ms: i64) -> Option<GroupId> {
        let alerting = self.alerting.clone();
        let route = alerting.routes.get(place)?;
        let (key, group_labels) = route.group_of(labels);
        let key: Arc<str> = key.into();
        let index = (route.receiver.clone(), key.clone());
        if let Some(id) = self.group_ids.get(&index) {
            return Some(*id);
        }
        let id = GroupId(self.message_id().0);
        let integrations =
            alerting.receivers.get(&route.receiver).map_or(0, |found| found.integrations.len());
        let mut queues = Vec::new();
        queues.resize_with(integrations, Queue::default);
        let group = Group {
            receiver: route.receiver.clone(),
            route_key: route.key.clone(),
            key,
            labels: Arc::new(group_labels),
            next_ms: i64::MAX,
            flushed_ms: None,
            is_holding: false,
            route: Some(place),
            members: Default::default(),
            left: Default::default(),
            queues,
        };
        self.state.groups.insert(id, group);
        self.group_ids.insert(index, id);
        self.touched.insert(RowKey::Group(id));
        self.set_next(id, now_ms.saturating_add(route.group_wait_ms));
        Some(id)
    }

    /// An alarm belongs to another group now: who was told of it here is told that it is over here.
    fn leave(&mut self, id: GroupId, one: Fingerprint, old: Option<Arc<Labels>>, at_ms: i64, now_ms: i64) {
        let is_known = self.is_known(id, one);
        let Some(alarm) = self.state.alarms.get(&one) else { return };
        let ends_at_ms = Some(alarm.ends_at_ms.unwrap_or(at_ms));
        let labels = old.unwrap_or_else(|| alarm.labels.clone());
        let member = Member { status: AlarmStatus::Resolved, ends_at_ms, labels, ..alarm.member(one) };
        let Some(group) = self.state.groups.get_mut(&id) else { return };
        group.members.remove(&one);
        if is_known {
            group.left.insert(one, member);
            self.touched.insert(RowKey::Left(id, one));
            self.review.insert(id);
        }
        self.stir(id, now_ms);
        self.forget_group(id);
    }

    /// An alarm fires no longer.
    fn resolve(&mut self, transition: &Transition, ends_at_ms: i64, now_ms: i64) {
        let one = transition.fingerprint;
        let is_held = transition.is_replayed && self.is_catching_up;
        let Some(alarm) = self.state.alarms.get_mut(&one).filter(|alarm| alarm.is_firing()) else { return };
        let was_held = std::mem::replace(&mut alarm.is_held, is_held);
        alarm.ends_at_ms = Some(ends_at_ms);
        alarm.annotations = transition.annotations.clone();
        alarm.value = transition.value.filter(|value| value.is_finite());
        alarm.updated_ms = now_ms;
        let (labels, groups, member) = (alarm.labels.clone(), alarm.groups.clone(), alarm.member(one));
        self.touched.insert(RowKey::Alarm(one));
        self.is_lifted |= self.inhibitor.end(&self.alerting.clone().inhibit_rules, one, &labels);
        self.end_acknowledgement(one, now_ms);
        let (known, unknown): (Vec<GroupId>, Vec<GroupId>) =
            groups.into_iter().partition(|id| self.is_known(*id, one));
        if was_held && known.is_empty() {
            let key = (one, member.starts_at_ms);
            self.state.gap.insert(key, member);
            self.touched.insert(RowKey::Gap(key.0, key.1));
        }
        for id in unknown {
            if !was_held && let Some(group) = self.state.groups.get(&id) {
                let key = (group.receiver.clone(), group.key.clone());
                self.unsent.entry(key).or_default().push(one);
            }
            self.part(id, one);
            self.forget_group(id);
        }
        for id in known {
            self.stir(id, now_ms);
            self.review.insert(id);
        }
    }

    /// An alarm has other texts now.
    fn reword(&mut self, transition: &Transition, now_ms: i64) {
        if let Some(alarm) = self.state.alarms.get_mut(&transition.fingerprint) {
            alarm.annotations = transition.annotations.clone();
            alarm.updated_ms = now_ms;
            self.touched.insert(RowKey::Alarm(transition.fingerprint));
        }
    }

    /// All time that has passed is gone through: what was held is told, what came and went goes out as one digest for each
    /// receiver. Calling it again does nothing.
    pub fn caught_up(&mut self, now_ms: i64) {
        if !std::mem::take(&mut self.is_catching_up) {
            return;
        }
        let mut groups = Vec::new();
        for (one, alarm) in self.state.alarms.iter_mut().filter(|(_, alarm)| alarm.is_held) {
            alarm.is_held = false;
            groups.extend(alarm.groups.iter().copied());
            self.touched.insert(RowKey::Alarm(*one));
        }
        groups.sort_unstable();
        groups.dedup();
        for id in groups {
            let group = self.state.groups.get(&id);
            // They have waited for long enough.
            match group.is_some_and(|group| group.queues.iter().all(|queue| queue.said_ms.is_none())) {
                true => self.look_by(id, now_ms),
                false => self.stir(id, now_ms),
            }
            self.review.insert(id);
        }
        self.tell_gap(now_ms);
        self.tick(now_ms);
    }

    /// Somebody does not have to be reminded of an alarm any more, or has to be again.
    pub(super) fn end_acknowledgement(&mut self, one: Fingerprint, now_ms: i64) {
        if let Some(ended) = self.state.acknowledgements.all.remove(&one) {
            self.touched.insert(RowKey::Acknowledgement(one));
            let key = super::people::acknowledgement_key(one, &ended);
            self.events.push(EventChange::Close { key, end_ms: now_ms });
        }
    }
}
