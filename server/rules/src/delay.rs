//! How long after its end a slot counts as closed, learned from how late points arrive.
//!
//! Invariant: the delay is the 99th percentile of arrival minus end of the slot over the last hour, between 0 and 60 s,
//! rounded up to the bounds below. It is known once 30 slots were seen; before that, callers take a guess of their own. An
//! earlier run's delay counts until then.

use std::collections::VecDeque;

/// Lateness is counted in tenths of a second up to two seconds, in seconds up to a minute; later counts as a minute.
const FINE_MS: i64 = 100;
const FINE_BOUNDS: usize = 20;
const COARSE_MS: i64 = 1000;
const BOUNDS: usize = FINE_BOUNDS + 58;

const DELAY_MS_MAX: i64 = 60_000;
const SLOTS_NEEDED: u32 = 30;

/// An hour is kept in this many parts, and forgotten part by part.
const PARTS: usize = 6;
const PART_MS: i64 = 600_000;

/// What is known of one group's arrivals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delay {
    parts: VecDeque<Part>,
    slots_seen: u32,
    newest_slot_end_secs: i64,
    /// What an earlier run had learned, or this one at its last look.
    learned_ms: Option<i64>,
    looked_at_ms: i64,
}

#[derive(Clone, Debug)]
struct Part {
    begins_ms: i64,
    counts: [u32; BOUNDS + 1],
}

impl Delay {
    /// What an earlier run had learned.
    pub(crate) fn learned(delay_ms: i64) -> Delay {
        Delay { learned_ms: Some(delay_ms.clamp(0, DELAY_MS_MAX)), ..Delay::default() }
    }

    /// The delay; `None` until enough slots were seen.
    pub(crate) fn delay_ms(&self) -> Option<i64> {
        self.learned_ms
    }

    /// Takes a point's arrival. Answers the delay if that has changed; it is looked at once in ten seconds.
    pub(crate) fn arrived(&mut self, slot_end_secs: i64, arrival_ms: i64) -> Option<i64> {
        let late_ms = arrival_ms.saturating_sub(slot_end_secs.saturating_mul(1000));
        // Before its end, or for a slot of long ago: neither says how long to wait.
        if late_ms > 2 * DELAY_MS_MAX {
            return None;
        }
        if slot_end_secs > self.newest_slot_end_secs {
            self.newest_slot_end_secs = slot_end_secs;
            self.slots_seen = self.slots_seen.saturating_add(1);
        }
        self.part(arrival_ms).counts[bound_of(late_ms)] += 1;
        if self.slots_seen < SLOTS_NEEDED || arrival_ms < self.looked_at_ms.saturating_add(10_000) {
            return None;
        }
        self.looked_at_ms = arrival_ms;
        let delay = self.percentile_ms();
        let changed = self.learned_ms != Some(delay);
        self.learned_ms = Some(delay);
        changed.then_some(delay)
    }

    fn part(&mut self, now_ms: i64) -> &mut Part {
        let begins_ms = now_ms - now_ms.rem_euclid(PART_MS);
        if self.parts.back().is_none_or(|last| last.begins_ms < begins_ms) {
            self.parts.push_back(Part { begins_ms, counts: [0; BOUNDS + 1] });
        }
        while self.parts.len() > PARTS {
            self.parts.pop_front();
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }

    fn percentile_ms(&self) -> i64 {
        let counted = |bound: usize| self.parts.iter().map(|part| u64::from(part.counts[bound])).sum::<u64>();
        let all: u64 = (0..=BOUNDS).map(counted).sum();
        let mut seen = 0;
        for bound in 0..=BOUNDS {
            seen += counted(bound);
            if seen * 100 >= all * 99 {
                return bound_ms(bound);
            }
        }
        DELAY_MS_MAX
    }
}

/// The first bound that is not below a lateness.
fn bound_of(late_ms: i64) -> usize {
    let late = late_ms.clamp(0, DELAY_MS_MAX);
    let up = |unit: i64| usize::try_from(late / unit + i64::from(late % unit != 0)).unwrap_or(BOUNDS);
    if up(FINE_MS) <= FINE_BOUNDS { up(FINE_MS) } else { (FINE_BOUNDS + up(COARSE_MS) - 2).min(BOUNDS) }
}

fn bound_ms(bound: usize) -> i64 {
    match bound {
        fine if fine <= FINE_BOUNDS => fine as i64 * FINE_MS,
        coarse => (coarse - FINE_BOUNDS + 2) as i64 * COARSE_MS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(lateness_ms: impl Fn(i64) -> i64, slots: i64) -> Delay {
        let mut delay = Delay::default();
        for slot in 1..=slots {
            delay.arrived(slot * 10, slot * 10_000 + lateness_ms(slot));
        }
        delay
    }

    #[test]
    fn bounds_cover_every_lateness_from_below() {
        for late_ms in (0..=60_000).step_by(7) {
            let bound = bound_ms(bound_of(late_ms));
            assert!(bound >= late_ms && bound <= late_ms + COARSE_MS, "{late_ms} ms in {bound} ms");
        }
        assert_eq!(bound_ms(bound_of(i64::MAX)), DELAY_MS_MAX);
        assert_eq!(bound_ms(bound_of(-5)), 0);
    }

    #[test]
    fn nothing_is_known_before_thirty_slots() {
        assert_eq!(fed(|_| 700, 29).delay_ms(), None);
        assert_eq!(fed(|_| 700, 30).delay_ms(), Some(700));
        assert_eq!(Delay::learned(90_000).delay_ms(), Some(60_000));
    }

    #[test]
    fn one_in_a_hundred_may_be_later() {
        assert_eq!(fed(|slot| if slot % 200 == 0 { 30_000 } else { 1200 }, 1000).delay_ms(), Some(1200));
        assert_eq!(fed(|slot| if slot % 20 == 0 { 30_000 } else { 1200 }, 1000).delay_ms(), Some(30_000));
    }

    #[test]
    fn what_is_older_than_an_hour_is_forgotten() {
        let mut delay = fed(|_| 40_000, 100);
        for slot in 101..=600 {
            delay.arrived(slot * 10, slot * 10_000 + 300);
        }
        assert_eq!(delay.delay_ms(), Some(300));
    }

    #[test]
    fn points_of_long_ago_say_nothing() {
        let mut delay = fed(|_| 500, 50);
        for at in 0..1000 {
            assert_eq!(delay.arrived(at, 1_000_000_000), None);
        }
        assert_eq!(delay.delay_ms(), Some(500));
    }
}
