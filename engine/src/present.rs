//! Owns the moment from which retention is counted, and what becomes of a clock that is set.
//!
//! Deleting cannot be undone, waiting can: the moment follows a clock that goes back at once, and one that leaps ahead
//! only when the leap has stood, on a second measure of time, for a 24th of its size, a day at the most. Until then
//! it goes on at the pace of that measure. Invariant: while the clock runs on, the moment never runs backwards.
//! Where time comes from is the caller's business; so is saying that it was set.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

/// A difference of up to this many seconds is no leap: clocks are corrected, and a start takes its time.
const LEAP_SECS_MIN: i64 = 60;
/// The part of its size for which a leap must stand.
const STANDING_SHARE: i64 = 24;
/// No leap needs to stand for longer, in seconds.
const STANDING_SECS_MAX: i64 = 86_400;

/// What `Engine::keep_time` noticed; all in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEvent {
    /// The clock is this far ahead of measured time. It is believed if it stays so.
    Ahead {
        /// The difference.
        secs: i64,
        /// For how long it must stay.
        standing_secs: i64,
    },
    /// As [`ClockEvent::Ahead`], at a start: so long ago the store was last known to live.
    AheadAtStart {
        /// The difference.
        secs: i64,
        /// For how long it must stay.
        standing_secs: i64,
    },
    /// The clock agrees with measured time again, before it was believed.
    Agrees,
    /// The clock has stayed this far ahead for long enough: retention is counted from it now.
    Believed {
        /// The difference.
        secs: i64,
    },
    /// The clock went back by this much, and is followed.
    Back {
        /// The difference.
        secs: i64,
    },
}

/// The present, as far as deleting is concerned.
pub(crate) struct Present {
    moment: AtomicI64,
    /// How far the clock is ahead and not believed, in seconds.
    ahead_secs: AtomicI64,
    leaps: AtomicU64,
    is_trusted: bool,
    measured: Mutex<Measured>,
}

/// A moment that was believed, and the leap that is not believed yet.
struct Measured {
    moment: i64,
    /// When that was, on the second measure; not known before the first look at it.
    at: Option<Duration>,
    leap: Option<Leap>,
}

#[derive(Clone, Copy)]
struct Leap {
    secs: i64,
    since: Duration,
}

impl Leap {
    fn standing_secs(self) -> i64 {
        (self.secs / STANDING_SHARE).min(STANDING_SECS_MAX)
    }
}

impl Present {
    /// Begins at `now`. If that is not to be trusted, and the store is known to have lived at the moment `recorded`,
    /// it begins there: how long the store was closed is for the clock to prove.
    pub(crate) fn new(now: i64, recorded: Option<i64>, is_trusted: bool) -> Self {
        let known = recorded.filter(|recorded| !is_trusted && now.saturating_sub(*recorded) > LEAP_SECS_MIN);
        let moment = known.unwrap_or(now);
        Self {
            moment: AtomicI64::new(moment),
            ahead_secs: AtomicI64::new(now.saturating_sub(moment)),
            leaps: AtomicU64::new(0),
            is_trusted,
            measured: Mutex::new(Measured { moment, at: None, leap: None }),
        }
    }

    /// The moment to count retention from, for a caller whose clock says `now`: with a trusted clock the latest one
    /// heard of, else the one that was measured.
    pub(crate) fn steady(&self, now: i64) -> i64 {
        if self.is_trusted {
            self.moment.fetch_max(now, Ordering::Relaxed).max(now)
        } else {
            self.moment.load(Ordering::Relaxed)
        }
    }

    /// The moment to put on record; none if the clock is trusted, since nobody will ask.
    pub(crate) fn to_record(&self) -> Option<i64> {
        (!self.is_trusted).then(|| self.moment.load(Ordering::Relaxed))
    }

    /// How far the clock is ahead and not believed, in seconds.
    pub(crate) fn ahead_secs(&self) -> i64 {
        self.ahead_secs.load(Ordering::Relaxed)
    }

    /// How often the clock was set, ahead or back.
    pub(crate) fn leaps(&self) -> u64 {
        self.leaps.load(Ordering::Relaxed)
    }

