//! Digests: what the rate cap withheld from a receiver, and what came and went while nobody looked.
//!
//! Invariant: what a digest tells counts as told. A digest is never superseded: the next one waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_rules::{Fingerprint, Labels};

use super::Notifier;
use super::queue::in_order;
use crate::alarm::Height;
use crate::message::{AlarmStatus, Member, Message, Purpose, ReceiverPlace};
use crate::pipeline::GroupId;
use crate::pipeline::group::{News, Said, Way};
use crate::pipeline::outbox::{Entry, Origin, Progress};
use crate::route::matching;
use crate::rows::RowKey;

impl Notifier {
    /// Tells a place of everything that was withheld from it.
    pub(super) fn digest(&mut self, to: &ReceiverPlace, now_ms: i64) {
        let Some(pace) = self.state.paces.get_mut(to) else { return };
        self.touched.insert(RowKey::Pace(to.clone()));
        if pace.digest.is_some() {
            return pace.wait(now_ms);
        }
        let withheld = pace.told();
        let is_here =
            |id: &GroupId| self.state.groups.get(id).is_some_and(|group| group.receiver == to.receiver);
        let groups: Vec<GroupId> = self.state.groups.keys().filter(|id| is_here(id)).copied().collect();
        let mut told = BTreeMap::new();
        for id in &groups {
            self.digest_group(*id, to, &mut told, now_ms);
        }
        if told.is_empty() {
            return;
        }
        // What earlier digests told of and still fires keeps this one from reading as if all were over.
        for id in &groups {
            let Some(queue) = self.queue(*id, to) else { continue };
            let earlier =
                queue.said.iter().filter(|(one, said)| said.1 == Way::Digest && !told.contains_key(*one));
            for one in earlier.map(|(one, _)| *one).collect::<Vec<_>>() {
                let firing = self.member(*id, one).filter(|member| member.status == AlarmStatus::Firing);
                told.extend(firing.map(|member| (one, member)));
            }
        }
        let reason = format!("tells of {withheld} messages that were withheld");
        let message = self.gather(to, Purpose::Digest, "digest", told, now_ms);
        let id = message.message.id;
        if let Some(pace) = self.state.paces.get_mut(to) {
            pace.digest = Some(id);
        }
        self.post(message, Progress { next_ms: now_ms, ..Progress::default() }, reason, now_ms);
    }

    /// What a digest has to tell of a group; from now on it counts as told.
    fn digest_group(
        &mut self,
        id: GroupId,
        to: &ReceiverPlace,
        told: &mut BTreeMap<Fingerprint, Member>,
        now_ms: i64,
    ) {
        if !self.queue(id, to).is_some_and(|queue| queue.is_withheld && queue.entry.is_none()) {
            return;
        }
        let sight = self.sight(id, now_ms);
        let sends_resolved = self.alerting.integration(to).is_some_and(|one| one.sends_resolved());
        let Some(queue) = self.queue_mut(id, to.integration) else { return };
        queue.is_withheld = false;
        let news = News::of(queue, &sight, sends_resolved);
        if sight.is_muted || (sight.firing.is_empty() && news.resolved.is_empty()) {
            return self.settle(id);
        }
        for one in &news.resolved {
            queue.said.remove(one);
        }
        for (one, height) in &sight.firing {
            queue.said.entry(*one).or_insert(Said(Height::default(), Way::Digest)).0 = *height;
        }
        queue.said_ms = Some(now_ms);
        let all = sight.firing.iter().map(|(one, _)| *one).chain(news.resolved);
        told.extend(all.filter_map(|one| Some((one, self.member(id, one)?))).collect::<Vec<_>>());
        self.settle(id);
        if self.state.groups.contains_key(&id) {
            self.replan(id, &sight, now_ms);
        }
    }

    /// Tells each receiver, once, of what fired and was resolved within the time that was gone through again.
    pub(super) fn tell_gap(&mut self, now_ms: i64) {
        let gap = std::mem::take(&mut self.state.gap);
        self.touched.extend(gap.keys().map(|(one, start)| RowKey::Gap(*one, *start)));
        let alerting = self.alerting.clone();
        let mut receivers: BTreeMap<Arc<str>, BTreeMap<(Fingerprint, i64), Member>> = BTreeMap::new();
        for (key, member) in gap {
            if !self.state.silences.silenced_by(&member.labels, now_ms).is_empty() {
                continue;
            }
            let routes = matching(&alerting.routes, &member.labels).into_iter();
            let names: BTreeSet<Arc<str>> = routes
                .filter_map(|route| alerting.routes.get(route))
                .map(|route| route.receiver.clone())
                .collect();
            for name in names {
                receivers.entry(name).or_default().insert(key, member.clone());
            }
        }
        for (name, members) in receivers {
            let integrations = alerting.receivers.get(&name).map_or(0, |found| found.integrations.len());
            for integration in 0..integrations {
                let to = ReceiverPlace { receiver: name.clone(), integration };
                let mut entry = self.gather(&to, Purpose::CaughtUp, "caught-up", members.clone(), now_ms);
                entry.origin = Origin::Once;
                let progress = Progress { next_ms: now_ms, ..Progress::default() };
                self.post(entry, progress, String::new(), now_ms);
            }
        }
    }

    /// A message that is of no group.
    pub(super) fn gather<K>(
        &mut self,
        to: &ReceiverPlace,
        purpose: Purpose,
        word: &str,
        members: BTreeMap<K, Member>,
        now_ms: i64,
    ) -> Entry {
        let members: Vec<Member> = members.into_values().collect();
        let of_status = |status| {
            let found = members.iter().filter(move |member: &&Member| member.status == status);
            found.map(|member| member.fingerprint).collect::<Vec<_>>()
        };
        let firing = of_status(AlarmStatus::Firing).into_iter().map(|one| (one, Height::default())).collect();
        let resolved = of_status(AlarmStatus::Resolved);
        let (alarms, truncated) = in_order(members);
        let message = Message {
            id: self.message_id(),
            to: to.clone(),
            group_key: format!("{word}:{}", to.receiver).into(),
            group_labels: Arc::new(Labels::new()),
            purpose,
            alarms,
            truncated,
            decided_ms: now_ms,
        };
        Entry {
            message: Arc::new(message),
            origin: Origin::Digest,
            firing,
            resolved,
            since_ms: now_ms,
            is_repost: false,
        }
    }
}
