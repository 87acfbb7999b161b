//! What the store of events counts.
//!
//! Invariant: an event is counted once it is on the disk; nothing is decided by these numbers.

use crate::metrics::{Counter, Gauge};
use parking_lot::Mutex;
use plumbago_rules::Source;
use std::collections::BTreeMap;

/// The numbers of one store.
#[derive(Debug, Default)]
pub(crate) struct EventCounters {
    stored: [Counter; SOURCES.len()],
    /// Changes of events that were there: corrected, raised, ended, retracted.
    pub(crate) changed: Counter,
    /// Events that were sent again under the same key.
    pub(crate) repeated: Counter,
    /// Events that were removed because they were old, or too many.
    pub(crate) expired: Counter,
    /// Transactions.
    pub(crate) commits: Counter,
    /// Events in the store.
    pub(crate) kept: Gauge,
    /// Streams that are open.
    pub(crate) streams: Gauge,
    /// Streams that were ended because their readers were too slow.
    pub(crate) streams_dropped: Counter,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

/// Who makes events, each with its label.
pub(crate) const SOURCES: [(Source, &str); 5] = [
    (Source::Posted, "posted"),
    (Source::Rule, "rule"),
    (Source::Alarm, "alarm"),
    (Source::Pattern, "pattern"),
    (Source::Predicted, "predicted"),
];

impl EventCounters {
    /// How many events were stored from this source.
    pub(crate) fn stored(&self, source: Source) -> &Counter {
        let place = SOURCES.iter().position(|(one, _)| *one == source).unwrap_or(0);
        &self.stored[place]
    }

    /// Counts a request that was refused, by its reason in one word.
    pub(crate) fn refuse(&self, reason: &'static str) {
        *self.refused.lock().entry(reason).or_default() += 1;
    }

    /// Requests that were refused, by reason.
    pub(crate) fn refused(&self) -> Vec<(&'static str, u64)> {
        self.refused.lock().iter().map(|(reason, count)| (*reason, *count)).collect()
    }
}