    /// Hears that the store lived at the moment `recorded`, too.
    pub(crate) fn recall(&self, recorded: i64, now: i64) {
        if !self.is_trusted {
            let mut measured = self.measured.lock();
            measured.moment = measured.moment.max(recorded.min(now));
            self.believe(&measured, now);
        }
    }

    /// Compares the clock's `now` with `elapsed`, a time that nobody can set. To be called every few seconds or more
    /// often, unless the clock is trusted.
    pub(crate) fn keep(&self, now: i64, elapsed: Duration) -> Option<ClockEvent> {
        if self.is_trusted {
            self.steady(now);
            return None;
        }
        let mut measured = self.measured.lock();
        let event = measured.keep(now, elapsed);
        self.believe(&measured, now);
        if matches!(event, Some(ClockEvent::Ahead { .. } | ClockEvent::Back { .. })) {
            self.leaps.fetch_add(1, Ordering::Relaxed);
        }
        event
    }

    fn believe(&self, measured: &Measured, now: i64) {
        self.moment.store(measured.moment, Ordering::Relaxed);
        let is_ahead = now.saturating_sub(measured.moment) > LEAP_SECS_MIN;
        self.ahead_secs
            .store(if is_ahead { now.saturating_sub(measured.moment) } else { 0 }, Ordering::Relaxed);
    }
}

impl Measured {
    fn keep(&mut self, now: i64, elapsed: Duration) -> Option<ClockEvent> {
        let is_start = self.at.is_none();
        let at = *self.at.get_or_insert(elapsed);
        // Whole seconds only, so that what is left of one counts the next time.
        let passed_secs = elapsed.saturating_sub(at).as_secs();
        self.moment = self.moment.saturating_add_unsigned(passed_secs);
        self.at = Some(at.saturating_add(Duration::from_secs(passed_secs)));
        let ahead_secs = now.saturating_sub(self.moment);
        if ahead_secs > LEAP_SECS_MIN {
            return self.ahead(now, ahead_secs, elapsed).map(|event| match event {
                ClockEvent::Ahead { secs, standing_secs } if is_start => {
                    ClockEvent::AheadAtStart { secs, standing_secs }
                }
                other => other,
            });
        }
        let was_ahead = self.leap.take().is_some();
        if ahead_secs < -LEAP_SECS_MIN {
            self.follow(now, elapsed);
            return Some(ClockEvent::Back { secs: ahead_secs.saturating_neg() });
        }
        if ahead_secs != 0 {
            // A clock that is a little behind catches up with the moment, which stands still meanwhile.
            self.follow(now.max(self.moment.saturating_sub_unsigned(passed_secs)), elapsed);
        }
        was_ahead.then_some(ClockEvent::Agrees)
    }

    fn ahead(&mut self, now: i64, secs: i64, elapsed: Duration) -> Option<ClockEvent> {
        let same = self.leap.filter(|leap| (leap.secs - secs).abs() <= LEAP_SECS_MIN);
        let Some(leap) = same else {
            let leap = Leap { secs, since: elapsed };
            self.leap = Some(leap);
            return Some(ClockEvent::Ahead { secs, standing_secs: leap.standing_secs() });
        };
        let stood_secs = elapsed.saturating_sub(leap.since).as_secs();
        if stood_secs < leap.standing_secs().unsigned_abs() {
            return None;
        }
        self.leap = None;
        self.follow(now, elapsed);
        Some(ClockEvent::Believed { secs })
    }

