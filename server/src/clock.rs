//! The wall clock, read here and nowhere else.
//!
//! Everything below the server takes `now` as an argument. A fixed clock freezes that `now` for reproducible
//! tests; time-outs, syncing and sealing run on monotonic time and are not touched by it.

use crate::cli::ClockChoice;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where `now` comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The machine's clock.
    System,
    /// Always this many seconds since the epoch.
    Fixed(i64),
}

impl From<ClockChoice> for Clock {
    fn from(choice: ClockChoice) -> Clock {
        match choice {
            ClockChoice::System => Clock::System,
            ClockChoice::Fixed(seconds) => Clock::Fixed(seconds),
        }
    }
}

impl Clock {
    /// Seconds since the epoch. A machine clock set before 1970 reads as 0.
    pub(crate) fn now(self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Milliseconds since the epoch. A machine clock set before 1970 reads as 0.
    pub(crate) fn now_ms(self) -> i64 {
        match self {
            Clock::Fixed(seconds) => seconds.saturating_mul(1000),
            Clock::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)),
        }
    }

    /// True where time stands still, so that nothing may enter the store but what was sent.
    pub(crate) fn is_fixed(self) -> bool {
        matches!(self, Clock::Fixed(_))
    }
}

/// `seconds` since the epoch as a name for a file: `20240315T120000Z`.
pub(crate) fn utc_stamp(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(moment) => moment.strftime("%Y%m%dT%H%M%SZ").to_string(),
        // Beyond the year 9999.
        Err(_) => seconds.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_clock_stands_still_and_says_so() {
        let clock = Clock::Fixed(1_710_504_000);
        assert_eq!(clock.now(), 1_710_504_000);
        assert!(clock.is_fixed());
    }

    #[test]
    fn stamps_are_utc_and_sort_by_time() {
        assert_eq!(utc_stamp(1_710_504_000), "20240315T120000Z");
        assert_eq!(utc_stamp(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn system_clock_is_past_2020() {
        assert!(Clock::System.now() > 1_577_836_800);
        assert!(!Clock::System.is_fixed());
    }
}
