//! Groups of alarms, and what each receiver of a group knows of it already.
//!
//! Invariant: what is said follows from what fires now and what the receiver was told last, and from nothing else: not from
//! how often this was asked, nor from what was decided and never sent. A receiver is told the end of everything that it
//! was told the beginning of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_rules::{Fingerprint, Labels};
use serde::{Deserialize, Serialize};

use crate::alarm::Height;
use crate::message::{Member, MessageId};

/// The number of a group: ascending, never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct GroupId(pub(crate) u64);

/// Alarms that are told together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) receiver: Arc<str>,
    /// The key of the route that made it.
    pub(crate) route_key: Arc<str>,
    /// Alertmanager's `groupKey`.
    pub(crate) key: Arc<str>,
    pub(crate) labels: Arc<Labels>,
    /// When it is looked at next, in milliseconds since the epoch; `i64::MAX`: when something changes.
    pub(crate) next_ms: i64,
    /// When it was last.
    pub(crate) flushed_ms: Option<i64>,
    /// Whether somebody is not told of something in it because of a silence or of another alarm.
    pub(crate) is_holding: bool,
    /// Which route made it; `None`: one that is not in the file any more.
    #[serde(skip)]
    pub(crate) route: Option<usize>,
    /// Its alarms.
    #[serde(skip)]
    pub(crate) members: BTreeSet<Fingerprint>,
    /// Alarms that fire in other groups now, since their labels changed, as they are to be told to be over here.
    #[serde(skip)]
    pub(crate) left: BTreeMap<Fingerprint, Member>,
    /// One for each thing that the receiver sends to.
    #[serde(skip)]
    pub(crate) queues: Vec<Queue>,
}

/// What one thing that a receiver sends to knows of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queue {
    /// Alarms that it takes to be firing.
    pub(crate) said: BTreeMap<Fingerprint, Said>,
    /// When it was told last.
    pub(crate) said_ms: Option<i64>,
    /// Whether the next digest is to tell of the group.
    pub(crate) is_withheld: bool,
    /// Whether the group was to be looked at while a message was in flight.
    pub(crate) is_deferred: bool,
    /// The message that is not sent yet.
    #[serde(skip)]
    pub(crate) entry: Option<MessageId>,
}

/// That an alarm fires was said: how bad it was, and in which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said(pub(crate) Height, pub(crate) Way);

/// How it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    /// In a message of its group.
    #[serde(rename = "g")]
    Group,
    /// In a message that may have arrived or not.
    #[serde(rename = "m")]
    Maybe,
    /// In a digest, where its end will be told as well.
    #[serde(rename = "d")]
    Digest,
    /// Not at all: the receiver refused it. It is tried again when it would be repeated.
    #[serde(rename = "f")]
    Failed,
}

impl Way {
    /// Whether it certainly was.
    pub(crate) fn is_certain(self) -> bool {
        matches!(self, Way::Group | Way::Digest)
    }

    /// Whether its end is to be told.
    pub(crate) fn is_told(self) -> bool {
        self != Way::Failed
    }
}

impl Queue {
    /// Whether nothing is worth a row.
    pub(crate) fn is_blank(&self) -> bool {
        self.said.is_empty() && self.said_ms.is_none() && !self.is_withheld && !self.is_deferred
    }

    /// An alarm is no worse than what was said of it before it got worse: that it did is no news any more.
    pub(crate) fn calms(&mut self, fingerprint: Fingerprint, height: Height) -> bool {
        let said = self.said.get_mut(&fingerprint).filter(|said| {
            let was_heard = said.0.raises > 0 && said.0.level >= height.level;
            was_heard && said.0.raises < height.raises
        });
        said.map(|said| said.0.raises = height.raises).is_some()
    }

    /// Whether it was told of an alarm, or may have been.
    pub(crate) fn knows(&self, fingerprint: Fingerprint) -> bool {
        self.said.get(&fingerprint).is_some_and(|said| said.1.is_told())
    }
}

/// What is to be seen of a group now, silenced and inhibited alarms left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight {
    /// Those that fire, with how bad each is.
    pub(crate) firing: Vec<(Fingerprint, Height)>,
    /// Those that are over, or not in this group any more.
    pub(crate) over: Vec<Fingerprint>,
    /// Whether some were left out.
    pub(crate) is_holding: bool,
    /// Whether the route says nothing at this time.
    pub(crate) is_muted: bool,
}

/// What there is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    /// Whether something fires that was not said.
    pub(crate) is_fresh: bool,
    /// Whether nothing is new, and it is time to say it again.
    pub(crate) is_repeat: bool,
    /// What was said to fire and is over.
    pub(crate) resolved: Vec<Fingerprint>,
}

impl News {
    /// Compares what is to be seen with what was said.
    pub(crate) fn of(queue: &Queue, sight: &Sight, sends_resolved: bool) -> News {
        let is_fresh = |(fingerprint, height): &(Fingerprint, Height)| {
            queue.said.get(fingerprint).is_none_or(|said| said.0.raises < height.raises)
        };
        let known =
            sight.over.iter().copied().filter(|fingerprint| sends_resolved && queue.knows(*fingerprint));
        News { is_fresh: sight.firing.iter().any(is_fresh), is_repeat: false, resolved: known.collect() }
    }

    /// Whether there is anything to say.
    pub(crate) fn is_any(&self) -> bool {
        self.is_fresh || self.is_repeat || !self.resolved.is_empty()
    }

    /// Whether it tells the end of something of which the receiver has a message of its own, or may have.
    pub(crate) fn ends_message(&self, queue: &Queue) -> bool {
        self.resolved
            .iter()
            .any(|fingerprint| matches!(queue.said.get(fingerprint), Some(Said(_, Way::Group | Way::Maybe))))
    }
}

impl Group {
    /// The first moment from `at_ms` on that is a whole number of intervals after the group was last looked at; at least
    /// one of them.
    pub(crate) fn turn(&self, interval_ms: i64, at_ms: i64) -> i64 {
        let Some(flushed) = self.flushed_ms else { return at_ms };
        let interval = interval_ms.max(1);
        let since = at_ms.saturating_sub(flushed).max(1);
        let turns = since / interval + i64::from(since % interval != 0);
        flushed.saturating_add(turns.saturating_mul(interval))
    }

    /// Whether nobody has to be told of it any more.
    pub(crate) fn is_over(&self) -> bool {
        self.members.is_empty()
            && self.left.is_empty()
            && self.queues.iter().all(|queue| queue.entry.is_none())
    }
}
