//! A notifier from saved rows, and one that goes on with another file.
//!
//! Invariant: whatever the file was before, every alarm that fires is in the groups that the present one leads it to, and
//! who was told of one by a route that is gone is told that it is over there.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plumbago_rules::{Fingerprint, Row};

use super::Notifier;
use crate::config::Alerting;
use crate::effects::LogKind;
use crate::message::{AlarmStatus, Member, MessageId};
use crate::pipeline::GroupId;
use crate::pipeline::group::{News, Queue, Sight, Way};
use crate::pipeline::inhibit::Inhibitor;
use crate::pipeline::outbox::{Entry, Origin};
use crate::rows::{RowKey, SavedError, State};

impl Notifier {
    /// One that goes on where rows end. It holds what is replayed until [`Notifier::caught_up`] is called.
    ///
    /// # Errors
    /// A row of alarms that cannot be read.
    pub fn new<'a>(
        alerting: Arc<Alerting>,
        rows: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        now_ms: i64,
    ) -> Result<Notifier, SavedError> {
        let mut notifier = Notifier {
            inhibitor: Inhibitor::new(&alerting.inhibit_rules),
            alerting,
            state: State::read(rows)?,
            group_ids: HashMap::new(),
            due: BTreeSet::new(),
            reposts: BTreeMap::new(),
            holding: BTreeSet::new(),
            is_lifted: false,
            is_lowered: false,
            review: BTreeSet::new(),
            unsent: BTreeMap::new(),
            is_catching_up: true,
            kept_back: None,
            touched: BTreeSet::new(),
            events: Vec::new(),
            log: Vec::new(),
        };
        notifier.doubt_due(now_ms);
        notifier.attach(now_ms);
        Ok(notifier)
    }

    /// Goes on with another file. What a receiver refused is tried again.
    pub fn reconfigure(&mut self, alerting: Arc<Alerting>, now_ms: i64) {
        self.alerting = alerting;
        for (id, group) in &mut self.state.groups {
            for (place, queue) in group.queues.iter_mut().enumerate() {
                let before = queue.said.len();
                queue.said.retain(|_, said| said.1 != Way::Failed);
                if queue.said.len() != before {
                    self.touched.insert(RowKey::Queue(*id, place));
                    self.review.insert(*id);
                }
            }
        }
        for id in self.review.clone() {
            self.stir(id, now_ms);
        }
        self.attach(now_ms);
        self.tick(now_ms);
    }

    /// All rows as they are now: what [`Notifier::new`] makes the same notifier of.
    pub fn rows(&self) -> Vec<Row> {
        let rows = self.state.keys().into_iter().map(|key| self.state.row(&key));
        rows.filter(|(_, value)| value.is_some()).collect()
    }

    /// What was due when the process ended may have been on its way.
    fn doubt_due(&mut self, now_ms: i64) {
        let due: Vec<MessageId> = self.state.outbox.due(now_ms).map(|entry| entry.message.id).collect();
        for id in due {
            self.state.outbox.update(id, |progress| progress.is_in_doubt = true);
            self.touched.insert(RowKey::Progress(id));
        }
    }

    /// Finds again what follows from rows and file.
    fn attach(&mut self, now_ms: i64) {
        let alerting = self.alerting.clone();
        self.inhibitor = Inhibitor::new(&alerting.inhibit_rules);
        self.group_ids.clear();
        self.due.clear();
        self.reposts.clear();
        self.holding.clear();
        self.attach_groups();
        self.attach_messages(now_ms);
        let alarms: Vec<Fingerprint> = self.state.alarms.keys().copied().collect();
        for one in alarms {
            let Some(alarm) = self.state.alarms.get_mut(&one) else { continue };
            alarm.groups.clear();
            if alarm.is_firing() {
                self.inhibitor.begin(&alerting.inhibit_rules, one, &alarm.labels);
            }
            self.lead(one, None, now_ms, now_ms);
        }
        let groups: Vec<GroupId> = self.state.groups.keys().copied().collect();
        for id in groups {
            let has_strangers = self.part_strangers(id, now_ms);
            let sight = self.sight(id, now_ms);
            let next = self.state.groups.get(&id).map_or(i64::MAX, |group| group.next_ms);
            self.schedule(id, &sight, now_ms);
            self.set_next(id, if has_strangers { next.min(now_ms) } else { next });
            // A silence may have ended meanwhile, and another file may keep back less than the one before.
            if self.has_news(id, &sight) {
                self.stir(id, now_ms);
            }
            self.settle(id);
        }
    }

    /// Whether there is something to say in a group that no message and no digest is about to say.
    fn has_news(&self, id: GroupId, sight: &Sight) -> bool {
        self.places(id).iter().any(|to| {
            let queue = self.queue(id, to).filter(|queue| queue.entry.is_none() && !queue.is_withheld);
            let tells = self.alerting.integration(to).is_some_and(|integration| integration.sends_resolved());
            queue.is_some_and(|queue| News::of(queue, sight, tells).is_any())
        })
    }

    /// Groups as the file knows them, without their alarms.
    fn attach_groups(&mut self) {
        let alerting = self.alerting.clone();
        let mut routes = HashMap::new();
        for (place, route) in alerting.routes.iter().enumerate() {
            routes.entry((route.receiver.clone(), route.key.clone())).or_insert(place);
        }
        for (id, group) in &mut self.state.groups {
            group.members.clear();
            group.route = routes.get(&(group.receiver.clone(), group.route_key.clone())).copied();
            let integrations =
                alerting.receivers.get(&group.receiver).map_or(0, |found| found.integrations.len());
            self.touched.extend((integrations..group.queues.len()).map(|place| RowKey::Queue(*id, place)));
            group.queues.resize_with(integrations, Queue::default);
            for queue in &mut group.queues {
                queue.entry = None;
                if queue.is_deferred {
                    self.review.insert(*id);
                }
            }
            self.group_ids.insert((group.receiver.clone(), group.key.clone()), *id);
            self.due.insert((group.next_ms, *id));
        }
    }

    /// Messages find their groups; those whose receiver is gone are dropped.
    fn attach_messages(&mut self, now_ms: i64) {
        for pace in self.state.paces.values_mut() {
            pace.digest = None;
        }
        let entries: Vec<Entry> = self.state.outbox.iter().map(|(entry, _)| entry.clone()).collect();
        for entry in entries {
            let (id, to) = (entry.message.id, &entry.message.to);
            let is_there = self.alerting.integration(to).is_some();
            let place = match entry.origin {
                Origin::Once => None,
                Origin::Digest => self.state.paces.get_mut(to).map(|pace| &mut pace.digest),
                Origin::Group(group) => {
                    let group = self.state.groups.get_mut(&group);
                    group.and_then(|group| group.queues.get_mut(to.integration)).map(|queue| &mut queue.entry)
                }
            };
            match place {
                Some(place) if is_there => *place = Some(id),
                None if is_there && entry.origin == Origin::Once => {}
                _ => {
                    self.state.outbox.remove(id);
                    self.touch_message(id);
                    let reason = "its receiver is not in the file any more".to_owned();
                    self.note(LogKind::Dropped, &entry, 0, None, reason, now_ms);
                }
            }
        }
    }

    /// Alarms that somebody was told of in a group to which the file does not lead them any more. Whether there are some.
    fn part_strangers(&mut self, id: GroupId, now_ms: i64) -> bool {
        let Some(group) = self.state.groups.get_mut(&id) else { return false };
        let mut strangers = BTreeSet::new();
        for queue in &group.queues {
            let is_here = |one: &&Fingerprint| group.members.contains(*one) || group.left.contains_key(*one);
            strangers.extend(queue.said.keys().filter(|one| !is_here(one)).copied());
        }
        let mut has_left = false;
        for one in strangers {
            match self.state.alarms.get(&one) {
                Some(alarm) => {
                    let ends_at_ms = Some(alarm.ends_at_ms.unwrap_or(now_ms));
                    let member = Member { status: AlarmStatus::Resolved, ends_at_ms, ..alarm.member(one) };
                    group.left.insert(one, member);
                    self.touched.insert(RowKey::Left(id, one));
                    has_left = true;
                }
                None => {
                    for (place, queue) in group.queues.iter_mut().enumerate() {
                        if queue.said.remove(&one).is_some() {
                            self.touched.insert(RowKey::Queue(id, place));
                        }
                    }
                }
            }
        }
        has_left
    }
}
