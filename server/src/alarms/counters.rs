//! What the notification of alarms counts.
//!
//! Invariant: an entry of the log is counted once it is on the disk; nothing is decided by these numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::metrics::{Counter, Gauge};

/// Upper bounds of the canary's histogram, in seconds.
pub(crate) const CANARY_BOUNDS_SECS: [f64; 12] =
    [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0];

/// The numbers of one server.
#[derive(Debug, Default)]
pub(crate) struct AlarmCounters {
    /// Entries of the log by receiver and by what they tell: queued, sent, failed, withheld, …
    told: Mutex<BTreeMap<(String, String), u64>>,
    /// Transactions that failed, after which the notifier was built again.
    pub(crate) rebuilt: Counter,
    /// Messages that are being sent.
    pub(crate) in_flight: Gauge,
    /// Requests about alarms that were refused.
    pub(crate) refused: Counter,
    /// Heartbeats that arrived.
    pub(crate) heartbeats_sent: Counter,
    /// Heartbeats that did not.
    pub(crate) heartbeats_failed: Counter,
    /// Mails that have their picture.
    pub(crate) pictures_drawn: Counter,
    /// Mails without, because it could not be drawn.
    pub(crate) pictures_failed: Counter,
    /// Mails without, because it took too long.
    pub(crate) pictures_late: Counter,
    canary: Mutex<Histogram>,
}

/// How long canaries took.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Histogram {
    /// Canaries up to each of the bounds, and those above all of them.
    pub(crate) counts: [u64; CANARY_BOUNDS_SECS.len() + 1],
    /// All of their times together, in seconds.
    pub(crate) sum_secs: f64,
}

impl AlarmCounters {
    /// Counts an entry of the log.
    pub(crate) fn tell(&self, receiver: &str, what: &str) {
        *self.told.lock().entry((receiver.to_owned(), what.to_owned())).or_default() += 1;
    }

    /// Entries by receiver and by what they tell.
    pub(crate) fn told(&self) -> Vec<(String, String, u64)> {
        let told = self.told.lock();
        told.iter().map(|((receiver, what), count)| (receiver.clone(), what.clone(), *count)).collect()
    }

    /// A canary was told of after this time.
    pub(crate) fn canary_arrived(&self, after: Duration) {
        let seconds = after.as_secs_f64();
        let place = CANARY_BOUNDS_SECS.iter().position(|bound| seconds <= *bound);
        let mut histogram = self.canary.lock();
        histogram.counts[place.unwrap_or(CANARY_BOUNDS_SECS.len())] += 1;
        histogram.sum_secs += seconds;
    }

    /// How long canaries took.
    pub(crate) fn canary(&self) -> Histogram {
        *self.canary.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canaries_are_counted_in_the_bucket_of_their_time() {
        let counters = AlarmCounters::default();
        for milliseconds in [100, 101, 400_000] {
            counters.canary_arrived(Duration::from_millis(milliseconds));
        }
        let Histogram { counts, sum_secs } = counters.canary();
        assert_eq!((counts[0], counts[1], counts[CANARY_BOUNDS_SECS.len()]), (1, 1, 1));
        assert!((sum_secs - 400.201).abs() < 1e-9);
    }
}
