//! What two sets of rules do differently, in counts and first examples.

use serde::{Deserialize, Serialize};

use crate::{Event, FiredAlarm};

/// Most examples of each kind of difference.
const EXAMPLES_MAX: u64 = 10;

/// What a new set of rules does otherwise than an old one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Points of derived series.
    pub points: PartDifference<PointDifference>,
    /// Events.
    pub events: PartDifference<EventDifference>,
    /// Alarms, each time that one fired.
    #[serde(default)]
    pub alarms: PartDifference<AlarmDifference>,
    /// Evaluations of the old set that failed.
    pub old_failures: u64,
    /// Evaluations of the new set that failed.
    pub new_failures: u64,
}

/// Counts, and the first examples of each kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartDifference<T> {
    /// How many are as they were.
    pub same: u64,
    /// How many the new set makes alone.
    pub added: u64,
    /// How many the old set makes alone.
    pub removed: u64,
    /// How many both make, not alike.
    pub changed: u64,
    /// The first ten that were added, removed and changed.
    pub examples: Vec<T>,
}

/// A point that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointDifference {
    /// The derived series.
    pub series: String,
    /// The slot, in seconds since the epoch.
    pub slot_secs: i64,
    /// What the old set makes, if anything.
    pub old: Option<f64>,
    /// What the new set makes, if anything.
    pub new: Option<f64>,
}

/// An event that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventDifference {
    /// What the old set makes, if anything.
    pub old: Option<Event>,
    /// What the new set makes, if anything.
    pub new: Option<Event>,
}

/// A time that an alarm fired, that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmDifference {
    /// What the old set makes, if anything.
    pub old: Option<FiredAlarm>,
    /// What the new set makes, if anything.
    pub new: Option<FiredAlarm>,
}

impl Difference {
    /// Whether both do the same.
    pub fn is_none(&self) -> bool {
        !self.points.differs() && !self.events.differs() && !self.alarms.differs()
    }
}

impl<T> Default for PartDifference<T> {
    fn default() -> Self {
        PartDifference { same: 0, added: 0, removed: 0, changed: 0, examples: Vec::new() }
    }
}

impl<T> PartDifference<T> {
    /// Whether there is anything that is not the same.
    pub fn differs(&self) -> bool {
        self.added > 0 || self.removed > 0 || self.changed > 0
    }

    /// Counts one that is in the old, the new or both of them.
    pub fn add(&mut self, is_old: bool, is_new: bool, is_same: bool, example: impl FnOnce() -> T) {
        let count = match (is_old, is_new) {
            _ if is_same => &mut self.same,
            (false, _) => &mut self.added,
            (true, false) => &mut self.removed,
            (true, true) => &mut self.changed,
        };
        *count += 1;
        if !is_same && *count <= EXAMPLES_MAX {
            self.examples.push(example());
        }
    }
}
