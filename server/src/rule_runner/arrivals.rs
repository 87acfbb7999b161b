//! What the rules have to know of points as they come in: how late they are, and which came after their slot was closed.
//!
//! Invariant: each point is either seen by the evaluation of its slot, or noted as late. For that, a batch enters before it
//! is compared with the time up to which slots are closed, and leaves after its points can be read and are noted; the
//! rules' thread raises that time, and then waits for the batches that may not have seen it ([`RuleArrivals::close`]). What
//! is noted is bounded: of delays a sample is kept, of late points the range of each series.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use plumbago_protocol::limits;

use super::Watched;

/// Points that are noted as samples between two collections.
const SAMPLES_MAX: usize = 1024;
/// How long to sleep between two looks at batches that are still under way.
const LOOK_WAIT: Duration = Duration::from_millis(1);

/// A series, its point's own time in seconds, and the time it came in milliseconds, both since the epoch.
type Sample = (Box<str>, i64, i64);

/// Shared by the threads that store points, which note, and the rules' thread, which collects.
#[derive(Debug)]
pub(crate) struct RuleArrivals {
    /// Slots that end up to here may have been read; `i64::MIN` while there are no rules.
    closed_secs: AtomicI64,
    /// Points before this are of no interest to any rule.
    oldest_secs: AtomicI64,
    /// Whose points matter at all.
    watched: RwLock<Arc<Watched>>,
    /// Which of the two sides batches enter now.
    side: AtomicUsize,
    /// Batches under way, by the side that they entered.
    under_way: [AtomicUsize; 2],
    noted: Mutex<Noted>,
}

/// What was noted since the last collection.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Some of all points: how late they came.
    pub(crate) samples: Vec<Sample>,
    /// The late points of each series.
    pub(crate) late: HashMap<Box<str>, LatePoints>,
    /// Late points whose series did not fit: nothing is computed again for them.
    pub(crate) overflowed: u64,
}

/// Points of one series that came late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LatePoints {
    /// The time of the first one, in seconds since the epoch.
    pub(crate) first: i64,
    /// The time of the last one, in seconds since the epoch.
    pub(crate) last: i64,
    /// How many they are.
    pub(crate) points: u64,
}

impl Default for RuleArrivals {
    fn default() -> RuleArrivals {
        RuleArrivals {
            closed_secs: AtomicI64::new(i64::MIN),
            oldest_secs: AtomicI64::new(i64::MAX),
            watched: RwLock::default(),
            side: AtomicUsize::new(0),
            under_way: [AtomicUsize::new(0), AtomicUsize::new(0)],
            noted: Mutex::default(),
        }
    }
}

impl RuleArrivals {
    /// Slots that end up to `closed_secs` are read from now on; points before `oldest_secs` no longer matter. Waits, but no
    /// longer than `patience`, for batches that were compared with an earlier time. Answers whether all of them have left:
    /// only then slots may be read. For one thread alone.
    pub(crate) fn close(&self, oldest_secs: i64, closed_secs: i64, patience: Duration) -> bool {
        self.oldest_secs.store(oldest_secs, Ordering::SeqCst);
        self.closed_secs.fetch_max(closed_secs, Ordering::SeqCst);
        let until = Instant::now() + patience;
        // The side to be entered from now on was left by all, unless an earlier call had no patience.
        let old = self.side.load(Ordering::SeqCst);
        if !self.is_left(old ^ 1, until) {
            return false;
        }
        self.side.store(old ^ 1, Ordering::SeqCst);
        self.is_left(old, until)
    }

    fn is_left(&self, side: usize, until: Instant) -> bool {
        while self.under_way[side].load(Ordering::SeqCst) > 0 {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(LOOK_WAIT);
        }
        true
    }

    /// Points of these series matter from now on.
    pub(crate) fn watch(&self, watched: Watched) {
        *self.watched.write() = Arc::new(watched);
    }

    /// A batch is under way; answers the side it is to leave.
    pub(super) fn enter(&self) -> usize {
        loop {
            let side = self.side.load(Ordering::SeqCst);
            self.under_way[side].fetch_add(1, Ordering::SeqCst);
            if self.side.load(Ordering::SeqCst) == side {
                return side;
            }
            self.leave(side);
        }
    }

    /// A batch can be read and is noted, or never will be read.
    pub(super) fn leave(&self, side: usize) {
        self.under_way[side].fetch_sub(1, Ordering::SeqCst);
    }

