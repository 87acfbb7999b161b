//! What has to be stored because of what was decided: rows, events, and entries of the log of notifications.
//!
//! Invariant: all of it goes into one transaction. Nothing that follows from it is sent before.

use std::sync::Arc;

use plumbago_rules::{EventChange, Fingerprint, Row};
use serde::{Deserialize, Serialize};

use crate::message::{MessageId, ReceiverPlace};

/// What has to be stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// What to keep for the next start: key, and value or removal. All keys begin with `alarms/`.
    pub rows: Vec<Row>,
    /// Silences and acknowledgements.
    pub events: Vec<EventChange>,
    /// What became of messages.
    pub log: Vec<LogEntry>,
}

impl Effects {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.events.is_empty() && self.log.is_empty()
    }
}

/// Something that became of a message, or of alarms that none was made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What.
    pub kind: LogKind,
    /// The message, if there is one.
    pub message: Option<MessageId>,
    /// To whom.
    pub to: ReceiverPlace,
    /// Its group.
    pub group_key: Arc<str>,
    /// Alarms it is about, at most `limits::LOG_ALARMS_MAX` of them.
    pub alarms: Vec<Fingerprint>,
    /// How many of them fire.
    pub firing: usize,
    /// How many do not.
    pub resolved: usize,
    /// Which attempt it was, from 1; 0 where it is about none.
    pub attempt: u32,
    /// How long the attempt took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Why, as a sentence without a full stop and without secrets; empty where the kind says it all.
    pub reason: String,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// It waits to be sent.
    Queued,
    /// A newer one of its group took its place before it was sent.
    Superseded,
    /// It was taken back before it was sent, since there was nothing left to say.
    Withdrawn,
    /// No message was made: the alarms were resolved before anybody was told of them.
    Unsent,
    /// The rate cap kept it; a digest will tell of it.
    Withheld,
    /// It is there.
    Sent,
    /// An attempt failed; there will be another one.
    Retried,
    /// An attempt failed for good.
    Refused,
    /// Attempts failed for too long.
    Expired,
    /// It is not tried again: its receiver is not in the file any more, or it was a test and the attempt failed.
    Dropped,
}

impl LogKind {
    /// All of them.
    pub const ALL: [LogKind; 10] = [
        LogKind::Queued,
        LogKind::Superseded,
        LogKind::Withdrawn,
        LogKind::Unsent,
        LogKind::Withheld,
        LogKind::Sent,
        LogKind::Retried,
        LogKind::Refused,
        LogKind::Expired,
        LogKind::Dropped,
    ];

    /// In one word, as it is stored and asked for.
    pub fn name(self) -> &'static str {
        match self {
            LogKind::Queued => "queued",
            LogKind::Superseded => "superseded",
            LogKind::Withdrawn => "withdrawn",
            LogKind::Unsent => "unsent",
            LogKind::Withheld => "withheld",
            LogKind::Sent => "sent",
            LogKind::Retried => "retried",
            LogKind::Refused => "refused",
            LogKind::Expired => "expired",
            LogKind::Dropped => "dropped",
        }
    }

    /// Whether somebody who should have been told was not.
    pub fn is_failure(self) -> bool {
        matches!(self, LogKind::Refused | LogKind::Expired | LogKind::Dropped)
    }
}
