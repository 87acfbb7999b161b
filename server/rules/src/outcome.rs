//! What the core asks for: the next step, what that step reads, and what has to be done because of it.
//!
//! Invariant: an outcome is complete. Its points go to the store first, then its events and rows go into one transaction;
//! run again from the same rows and the same slots, a step has the same outcome, byte for byte. Performing it is left to
//! the server, to tests and to backtests.

use std::fmt;
use std::sync::Arc;

use plumbago_query::Source;

use crate::{EventChange, Kind, NoEvents, StoredEvents, Transition};

/// What is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing before this moment, in milliseconds since the epoch; `i64::MAX`: never. A late point may change that.
    At(i64),
    /// This, now.
    Step(Step),
}

/// One piece of work: [`crate::Core::run`] it, perform its outcome, [`crate::Core::commit`] it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) work: Work,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The first one: takes over what was saved, writes down where new rules begin, ends the events of removed ones.
    Begin,
    /// Evaluates a rule at a moment for the first time.
    Evaluate {
        /// Which rule, by its position among all rules of the set.
        rule: usize,
        /// T: the end of the slot that counts, in seconds since the epoch.
        at_secs: i64,
    },
    /// Computes the points of a `record` rule once more, since a point that it reads came late.
    Recompute {
        /// Which rule, by its position among all rules of the set.
        rule: usize,
        /// T: the end of the slot that counts, in seconds since the epoch.
        at_secs: i64,
    },
}

impl Step {
    /// What it does.
    pub fn work(&self) -> Work {
        self.work
    }
}

/// What a step may look at.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The series, derived ones among them.
    pub source: &'a dyn Source,
    /// The present of the store in seconds since the epoch, which decides how far back each archive reaches. All slots
    /// that closed before it, less the rule's delay, count as known.
    pub now_secs: i64,
    /// What `graph_url` in templates begins with, without a slash at its end; empty: none is known.
    pub external_url: &'a str,
    /// The events that are stored.
    pub events: &'a dyn StoredEvents,
    /// Since when points were listened for without a break, in seconds since the epoch; `i64::MIN`: ever. Time before it,
    /// and the patience of a rule after it, is not silence.
    pub listening_since_secs: i64,
}

impl<'a> World<'a> {
    /// A store at a moment, without events and without links, that has always been listened for.
    pub fn new(source: &'a dyn Source, now_secs: i64) -> World<'a> {
        World { source, now_secs, external_url: "", events: &NoEvents, listening_since_secs: i64::MIN }
    }
}

/// What a step wants done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// To be stored first: a point for a slot that has one replaces it.
    pub points: Vec<DerivedPoint>,
    /// To be done after that, together with `rows`.
    pub events: Vec<EventChange>,
    /// What is told of alarms, in order; to be taken together with `rows`.
    pub alarms: Vec<Transition>,
    /// What to keep for the next start: key, and value or removal.
    pub rows: Vec<Row>,
    /// Why the rule decided nothing at this moment.
    pub error: Option<RuleError>,
}

/// A row of saved state: its key, and its new value or `None` if it goes.
pub type Row = (String, Option<Vec<u8>>);

/// A point of a derived series.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedPoint {
    /// The canonical name.
    pub name: Arc<str>,
    /// Its slot, in seconds since the epoch.
    pub timestamp: i64,
    /// Finite.
    pub value: f64,
}

/// Why a rule decided nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// One sentence.
    pub message: String,
    /// Whether the store failed, rather than the rule: trying again may help.
    pub is_fault: bool,
}

impl fmt::Display for RuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for RuleError {}

/// What a rule makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleKind {
    /// Points of derived series.
    Record,
    /// Events.
    Event,
    /// Alarms.
    Alert,
}

impl From<&Kind> for RuleKind {
    fn from(kind: &Kind) -> RuleKind {
        match kind {
            Kind::Record(_) => RuleKind::Record,
            Kind::Event(_) => RuleKind::Event,
            Kind::Alert(_) => RuleKind::Alert,
        }
    }
}

/// How a rule is doing.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleStatus {
    /// The file, group and name of the rule, as in an event's `rule`.
    pub rule: String,
    /// Position of its group in the set, and of the rule in its group.
    pub place: (usize, usize),
    /// The last T that was committed, in seconds since the epoch.
    pub evaluated_until_secs: i64,
    /// What it makes.
    pub kind: RuleKind,
    /// How many of its alarms are pending, and how many fire.
    pub alarms: (usize, usize),
    /// When the next T is due, in milliseconds since the epoch.
    pub next_ms: i64,
    /// By how much it is behind, in milliseconds: the time since the next T was due.
    pub lag_ms: i64,
    /// How long after its end a slot counts as closed, in milliseconds.
    pub delay_ms: i64,
    /// The steps of its results in seconds, as far as they were seen.
    pub steps_secs: Vec<i64>,
    /// Results of the last evaluation.
    pub results: usize,
    /// Evaluations since the start of this core.
    pub evaluations: u64,
    /// Evaluations that decided nothing, since the start of this core.
    pub failures: u64,
    /// Moments that late points had computed once more, since the start of this core.
    pub recomputed: u64,
    /// Why the last evaluation decided nothing.
    pub error: Option<RuleError>,
}

impl RuleStatus {
    /// As Prometheus says it: `ok`, `err`, or `unknown` as long as it was not evaluated.
    pub fn health(&self) -> &'static str {
        match (&self.error, self.evaluations) {
            (Some(_), _) => "err",
            (None, 0) => "unknown",
            (None, _) => "ok",
        }
    }

    /// As Prometheus says it of an alert rule: `firing`, `pending` or `inactive`.
    pub fn state(&self) -> &'static str {
        match self.alarms {
            (_, 1..) => "firing",
            (1.., 0) => "pending",
            (0, 0) => "inactive",
        }
    }
}
