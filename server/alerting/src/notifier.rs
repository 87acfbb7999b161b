//! From alarms to messages: the stages in their order.
//!
//! Invariant: what is decided follows from the file, the saved rows, the transitions and the moments that were passed in,
//! and from nothing else. Nothing is to be sent before the [`Effects`] of the decision are stored; if storing fails, this is
//! thrown away and built again from the rows. Sending is left to others.

mod deliver;
mod digest;
mod forget;
mod noting;
mod open;
mod people;
mod plan;
mod queue;
mod take;
mod view;
mod watched;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plumbago_rules::{EventChange, Fingerprint};

pub use view::{AlarmState, AlarmView, GroupView, OutboxView};
pub(crate) use watched::KeptBack;
pub use watched::{HeldCause, SentReason};

use crate::config::Alerting;
use crate::effects::{Effects, LogEntry};
use crate::message::ReceiverPlace;
use crate::pipeline::GroupId;
use crate::pipeline::group::{News, Sight};
use crate::pipeline::inhibit::Inhibitor;
use crate::pipeline::mute::muted_by;
use crate::rows::{RowKey, State};

/// How often a group is looked at whose route is not in the file any more, in milliseconds.
const INTERVAL_MS: i64 = 300_000;

/// Decides whom to tell what.
#[derive(Debug)]
pub struct Notifier {
    alerting: Arc<Alerting>,
    /// What rows hold. All else is found again from it.
    state: State,
    inhibitor: Inhibitor,
    /// Groups by receiver and key.
    group_ids: HashMap<(Arc<str>, Arc<str>), GroupId>,
    /// Groups by when they are looked at next.
    due: BTreeSet<(i64, GroupId)>,
    /// When a group's alarms are sent again to those of its receivers that forget, in milliseconds since the epoch.
    reposts: BTreeMap<GroupId, i64>,
    /// Groups in which something is silenced or inhibited.
    holding: BTreeSet<GroupId>,
    /// Whether a silence or an inhibition has ended since groups were looked at.
    is_lifted: bool,
    /// Whether one has begun since messages that wait were looked at.
    is_lowered: bool,
    /// Groups with messages that may have nothing to say any more.
    review: BTreeSet<GroupId>,
    /// Alarms that were resolved before anybody was told, by receiver and key of their group.
    unsent: BTreeMap<(Arc<str>, Arc<str>), Vec<Fingerprint>>,
    /// Whether time that has passed is still being gone through.
    is_catching_up: bool,
    /// Groups that were looked at while something kept alarms of theirs back, for those who ask for it.
    kept_back: Option<Vec<GroupId>>,
    touched: BTreeSet<RowKey>,
    events: Vec<EventChange>,
    log: Vec<LogEntry>,
}

impl Notifier {
    /// Looks at every group whose time has come: inhibit ▸ silence ▸ mute ▸ group ▸ acknowledge ▸ cap ▸ outbox.
    fn flush(&mut self, id: GroupId, now_ms: i64) {
        let sight = self.sight(id, now_ms);
        if let Some(kept_back) = self.kept_back.as_mut().filter(|_| sight.is_muted || sight.is_holding) {
            kept_back.push(id);
        }
        for place in self.places(id) {
            self.tell(id, &place, &sight, now_ms);
        }
        if let Some(group) = self.state.groups.get_mut(&id) {
            group.flushed_ms = Some(now_ms);
            self.touched.insert(RowKey::Group(id));
        }
        self.settle(id);
        self.schedule(id, &sight, now_ms);
    }

    /// What is to be seen of a group: stages inhibit, silence and mute.
    fn sight(&self, id: GroupId, now_ms: i64) -> Sight {
        let Some(group) = self.state.groups.get(&id) else { return Sight::default() };
        let mut sight = Sight { is_muted: self.is_muted(id, now_ms), ..Sight::default() };
        let alarms = group.members.iter().filter_map(|one| Some((one, self.state.alarms.get(one)?)));
        let present = alarms
            .filter(|(_, alarm)| !alarm.is_held)
            .map(|(one, alarm)| (*one, &alarm.labels, alarm.is_firing().then_some(alarm.height)));
        let left = group.left.iter().map(|(one, member)| (*one, &member.labels, None));
        for (fingerprint, labels, height) in present.chain(left) {
            let is_inhibited =
                || !self.inhibitor.inhibited_by(&self.alerting.inhibit_rules, labels).is_empty();
            let is_silenced = || !self.state.silences.silenced_by(labels, now_ms).is_empty();
            match height {
                _ if is_inhibited() || is_silenced() => sight.is_holding = true,
                Some(height) => sight.firing.push((fingerprint, height)),
                None => sight.over.push(fingerprint),
            }
        }
        sight.over.sort_unstable();
        sight
    }

    /// Whether a group's route says nothing at this time: stage mute.
    fn is_muted(&self, id: GroupId, now_ms: i64) -> bool {
        let route = self.state.groups.get(&id).and_then(|group| self.alerting.routes.get(group.route?));
        route.is_some_and(|route| !muted_by(&self.alerting, route, now_ms).is_empty())
    }

