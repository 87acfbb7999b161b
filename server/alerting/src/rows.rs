//! What the notifier knows beyond a restart, as rows of the one SQLite file.
//!
//! Invariant: all keys begin with `alarms/`; rows of others are left alone. A row that cannot be read is an error, since
//! going on without it would tell things twice or never. What can be found again from other rows is in none.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use plumbago_rules::{Fingerprint, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::alarm::Alarm;
use crate::message::{Member, MessageId, ReceiverPlace};
use crate::pipeline::GroupId;
use crate::pipeline::acknowledge::{Acknowledgement, Acknowledgements};
use crate::pipeline::cap::Pace;
use crate::pipeline::group::{Group, Queue};
use crate::pipeline::outbox::{Entry, Outbox, Progress};
use crate::pipeline::silence::{Silence, Silences};

/// What every key begins with.
const PREFIX: &str = "alarms/";

/// Everything that is kept in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// The next number of a message or group.
    pub(crate) next_id: u64,
    pub(crate) alarms: BTreeMap<Fingerprint, Alarm>,
    /// What fired and was resolved while nobody looked, by when it began: to be told once that time is gone through.
    pub(crate) gap: BTreeMap<(Fingerprint, i64), Member>,
    pub(crate) groups: BTreeMap<GroupId, Group>,
    pub(crate) silences: Silences,
    pub(crate) acknowledgements: Acknowledgements,
    pub(crate) paces: BTreeMap<ReceiverPlace, Pace>,
    pub(crate) outbox: Outbox,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowKey {
    Counter,
    Alarm(Fingerprint),
    Gap(Fingerprint, i64),
    Group(GroupId),
    Queue(GroupId, usize),
    Left(GroupId, Fingerprint),
    Silence(Arc<str>),
    Acknowledgement(Fingerprint),
    Pace(ReceiverPlace),
    Message(MessageId),
    Progress(MessageId),
}

impl fmt::Display for RowKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PREFIX)?;
        match self {
            RowKey::Counter => formatter.write_str("counter"),
            RowKey::Alarm(fingerprint) => write!(formatter, "alarm/{fingerprint}"),
            RowKey::Gap(fingerprint, start) => write!(formatter, "gap/{fingerprint}/{start}"),
            RowKey::Group(group) => write!(formatter, "group/{}", group.0),
            RowKey::Queue(group, place) => write!(formatter, "queue/{}/{place}", group.0),
            RowKey::Left(group, fingerprint) => write!(formatter, "left/{}/{fingerprint}", group.0),
            RowKey::Silence(id) => write!(formatter, "silence/{id}"),
            RowKey::Acknowledgement(fingerprint) => write!(formatter, "acknowledgement/{fingerprint}"),
            // The receiver's name may hold slashes, and so is the last part.
            RowKey::Pace(to) => write!(formatter, "pace/{}/{}", to.integration, to.receiver),
            RowKey::Message(id) => write!(formatter, "message/{}", id.0),
            RowKey::Progress(id) => write!(formatter, "progress/{}", id.0),
        }
    }
}

impl RowKey {
    /// The row of a key; `None`: it is somebody else's.
    fn parse(key: &str) -> Option<RowKey> {
        let (kind, rest) =
            key.strip_prefix(PREFIX)?.split_once('/').unwrap_or((key.strip_prefix(PREFIX)?, ""));
        let number = |text: &str| text.parse::<u64>().ok();
        let two = || rest.split_once('/');
        Some(match kind {
            "counter" => RowKey::Counter,
            "alarm" => RowKey::Alarm(rest.parse().ok()?),
            "gap" => RowKey::Gap(two()?.0.parse().ok()?, two()?.1.parse().ok()?),
            "group" => RowKey::Group(GroupId(number(rest)?)),
            "queue" => RowKey::Queue(GroupId(number(two()?.0)?), two()?.1.parse().ok()?),
            "left" => RowKey::Left(GroupId(number(two()?.0)?), Fingerprint::from_str(two()?.1).ok()?),
            "silence" => RowKey::Silence(rest.into()),
            "acknowledgement" => RowKey::Acknowledgement(rest.parse().ok()?),
            "pace" => {
                RowKey::Pace(ReceiverPlace { integration: two()?.0.parse().ok()?, receiver: two()?.1.into() })
            }
            "message" => RowKey::Message(MessageId(number(rest)?)),
            "progress" => RowKey::Progress(MessageId(number(rest)?)),
            _ => return None,
        })
    }
}

/// A row that does not hold what was written into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedError {
    /// Its key.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for SavedError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the saved state {:?} of alarms cannot be read: {}", self.key, self.reason)
    }
}

impl std::error::Error for SavedError {}