    fn follow(&mut self, moment: i64, elapsed: Duration) {
        (self.moment, self.at) = (moment, Some(elapsed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;
    const YEARS: i64 = 4 * 365 * 86_400;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_clock_that_runs_on_is_followed_and_never_back() {
        let present = Present::new(NOW, None, false);
        for (elapsed, now, expected) in
            [(5, NOW, NOW), (15, NOW + 10, NOW + 10), (16, NOW + 41, NOW + 41), (17, NOW + 30, NOW + 41)]
        {
            assert_eq!(present.keep(now, seconds(elapsed)), None);
            assert_eq!(present.steady(i64::MAX), expected, "after {elapsed} s");
        }
        for tick in 0..400 {
            present.keep(NOW + 41 + tick / 4, seconds(17) + Duration::from_millis(tick as u64 * 250));
        }
        assert_eq!(present.steady(0), NOW + 140, "parts of a second add up");
    }

    #[test]
    fn a_store_that_was_closed_for_long_is_no_clock_that_leapt() {
        let present = Present::new(NOW + 600, Some(NOW), false);
        let ahead = ClockEvent::AheadAtStart { secs: 600, standing_secs: 25 };
        assert_eq!(present.keep(NOW + 600, seconds(0)), Some(ahead));
        assert_eq!(present.keep(NOW + 624, seconds(24)), None);
        assert_eq!(present.keep(NOW + 625, seconds(25)), Some(ClockEvent::Believed { secs: 600 }));
        assert_eq!(present.leaps(), 0);
    }

    #[test]
    fn a_leap_ahead_that_is_taken_back_changes_nothing() {
        let present = Present::new(NOW, None, false);
        assert_eq!(present.keep(NOW, seconds(0)), None);
        let ahead = ClockEvent::Ahead { secs: YEARS, standing_secs: 86_400 };
        assert_eq!(present.keep(NOW + 10 + YEARS, seconds(10)), Some(ahead));
        assert_eq!(present.keep(NOW + 60 + YEARS, seconds(60)), None);
        assert_eq!((present.steady(NOW + 60 + YEARS), present.ahead_secs()), (NOW + 60, YEARS));
        assert_eq!(present.keep(NOW + 70, seconds(70)), Some(ClockEvent::Agrees));
        assert_eq!((present.steady(0), present.ahead_secs(), present.leaps()), (NOW + 70, 0, 1));
    }

    #[test]
    fn a_leap_ahead_is_believed_once_it_has_stood_and_another_one_begins_anew() {
        let present = Present::new(NOW, None, false);
        present.keep(NOW, seconds(0));
        let leap = 24 * 100;
        assert!(present.keep(NOW + leap, seconds(0)).is_some());
        assert_eq!(present.keep(NOW + leap + 99, seconds(99)), None);
        let other = ClockEvent::Ahead { secs: 2 * leap, standing_secs: 200 };
        assert_eq!(present.keep(NOW + 2 * leap + 99, seconds(99)), Some(other));
        assert_eq!(present.keep(NOW + 2 * leap + 298, seconds(298)), None);
        assert_eq!(present.steady(0), NOW + 298);
        let believed = ClockEvent::Believed { secs: 2 * leap };
        assert_eq!(present.keep(NOW + 2 * leap + 299, seconds(299)), Some(believed));
        assert_eq!(present.steady(0), NOW + 2 * leap + 299);
    }

    #[test]
    fn a_clock_that_goes_back_is_followed_at_once() {
        let present = Present::new(NOW, None, false);
        present.keep(NOW, seconds(0));
        assert_eq!(present.keep(NOW - 3_590, seconds(10)), Some(ClockEvent::Back { secs: 3_600 }));
        assert_eq!(present.steady(NOW), NOW - 3_590);
    }

    #[test]
    fn a_start_begins_at_the_moment_on_record() {
        let slept = Present::new(NOW + 7_200, Some(NOW), false);
        assert_eq!(slept.steady(NOW + 7_200), NOW);
        slept.recall(NOW + 600, NOW + 7_200);
        assert_eq!((slept.steady(0), slept.ahead_secs()), (NOW + 600, 6_600));
        let ahead = ClockEvent::AheadAtStart { secs: 6_600, standing_secs: 275 };
        assert_eq!(slept.keep(NOW + 7_200, seconds(1)), Some(ahead));
        assert_eq!(slept.keep(NOW + 7_475, seconds(276)), Some(ClockEvent::Believed { secs: 6_600 }));

        assert_eq!(Present::new(NOW, Some(NOW + YEARS), false).steady(0), NOW, "behind the record");
        assert_eq!(Present::new(NOW + 60, Some(NOW), false).steady(0), NOW + 60, "a quick restart");
        assert_eq!(Present::new(NOW + YEARS, Some(NOW), true).steady(0), NOW + YEARS, "a trusted clock");
    }
}
