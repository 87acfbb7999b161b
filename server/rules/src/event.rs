//! What happened, from when to when: an event's fields, and what rules do with events.
//!
//! Invariant: an event's key is its identity; rules open, update and retract events, and never delete one. Ids and
//! revisions are given by the store of events.

use serde::{Deserialize, Serialize};

/// An event as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number in the order of arrival, from 1; 0 as long as no store has given one.
    #[serde(default)]
    pub id: u64,
    /// What makes a second one the same; unique.
    pub key: Option<String>,
    /// What kind of thing happened, such as `deploy`.
    #[serde(default)]
    pub kind: String,
    /// One line.
    pub title: String,
    /// More lines.
    #[serde(default)]
    pub text: String,
    /// How bad it is.
    #[serde(default)]
    pub severity: Severity,
    /// Words, or `key=value`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The series that it was seen in.
    #[serde(default)]
    pub series: Option<String>,
    /// The value that it was seen by.
    #[serde(default)]
    pub value: Option<f64>,
    /// The rule that made it, `file/group/rule`.
    #[serde(default)]
    pub rule: Option<String>,
    /// When it began, in milliseconds since the epoch.
    pub start_ms: i64,
    /// When it ended, in milliseconds since the epoch; `None`: it goes on.
    #[serde(default)]
    pub end_ms: Option<i64>,
    /// Who made it.
    #[serde(default)]
    pub source: Source,
    /// Whether it goes on, is over, or was taken back.
    #[serde(default)]
    pub status: Status,
    /// How often it was changed.
    #[serde(default)]
    pub revision: u64,
    /// Events that it is made of.
    #[serde(default)]
    pub parents: Vec<u64>,
}

impl Event {
    /// What a template makes of a long name may be over a limit on events that are sent: it is cut, since the event did
    /// happen.
    pub(crate) fn cut(mut text: String, bytes_max: usize) -> String {
        text.truncate(text.floor_char_boundary(bytes_max));
        text
    }
}

impl Severity {
    /// The severity of this name.
    pub(crate) fn named(name: &str) -> Option<Severity> {
        Some(match name {
            "info" => Severity::Info,
            "warning" => Severity::Warning,
            "error" => Severity::Error,
            "critical" => Severity::Critical,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Critical => "critical",
        }
    }
}

/// How bad an event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    #[default]
    Info,
    /// Look at it some time.
    Warning,
    /// Something does not work.
    Error,
    /// Look at it now.
    Critical,
}

/// Who made an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Somebody sent it.
    #[default]
    Posted,
    /// An event rule.
    Rule,
    /// A change of an alarm.
    Alarm,
    /// A pattern of other events.
    Pattern,
    /// A forecast.
    Predicted,
}

/// Whether an event goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It goes on.
    Open,
    /// It is over.
    #[default]
    Closed,
    /// It should not have been.
    Retracted,
}

/// What a rule wants done with an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventChange {
    /// Store it, unless its key is there already.
    Store(Box<Event>),
    /// It goes on no longer.
    Close {
        /// Which one.
        key: String,
        /// Its end in milliseconds since the epoch.
        end_ms: i64,
    },
    /// It got worse or better.
    Raise {
        /// Which one.
        key: String,
        /// How bad it is now.
        severity: Severity,
        /// The value that shows it.
        value: Option<f64>,
    },
    /// It should not have been.
    Retract {
        /// Which one.
        key: String,
    },
}