    /// Of which series points matter, and of which times they are late; `None` while no rule wants to know.
    pub(super) fn wanted(&self) -> Option<(Arc<Watched>, Range<i64>)> {
        let closed = self.closed_secs.load(Ordering::SeqCst);
        if closed == i64::MIN {
            return None;
        }
        let watched = self.watched.read().clone();
        let late = self.oldest_secs.load(Ordering::SeqCst)..closed;
        (!watched.is_nothing()).then_some((watched, late))
    }

    /// Notes points that can be read by now.
    pub(super) fn note(
        &self,
        samples: &mut Vec<(Box<str>, i64)>,
        late: &mut Vec<(Box<str>, i64)>,
        now_ms: i64,
    ) {
        let mut noted = self.noted.lock();
        let room = SAMPLES_MAX.saturating_sub(noted.samples.len());
        noted.samples.extend(samples.drain(..).take(room).map(|(name, at)| (name, at, now_ms)));
        for (name, at) in late.drain(..) {
            if let Some(known) = noted.late.get_mut(&name) {
                (known.first, known.last) = (known.first.min(at), known.last.max(at));
                known.points += 1;
            } else if noted.late.len() < limits::RULE_LATE_SERIES_MAX {
                noted.late.insert(name, LatePoints { first: at, last: at, points: 1 });
            } else {
                noted.overflowed += 1;
            }
        }
    }

    /// Everything noted since the last collection.
    pub(crate) fn collect(&self) -> Noted {
        std::mem::take(&mut *self.noted.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(points: &[(&str, i64)]) -> Vec<(Box<str>, i64)> {
        points.iter().map(|(name, at)| (Box::from(*name), *at)).collect()
    }

    #[test]
    fn what_is_closed_is_not_opened_again() {
        let arrivals = RuleArrivals::default();
        let late = || arrivals.wanted().map(|(_, late)| late);
        arrivals.watch(Watched::Everything);
        assert_eq!(late(), None);
        assert!(arrivals.close(100, 200, Duration::ZERO));
        assert_eq!(late(), Some(100..200));
        assert!(arrivals.close(100, 150, Duration::ZERO));
        assert_eq!(late(), Some(100..200));
        arrivals.watch(Watched::default());
        assert_eq!(late(), None, "no rule reads anything");
    }

    #[test]
    fn slots_are_not_read_while_a_batch_that_entered_before_is_under_way() {
        let arrivals = RuleArrivals::default();
        let early = arrivals.enter();
        assert!(!arrivals.close(0, 10, Duration::ZERO));
        let later = arrivals.enter();
        assert_ne!(early, later);
        assert!(!arrivals.close(0, 20, Duration::ZERO), "the early one is still there");
        arrivals.leave(early);
        assert!(!arrivals.close(0, 20, Duration::ZERO), "the later one has not seen that 20 is closed");
        arrivals.leave(later);
        assert!(arrivals.close(0, 20, Duration::ZERO));
    }

    #[test]
    fn closing_waits_for_a_batch() {
        let arrivals = RuleArrivals::default();
        arrivals.watch(Watched::Everything);
        let side = arrivals.enter();
        std::thread::scope(|scope| {
            let closing = scope.spawn(|| arrivals.close(0, 10, Duration::from_secs(600)));
            while arrivals.wanted().is_none() {
                std::thread::yield_now();
            }
            arrivals.leave(side);
            assert!(closing.join().expect("no panic"));
        });
    }

    #[test]
    fn late_points_become_one_range_a_series_and_are_collected_once() {
        let arrivals = RuleArrivals::default();
        let mut late = named(&[("a", 30), ("b", 7), ("a", 10), ("a", 20)]);
        arrivals.note(&mut named(&[("a", 30)]), &mut late, 40_500);
        assert!(late.is_empty());
        let noted = arrivals.collect();
        assert_eq!(noted.samples, [("a".into(), 30, 40_500)]);
        assert_eq!(noted.late["a"], LatePoints { first: 10, last: 30, points: 3 });
        assert_eq!(noted.late["b"], LatePoints { first: 7, last: 7, points: 1 });
        assert!(arrivals.collect().late.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let arrivals = RuleArrivals::default();
        let mut late = (0..limits::RULE_LATE_SERIES_MAX + 3).map(|n| (n.to_string().into(), 1)).collect();
        let mut samples = vec![("a".into(), 1); SAMPLES_MAX + 5];
        arrivals.note(&mut samples, &mut late, 0);
        assert!(samples.is_empty());
        let noted = arrivals.collect();
        assert_eq!((noted.overflowed, noted.late.len()), (3, limits::RULE_LATE_SERIES_MAX));
        assert_eq!(noted.samples.len(), SAMPLES_MAX);
    }
}
