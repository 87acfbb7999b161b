//! What an event rule remembers of one series, or of those that `by` makes one.
//!
//! Invariant: a state changes only when something was decided or began to be missing, so that a quiet series costs no
//! writing. What is not remembered is as if it had never been seen.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::Severity;

/// The state of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The series it was last decided by.
    pub(crate) series: Arc<str>,
    /// The step of that series in seconds.
    pub(crate) step_secs: i64,
    /// The first slot of those without a value that reach to now, in seconds since the epoch.
    pub(crate) missing_since: Option<i64>,
    /// What the rule's kind of check needs.
    pub(crate) known: Known,
}

/// What a kind of check remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Known {
    /// `when` with conditions.
    Levels {
        /// From the lowest to the highest.
        levels: Vec<Level>,
        /// The event that goes on.
        open: Option<Open>,
    },
    /// `changes`: the bits of the last value.
    Value(u64),
    /// `absent`, `appears`, `vanishes`: there was a value once; and the event that goes on.
    Once(Option<Open>),
}

/// One level's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Level {
    /// It does not hold.
    Idle,
    /// It has held since this slot, not long enough.
    Pending(i64),
    /// It has held long enough since this slot, and has not been cleared.
    Active(i64),
}

/// An event that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    /// Its first slot, in seconds since the epoch.
    pub(crate) start_secs: i64,
    /// How bad it is.
    pub(crate) severity: Severity,
}

impl State {
    /// The event that goes on.
    pub(crate) fn open(&self) -> Option<Open> {
        match &self.known {
            Known::Levels { open, .. } | Known::Once(open) => *open,
            Known::Value(_) => None,
        }
    }
}

/// All that one rule remembers, by what it watches.
pub(crate) type Watched = HashMap<Arc<str>, State, foldhash::fast::RandomState>;