impl State {
    /// Reads rows of any kind; those of others are skipped.
    ///
    /// # Errors
    /// A row of alarms whose bytes are not what was written.
    pub(crate) fn read<'a>(rows: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<State, SavedError> {
        let mut state = State::default();
        let mut silences: BTreeMap<Arc<str>, Silence> = BTreeMap::new();
        let mut queues: Vec<(GroupId, usize, Queue)> = Vec::new();
        let mut left: Vec<(GroupId, Fingerprint, Member)> = Vec::new();
        let mut entries: BTreeMap<MessageId, Entry> = BTreeMap::new();
        let mut progress: BTreeMap<MessageId, Progress> = BTreeMap::new();
        for (key, bytes) in rows {
            let Some(row) = RowKey::parse(key) else { continue };
            match row {
                RowKey::Counter => state.next_id = parsed(key, bytes)?,
                RowKey::Alarm(fingerprint) => drop(state.alarms.insert(fingerprint, parsed(key, bytes)?)),
                RowKey::Gap(fingerprint, start) => {
                    state.gap.insert((fingerprint, start), parsed(key, bytes)?);
                }
                RowKey::Group(group) => drop(state.groups.insert(group, parsed(key, bytes)?)),
                RowKey::Queue(group, place) => queues.push((group, place, parsed(key, bytes)?)),
                RowKey::Left(group, fingerprint) => left.push((group, fingerprint, parsed(key, bytes)?)),
                RowKey::Silence(id) => drop(silences.insert(id, parsed(key, bytes)?)),
                RowKey::Acknowledgement(fingerprint) => {
                    let found: Acknowledgement = parsed(key, bytes)?;
                    state.acknowledgements.all.insert(fingerprint, found);
                }
                RowKey::Pace(to) => drop(state.paces.insert(to, parsed(key, bytes)?)),
                RowKey::Message(id) => drop(entries.insert(id, parsed(key, bytes)?)),
                RowKey::Progress(id) => drop(progress.insert(id, parsed(key, bytes)?)),
            }
        }
        for (group, place, queue) in queues {
            let Some(group) = state.groups.get_mut(&group) else { continue };
            if group.queues.len() <= place {
                group.queues.resize_with(place.saturating_add(1), Queue::default);
            }
            group.queues[place] = queue;
        }
        for (group, fingerprint, member) in left {
            if let Some(group) = state.groups.get_mut(&group) {
                group.left.insert(fingerprint, member);
            }
        }
        for (id, entry) in entries {
            let progress = progress.get(&id).copied().unwrap_or_default();
            state.outbox.insert(entry, progress);
        }
        state.silences = Silences::of(silences);
        Ok(state)
    }

    /// A row as it is now: its key, and its value or removal.
    pub(crate) fn row(&self, key: &RowKey) -> Row {
        let group = |id: &GroupId| self.groups.get(id);
        let value = match key {
            RowKey::Counter => (self.next_id > 0).then(|| bytes(&self.next_id)),
            RowKey::Alarm(fingerprint) => self.alarms.get(fingerprint).map(bytes),
            RowKey::Gap(fingerprint, start) => self.gap.get(&(*fingerprint, *start)).map(bytes),
            RowKey::Group(id) => group(id).map(bytes),
            RowKey::Queue(id, place) => {
                let queue = group(id).and_then(|group| group.queues.get(*place));
                queue.filter(|queue| !queue.is_blank()).map(bytes)
            }
            RowKey::Left(id, fingerprint) => {
                group(id).and_then(|group| group.left.get(fingerprint)).map(bytes)
            }
            RowKey::Silence(id) => self.silences.get(id).map(bytes),
            RowKey::Acknowledgement(fingerprint) => self.acknowledgements.all.get(fingerprint).map(bytes),
            RowKey::Pace(to) => self.paces.get(to).map(bytes),
            RowKey::Message(id) => self.outbox.get(*id).map(|(entry, _)| bytes(entry)),
            RowKey::Progress(id) => self.outbox.get(*id).map(|(_, progress)| bytes(progress)),
        };
        (key.to_string(), value)
    }

    /// The keys of all rows that there are.
    pub(crate) fn keys(&self) -> Vec<RowKey> {
        let mut keys = vec![RowKey::Counter];
        keys.extend(self.alarms.keys().map(|fingerprint| RowKey::Alarm(*fingerprint)));
        keys.extend(self.gap.keys().map(|(fingerprint, start)| RowKey::Gap(*fingerprint, *start)));
        for (id, group) in &self.groups {
            keys.push(RowKey::Group(*id));
            keys.extend((0..group.queues.len()).map(|place| RowKey::Queue(*id, place)));
            keys.extend(group.left.keys().map(|fingerprint| RowKey::Left(*id, *fingerprint)));
        }
        keys.extend(self.silences.iter().map(|silence| RowKey::Silence(silence.id.clone())));
        keys.extend(
            self.acknowledgements.all.keys().map(|fingerprint| RowKey::Acknowledgement(*fingerprint)),
        );
        keys.extend(self.paces.keys().map(|to| RowKey::Pace(to.clone())));
        for (entry, _) in self.outbox.iter() {
            keys.extend([RowKey::Message(entry.message.id), RowKey::Progress(entry.message.id)]);
        }
        keys
    }
}

fn parsed<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, SavedError> {
    serde_json::from_slice(bytes)
        .map_err(|error| SavedError { key: key.chars().take(200).collect(), reason: error.to_string() })
}

/// Nothing that is kept has a form that JSON lacks: keys are texts, numbers finite.
fn bytes<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}
