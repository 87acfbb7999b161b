//! What is to be said to one receiver about one group of alarms, whatever it is said by.
//!
//! Invariant: a message is complete and never changes. It is stored as it is before it is sent, and its id goes out with
//! it, so that one which is sent twice after a crash can be told. It holds no secret. Turning it into bytes is left to
//! the kinds of receivers.

use std::sync::Arc;

use plumbago_rules::{Bound, Fingerprint, Labels};
use serde::{Deserialize, Serialize};

/// The number of a message: ascending, never given twice, also across restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub u64);

/// One thing of a receiver that messages go to: the receiver's name, and the position among all of its `*_configs` in
/// the order of their kinds and of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReceiverPlace {
    /// As the file names it.
    pub receiver: Arc<str>,
    /// From 0.
    pub integration: usize,
}

/// What is to be said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Its number; with the server's [`InstanceId`](crate::InstanceId) it is the `Idempotency-Key`.
    pub id: MessageId,
    /// To whom.
    pub to: ReceiverPlace,
    /// Alertmanager's `groupKey`: the route and the labels that the group shares by it. Stable, so that what opens and
    /// what closes an incident carry the same one.
    pub group_key: Arc<str>,
    /// Labels by which the route groups, with their values.
    pub group_labels: Arc<Labels>,
    /// Why it is sent.
    pub purpose: Purpose,
    /// Its alarms: those that fire first, each kind in the order of label sets. Those that were resolved are in the
    /// message that says so, and only where the receiver wants it.
    pub alarms: Vec<Member>,
    /// Alarms that did not fit.
    pub truncated: usize,
    /// When it was decided, in milliseconds since the epoch.
    pub decided_ms: i64,
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// A group has changed, or is repeated.
    Group,
    /// The rate cap withheld messages; this tells of them together.
    Digest,
    /// What fired and was resolved while nobody looked.
    CaughtUp,
    /// Somebody tries whether a receiver works.
    Test,
}

/// One alarm of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Which alarm.
    pub fingerprint: Fingerprint,
    /// Whether it fires.
    pub status: AlarmStatus,
    /// Its labels, `severity` among them.
    pub labels: Arc<Labels>,
    /// Texts about it.
    pub annotations: Arc<Labels>,
    /// The first slot in which its condition held, in milliseconds since the epoch.
    pub starts_at_ms: i64,
    /// The first slot in which it did not any more, in milliseconds since the epoch; of one that fires: nothing.
    pub ends_at_ms: Option<i64>,
    /// The value that decided it last.
    pub value: Option<f64>,
    /// The series it is about.
    pub series: Option<Arc<str>>,
    /// What links to a graph show.
    pub expression: Arc<str>,
    /// What its rule compares values with.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub bounds: Arc<[Bound]>,
}

/// Whether an alarm fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlarmStatus {
    /// It does.
    Firing,
    /// It does no longer.
    Resolved,
}

impl AlarmStatus {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            AlarmStatus::Firing => "firing",
            AlarmStatus::Resolved => "resolved",
        }
    }
}

impl Message {
    /// Firing until all of the group is resolved.
    pub fn status(&self) -> AlarmStatus {
        let is_firing = self.alarms.iter().any(|alarm| alarm.status == AlarmStatus::Firing);
        if is_firing { AlarmStatus::Firing } else { AlarmStatus::Resolved }
    }

    /// The labels that all its alarms share, with the same values.
    pub fn common_labels(&self) -> Labels {
        shared(self.alarms.iter().map(|alarm| &*alarm.labels))
    }

    /// The annotations that all its alarms share, with the same values.
    pub fn common_annotations(&self) -> Labels {
        shared(self.alarms.iter().map(|alarm| &*alarm.annotations))
    }
}

fn shared<'a>(mut all: impl Iterator<Item = &'a Labels>) -> Labels {
    let mut common = all.next().cloned().unwrap_or_default();
    for labels in all {
        common.retain(|name, value| labels.get(name) == Some(value));
    }
    common
}
