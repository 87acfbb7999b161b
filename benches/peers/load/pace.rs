//! Keeps a sender to its rate.
//!
//! Invariant: after `points` have been sent, at least `points / rate` seconds have passed since the origin. Time lost is
//! caught up, and the longest delay is remembered: a server that cannot keep up shows in it.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A rate, and the moment from which it counts.
pub(crate) struct Pace {
    origin: SystemTime,
    points_per_sec: f64,
    late_max: Duration,
}

impl Pace {
    /// From now on; 0: no limit.
    pub(crate) fn new(points_per_sec: f64) -> Self {
        Self { origin: SystemTime::now(), points_per_sec, late_max: Duration::ZERO }
    }

    /// From the moment `epoch_secs` on, which may lie ahead.
    pub(crate) fn since(epoch_secs: i64, points_per_sec: f64) -> Self {
        let origin = UNIX_EPOCH + Duration::from_secs(epoch_secs.max(0).unsigned_abs());
        Self { origin, ..Self::new(points_per_sec) }
    }

    /// Waits until the next point after `points` is due.
    pub(crate) fn wait(&mut self, points: u64) {
        if self.points_per_sec == 0.0 {
            return;
        }
        let due = self.origin + Duration::from_secs_f64(points as f64 / self.points_per_sec);
        match due.duration_since(SystemTime::now()) {
            Ok(ahead) => thread::sleep(ahead),
            Err(late) => self.late_max = self.late_max.max(late.duration()),
        }
    }

    /// The rate, in points a second.
    pub(crate) fn points_per_sec(&self) -> f64 {
        self.points_per_sec
    }

    /// The longest that sending was behind, in seconds.
    pub(crate) fn late_max_secs(&self) -> f64 {
        self.late_max.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overdue_is_sent_at_once_and_remembered() {
        let mut pace = Pace::since(1_000_000_000, 1000.0);
        pace.wait(5000);
        assert!(pace.late_max_secs() > 1e6);
        let mut unlimited = Pace::new(0.0);
        unlimited.wait(u64::MAX);
        assert_eq!(unlimited.late_max_secs(), 0.0);
    }
}