    /// Tells one thing that a receiver sends to what is new in a group: stages group, acknowledge, cap and outbox.
    fn tell(&mut self, id: GroupId, to: &ReceiverPlace, sight: &Sight, now_ms: i64) {
        let alerting = self.alerting.clone();
        let Some(integration) = alerting.integration(to) else { return };
        let Some(waiting) = self.unsent_message(id, to) else { return };
        let Some(queue) = self.queue(id, to) else { return };
        let mut news = News::of(queue, sight, integration.sends_resolved());
        if !news.is_any() {
            news.is_repeat = self.is_repeat_due(id, to, sight, now_ms);
        }
        match (news.is_any() && !sight.is_muted, waiting) {
            (false, Some(message)) => return self.withdraw(message, now_ms),
            (false, None) => return,
            (true, Some(message)) if self.says(id, to, message, sight, &news) => return,
            (true, _) => {}
        }
        let is_repost = news.is_repeat && integration.repost_ms().is_some();
        if waiting.is_none() && !is_repost && !self.admit(id, to, &news, now_ms) {
            return;
        }
        self.enqueue(id, to, sight, news, is_repost, now_ms);
    }

    /// Whether it is time to say again what was said: stage acknowledge.
    fn is_repeat_due(&self, id: GroupId, to: &ReceiverPlace, sight: &Sight, now_ms: i64) -> bool {
        let due = self.repeat_ms(id, to, sight);
        due.is_some_and(|due| due <= now_ms) && !self.is_catching_up
    }

    /// When that time is; of what is acknowledged, never.
    fn repeat_ms(&self, id: GroupId, to: &ReceiverPlace, sight: &Sight) -> Option<i64> {
        let queue = self.queue(id, to)?;
        let said = queue.said_ms?;
        let repost = self.alerting.integration(to)?.repost_ms();
        let route = self.state.groups.get(&id)?.route.and_then(|route| self.alerting.routes.get(route))?;
        let is_needed = match repost {
            // One that forgets is told ends when it would be told again.
            Some(_) => !sight.firing.is_empty() || sight.over.iter().any(|one| queue.knows(*one)),
            None => sight.firing.iter().any(|(one, _)| self.is_reminded(id, to, *one)),
        };
        is_needed.then(|| said.saturating_add(repost.unwrap_or(route.repeat_interval_ms)))
    }

    /// Whether a repetition is about an alarm: nobody has acknowledged it, or the place may not know of it.
    fn is_reminded(&self, id: GroupId, to: &ReceiverPlace, one: Fingerprint) -> bool {
        let said = self.queue(id, to).and_then(|queue| queue.said.get(&one));
        !self.state.acknowledgements.contains(one) || said.is_some_and(|said| !said.1.is_certain())
    }

    /// Whether one more message may go to a place now: stage cap. If not, the next digest tells of the group.
    fn admit(&mut self, id: GroupId, to: &ReceiverPlace, news: &News, now_ms: i64) -> bool {
        let Some(queue) = self.queue(id, to) else { return false };
        let ends_message = news.ends_message(queue);
        let is_of_digest = !ends_message && !news.is_fresh && !news.is_repeat;
        let pace = self.state.paces.entry(to.clone()).or_default();
        let is_admitted = !is_of_digest && pace.admit(now_ms);
        if !(is_admitted || ends_message) {
            pace.withhold(now_ms);
        }
        self.touched.insert(RowKey::Pace(to.clone()));
        if !(is_admitted || ends_message) {
            self.keep_back(id, to, now_ms);
        }
        is_admitted || ends_message
    }

    /// Does what is due: ends of silences and acknowledgements, groups whose time has come, digests.
    pub fn tick(&mut self, now_ms: i64) {
        self.end_silences(now_ms);
        self.end_acknowledgements(now_ms);
        self.mute_messages(now_ms);
        self.review_messages(now_ms);
        if std::mem::take(&mut self.is_lifted) {
            for id in self.holding.clone() {
                self.stir(id, now_ms);
            }
        }
        let due: Vec<GroupId> =
            self.due.iter().take_while(|(at, _)| *at <= now_ms).map(|(_, id)| *id).collect();
        for id in due {
            let is_turn = self.state.groups.get(&id).is_some_and(|group| group.next_ms <= now_ms);
            if is_turn { self.flush(id, now_ms) } else { self.repost(id, now_ms) }
        }
        let is_due = |digest_ms: Option<i64>| digest_ms.is_some_and(|at| at <= now_ms);
        let paces = self.state.paces.iter().filter(|(_, pace)| is_due(pace.digest_ms));
        for to in paces.map(|(to, _)| to.clone()).collect::<Vec<_>>() {
            self.digest(&to, now_ms);
        }
    }

    /// When [`Notifier::tick`] or [`Notifier::deliverable`] has something new, in milliseconds since the epoch;
    /// `i64::MAX`: when something else happens.
    pub fn next_ms(&self) -> i64 {
        let groups = self.due.first().map(|(at, _)| *at);
        let digest = self.state.paces.values().filter_map(|pace| pace.digest_ms).min();
        let all = [
            groups,
            digest,
            self.state.silences.next_ms(),
            self.state.acknowledgements.next_ms(),
            self.state.outbox.next_ms(),
        ];
        all.into_iter().flatten().min().unwrap_or(i64::MAX)
    }

    /// What has to be stored because of all that was decided since the last call.
    pub fn effects(&mut self) -> Effects {
        let touched = std::mem::take(&mut self.touched);
        Effects {
            rows: touched.iter().map(|key| self.state.row(key)).collect(),
            events: std::mem::take(&mut self.events),
            log: std::mem::take(&mut self.log),
        }
    }
}
