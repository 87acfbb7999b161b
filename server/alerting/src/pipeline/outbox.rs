//! Messages that wait to be sent, and what becomes of attempts.
//!
//! Invariant: a group has at most one message to a place, and at most one is in flight; a newer one takes the place of one
//! that is not. So messages of a group arrive in their order, and no receiver waits for another one. An attempt that
//! began before a start, or ended without an answer, may have arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbago_rules::Fingerprint;
use serde::{Deserialize, Serialize};

use super::GroupId;
use crate::alarm::Height;
use crate::message::{Message, MessageId};

/// How long it is tried to send a message, in milliseconds.
const TRIED_MS: i64 = 24 * 3_600_000;

/// The longest pause between attempts, where the receiver does not ask for a longer one, in milliseconds.
const PAUSE_MS_MAX: i64 = 5 * 60_000;

/// A message, and what its receiver knows once it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) message: Arc<Message>,
    pub(crate) origin: Origin,
    /// Alarms that it tells to fire, those that did not fit included, with how bad each is.
    pub(crate) firing: Vec<(Fingerprint, Height)>,
    /// Alarms that it tells to be over.
    pub(crate) resolved: Vec<Fingerprint>,
    /// Since when it is tried to send it, or what it took the place of, in milliseconds since the epoch.
    pub(crate) since_ms: i64,
    /// Whether it says nothing new and is sent only because the receiver forgets.
    pub(crate) is_repost: bool,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    /// A group.
    Group(GroupId),
    /// What was withheld from its receiver.
    Digest,
    /// Something said once.
    Once,
}

/// How far sending it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// When the next one is due, in milliseconds since the epoch.
    pub(crate) next_ms: i64,
    /// Whether it may have arrived all the same.
    pub(crate) is_in_doubt: bool,
    /// Whether it is on its way.
    #[serde(skip)]
    pub(crate) is_in_flight: bool,
}

impl Progress {
    /// After an attempt that failed at `now_ms`: waits for longer and longer, at least as long as the receiver asks for.
    /// Whether there is to be another attempt.
    pub(crate) fn failed(&mut self, since_ms: i64, after_ms: Option<u64>, now_ms: i64) -> bool {
        let last_ms = since_ms.saturating_add(TRIED_MS);
        if now_ms >= last_ms {
            return false;
        }
        let doublings = self.attempts.saturating_sub(1).min(20);
        let pause = 1000_i64.saturating_mul(1 << doublings).min(PAUSE_MS_MAX);
        let asked = after_ms.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX));
        self.next_ms = now_ms.saturating_add(pause.max(asked)).min(last_ms);
        true
    }
}

/// Messages that are not sent yet, by their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outbox {
    entries: BTreeMap<MessageId, (Entry, Progress)>,
    /// Those that are not in flight, by when they are due.
    due: BTreeSet<(i64, MessageId)>,
}

impl Outbox {
    pub(crate) fn get(&self, id: MessageId) -> Option<&(Entry, Progress)> {
        self.entries.get(&id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Entry, Progress)> {
        self.entries.values()
    }

    pub(crate) fn insert(&mut self, entry: Entry, progress: Progress) {
        let id = entry.message.id;
        if !progress.is_in_flight {
            self.due.insert((progress.next_ms, id));
        }
        self.entries.insert(id, (entry, progress));
    }

    pub(crate) fn remove(&mut self, id: MessageId) -> Option<(Entry, Progress)> {
        let (entry, progress) = self.entries.remove(&id)?;
        self.due.remove(&(progress.next_ms, id));
        Some((entry, progress))
    }

    /// Changes how far a message has come.
    pub(crate) fn update(&mut self, id: MessageId, change: impl FnOnce(&mut Progress)) {
        if let Some((_, progress)) = self.entries.get_mut(&id) {
            self.due.remove(&(progress.next_ms, id));
            change(progress);
            if !progress.is_in_flight {
                self.due.insert((progress.next_ms, id));
            }
        }
    }

    /// Messages that may be sent now.
    pub(crate) fn due(&self, now_ms: i64) -> impl Iterator<Item = &Entry> {
        let ids = self.due.iter().take_while(move |(next, _)| *next <= now_ms);
        ids.filter_map(|(_, id)| self.entries.get(id)).map(|(entry, _)| entry)
    }

    /// When the next attempt is due.
    pub(crate) fn next_ms(&self) -> Option<i64> {
        self.due.first().map(|(next, _)| *next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_as_long_as_asked_and_end_after_a_day() {
        let mut progress = Progress::default();
        let mut pause = |attempts, after, now| {
            progress.attempts = attempts;
            progress.failed(0, after, now).then(|| progress.next_ms - now)
        };
        assert_eq!(pause(1, None, 0), Some(1000));
        assert_eq!(pause(2, None, 0), Some(2000));
        assert_eq!(pause(5, None, 0), Some(16_000));
        assert_eq!(pause(40, None, 0), Some(300_000));
        assert_eq!(pause(1, Some(3_600_000), 0), Some(3_600_000));
        assert_eq!(pause(1, Some(u64::MAX), 0), Some(TRIED_MS), "one more attempt before it is given up");
        assert_eq!(pause(9, None, TRIED_MS - 1), Some(1));
        assert_eq!(pause(9, None, TRIED_MS), None);
    }
}
