//! Notifications of two dry runs over one history, side by side.
//!
//! Invariant: a message is the same if it goes to the same place at the same moment for the same group, for the same reason
//! and about the same alarms; their expressions and values are not compared, since nobody is told because of those.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_rules::PartDifference;
use serde::{Deserialize, Serialize};

use super::DryNews;
use super::report::{ALARMS_SHOWN_MAX, Notification, tallies};
use crate::config::Alerting;

/// What a dry run has made: all of its messages.
#[derive(Clone, Debug, Default)]
pub struct NotificationsMade {
    sent: BTreeMap<MessageKey, Notification>,
    alarms: usize,
}

/// When, to whom, about which group; and the how many-th such one it is.
type MessageKey = (i64, Arc<str>, usize, Arc<str>, usize);

/// Too many messages to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = limits::NOTIFIED_ALARMS_COMPARED_MAX;
        write!(
            formatter,
            "the messages tell of more than {most} alarms, too many to compare: take a shorter span, or fewer rules"
        )
    }
}

impl std::error::Error for TooMany {}

/// How messages differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NotificationsDifference {
    /// Each thing that a receiver of either file sends to.
    pub receivers: Vec<ReceiverDifference>,
    /// All messages, and the first ones that differ.
    pub messages: PartDifference<NotificationDifference>,
}

/// How often one thing that a receiver sends to is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverDifference {
    /// The receiver.
    pub receiver: Arc<str>,
    /// The position among all of its `*_configs`.
    pub place: usize,
    /// Its kind; of a receiver without any, empty.
    pub kind: String,
    /// Messages of the old run.
    pub old: u64,
    /// Messages of the new run.
    pub new: u64,
}

/// A message that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NotificationDifference {
    /// What the old run sends, if anything.
    pub old: Option<Notification>,
    /// What the new run sends, if anything.
    pub new: Option<Notification>,
}

impl NotificationsMade {
    /// Keeps a message; what was held back is left out, since it shows in what is told.
    ///
    /// # Errors
    /// There are too many to be compared.
    pub fn add(&mut self, news: &DryNews) -> Result<(), TooMany> {
        let DryNews::Sent(sent) = news else { return Ok(()) };
        let made = Notification::of(sent, usize::MAX);
        self.alarms = self.alarms.saturating_add(made.alarms.len().max(1));
        if self.alarms > limits::NOTIFIED_ALARMS_COMPARED_MAX {
            return Err(TooMany);
        }
        let (receiver, group) = (made.receiver.clone(), made.group_key.clone());
        let mut key = (made.at_ms, receiver, made.place, group, 0);
        while self.sent.contains_key(&key) {
            key.4 += 1;
        }
        self.sent.insert(key, made);
        Ok(())
    }

    fn count(&self, receiver: &str, place: usize) -> u64 {
        let is_here = |one: &&Notification| &*one.receiver == receiver && one.place == place;
        self.sent.values().filter(is_here).count() as u64
    }
}

impl NotificationsDifference {
    /// What `new` sends otherwise than `old`; each with the file that it was sent by.
    pub fn between(
        old: (&Alerting, &NotificationsMade),
        new: (&Alerting, &NotificationsMade),
    ) -> NotificationsDifference {
        let mut places = BTreeMap::new();
        for tally in tallies(new.0).into_iter().chain(tallies(old.0)) {
            places.insert((tally.receiver, tally.place), tally.kind);
        }
        let counted = |((receiver, place), kind): ((Arc<str>, usize), String)| ReceiverDifference {
            old: old.1.count(&receiver, place),
            new: new.1.count(&receiver, place),
            receiver,
            place,
            kind,
        };
        let receivers = places.into_iter().map(counted).collect();
        let mut messages = PartDifference::default();
        let keys: BTreeSet<&MessageKey> = old.1.sent.keys().chain(new.1.sent.keys()).collect();
        for key in keys {
            let (old, new) = (old.1.sent.get(key), new.1.sent.get(key));
            let example = || NotificationDifference { old: old.map(shortened), new: new.map(shortened) };
            messages.add(old.is_some(), new.is_some(), old == new, example);
        }
        NotificationsDifference { receivers, messages }
    }
}

fn shortened(one: &Notification) -> Notification {
    let mut shown = one.clone();
    shown.alarms.truncate(ALARMS_SHOWN_MAX);
    shown
}
