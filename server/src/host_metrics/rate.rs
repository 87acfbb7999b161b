//! Owns the step from two readings of a counter to a rate.
//!
//! Invariant: a counter that went backwards (the device was replaced, the counter wrapped) gives no rate at all,
//! never a negative or an enormous one.

use std::time::Duration;

/// How far a counter advanced; `None` when it went backwards.
pub(crate) fn increase(previous: u64, current: u64) -> Option<u64> {
    current.checked_sub(previous)
}

/// How far a counter advanced each second; `None` when it went backwards or no time has passed.
pub(crate) fn per_second(previous: u64, current: u64, elapsed: Duration) -> Option<f64> {
    let seconds = elapsed.as_secs_f64();
    if seconds <= 0.0 {
        return None;
    }
    Some(increase(previous, current)? as f64 / seconds)
}

/// `part` in percent of `whole`; `None` when the whole is nothing.
pub(crate) fn percent(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| 100.0 * part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_increase_over_the_time_that_passed() {
        assert_eq!(per_second(1000, 6000, Duration::from_secs(10)), Some(500.0));
        assert_eq!(per_second(0, 3, Duration::from_millis(1500)), Some(2.0));
        assert_eq!(per_second(7, 7, Duration::from_secs(10)), Some(0.0));
    }

    #[test]
    fn a_reset_counter_gives_no_rate() {
        assert_eq!(per_second(1_000_000, 12, Duration::from_secs(10)), None);
    }

    #[test]
    fn no_elapsed_time_gives_no_rate() {
        assert_eq!(per_second(1, 2, Duration::ZERO), None);
    }

    #[test]
    fn nothing_of_nothing_is_unknown_not_zero() {
        assert_eq!(percent(0.0, 0.0), None);
        assert_eq!(percent(1.0, 4.0), Some(25.0));
    }
}
