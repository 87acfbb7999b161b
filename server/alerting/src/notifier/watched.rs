//! What the pipeline did, for those who go through history: why a message is sent, and which alarms were kept back by what.
//!
//! Invariant: nothing is decided here, and nobody who does not ask pays for it. What is said of a message is what the
//! pipeline itself compares: what there is to be told with what its place knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_rules::{Fingerprint, Labels};
use serde::{Deserialize, Serialize};

use super::Notifier;
use crate::alarm::Alarm;
use crate::effects::LogEntry;
use crate::message::MessageId;
use crate::pipeline::GroupId;
use crate::pipeline::group::{News, Sight};
use crate::pipeline::mute::muted_by;
use crate::pipeline::outbox::{Entry, Origin};
use crate::pipeline::silence::{Silence, Silences};

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SentReason {
    /// Something fires that its place did not know of, or is worse than it knew.
    Firing,
    /// Nothing new fires, and something is over.
    Resolved,
    /// It says again what its place knows.
    Repeat,
    /// It tells what the rate cap withheld, or what happened while nobody looked.
    Digest,
}

impl SentReason {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            SentReason::Firing => "firing",
            SentReason::Resolved => "resolved",
            SentReason::Repeat => "repeat",
            SentReason::Digest => "digest",
        }
    }
}

/// What kept somebody from being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeldCause {
    /// Another alarm.
    Inhibited,
    /// A silence.
    Silenced,
    /// The time of day.
    Muted,
    /// The rate cap: a digest tells of it.
    Capped,
    /// It was over before anybody was told.
    Unsent,
}

impl HeldCause {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            HeldCause::Inhibited => "inhibited",
            HeldCause::Silenced => "silenced",
            HeldCause::Muted => "muted",
            HeldCause::Capped => "capped",
            HeldCause::Unsent => "unsent",
        }
    }
}

/// An alarm of which a receiver was not told when the turn of its group came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptBack {
    pub(crate) receiver: Arc<str>,
    pub(crate) group_key: Arc<str>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) labels: Arc<Labels>,
    pub(crate) starts_at_ms: i64,
    pub(crate) cause: HeldCause,
    /// Ids of silences, fingerprints of alarms, names of time intervals.
    pub(crate) by: Vec<String>,
}

impl Notifier {
    /// Begins to note what is kept back, with these silences, at whatever time each of them is in force.
    pub(crate) fn watch(&mut self, silences: impl IntoIterator<Item = Silence>) {
        self.kept_back = Some(Vec::new());
        let silences = silences.into_iter().map(|one| (one.id.clone(), Silence { is_ended: false, ..one }));
        self.state.silences = Silences::of(silences.collect::<BTreeMap<_, _>>());
    }

    /// What became of messages since the last call, where nothing is stored.
    pub(crate) fn take_log(&mut self) -> Vec<LogEntry> {
        self.touched.clear();
        self.events.clear();
        std::mem::take(&mut self.log)
    }

    /// The labels of an alarm that fires, or whose end somebody is still to be told.
    pub(crate) fn labels(&self, one: Fingerprint) -> Option<&Arc<Labels>> {
        self.state.alarms.get(&one).map(|alarm| &alarm.labels)
    }

    /// Why a message that waits is sent.
    pub(crate) fn reason(&self, message: MessageId) -> Option<SentReason> {
        let (entry, _) = self.state.outbox.get(message)?;
        let Origin::Group(id) = entry.origin else { return Some(SentReason::Digest) };
        let queue = self.queue(id, &entry.message.to)?;
        let Entry { firing, resolved, .. } = entry;
        let sight = Sight { firing: firing.clone(), ..Sight::default() };
        Some(match () {
            () if News::of(queue, &sight, true).is_fresh => SentReason::Firing,
            () if !resolved.is_empty() => SentReason::Resolved,
            () => SentReason::Repeat,
        })
    }

    /// What was kept back since the last call, in groups whose turn came at this moment.
    pub(crate) fn take_kept_back(&mut self, now_ms: i64) -> Vec<KeptBack> {
        let groups = self.kept_back.as_mut().map(std::mem::take).unwrap_or_default();
        groups.into_iter().flat_map(|id| self.kept_back_in(id, now_ms)).collect()
    }

    fn kept_back_in(&self, id: GroupId, now_ms: i64) -> Vec<KeptBack> {
        let Some(group) = self.state.groups.get(&id) else { return Vec::new() };
        let route = group.route.and_then(|route| self.alerting.routes.get(route));
        let muting: Vec<Arc<str>> =
            route.map(|route| muted_by(&self.alerting, route, now_ms)).unwrap_or_default();
        let firing = group.members.iter().filter_map(|one| Some((*one, self.state.alarms.get(one)?)));
        let is_news = |(one, alarm): &(Fingerprint, &Alarm)| {
            alarm.is_firing() && !alarm.is_held && group.queues.iter().any(|queue| !queue.knows(*one))
        };
        let kept_back = firing.filter(is_news).filter_map(|(fingerprint, alarm)| {
            let (cause, by) = self.cause(&alarm.labels, &muting, now_ms)?;
            Some(KeptBack {
                receiver: group.receiver.clone(),
                group_key: group.key.clone(),
                fingerprint,
                labels: alarm.labels.clone(),
                starts_at_ms: alarm.starts_at_ms,
                cause,
                by,
            })
        });
        kept_back.collect()
    }

    /// The first stage that keeps an alarm with these labels back.
    fn cause(&self, labels: &Labels, muting: &[Arc<str>], now_ms: i64) -> Option<(HeldCause, Vec<String>)> {
        let inhibiting = self.inhibitor.inhibited_by(&self.alerting.inhibit_rules, labels);
        if !inhibiting.is_empty() {
            return Some((HeldCause::Inhibited, inhibiting.iter().map(ToString::to_string).collect()));
        }
        let texts = |names: &[Arc<str>]| names.iter().map(ToString::to_string).collect();
        let silences = self.state.silences.silenced_by(labels, now_ms);
        if !silences.is_empty() {
            return Some((HeldCause::Silenced, texts(&silences)));
        }
        (!muting.is_empty()).then(|| (HeldCause::Muted, texts(muting)))
    }
}
