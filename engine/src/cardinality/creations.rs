//! Owns when series were created, as far as is needed to tell how fast new ones come.
//!
//! Invariant: ids ascend with time, so a few marks `(moment, first id)` are enough, and a series costs nothing.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;

/// Seconds over which new series are counted.
pub(super) const WINDOW_SECS: i64 = 600;
/// Seconds between marks, at least.
const MARK_SECS: i64 = 10;
/// Marks that reach back over the window.
const MARKS_MAX: usize = (WINDOW_SECS / MARK_SECS) as usize + 2;

/// The marks since the store was opened.
pub(crate) struct Creations {
    opened_at: i64,
    next_mark_at: AtomicI64,
    marks: Mutex<VecDeque<(i64, u32)>>,
}

impl Creations {
    pub(super) fn new(now: i64) -> Self {
        Self { opened_at: now, next_mark_at: AtomicI64::new(i64::MIN), marks: Mutex::default() }
    }

    /// Series `id` was created at `now`. Called in the order of ids.
    pub(super) fn note(&self, now: i64, id: u32) {
        if now < self.next_mark_at.load(Ordering::Relaxed) {
            return;
        }
        self.next_mark_at.store(now.saturating_add(MARK_SECS), Ordering::Relaxed);
        let mut marks = self.marks.lock();
        if marks.len() == MARKS_MAX {
            marks.pop_front();
        }
        marks.push_back((now, id));
    }

    /// The first id that was created in the window that ends at `now`; `None` if there is none.
    pub(crate) fn first_new(&self, now: i64) -> Option<u32> {
        let from = now.saturating_sub(WINDOW_SECS);
        self.marks.lock().iter().find(|(at, _)| *at >= from).map(|(_, id)| *id)
    }

    /// Seconds of that window in which the store was open.
    pub(super) fn secs(&self, now: i64) -> i64 {
        now.saturating_sub(self.opened_at).clamp(0, WINDOW_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_is_what_came_in_the_last_minutes() {
        let creations = Creations::new(1000);
        assert_eq!((creations.first_new(1000), creations.secs(1000)), (None, 0));
        for (now, id) in [(1000, 7), (1004, 8), (1010, 9), (1300, 20), (1300, 21)] {
            creations.note(now, id);
        }
        assert_eq!((creations.first_new(1300), creations.secs(1300)), (Some(7), 300));
        assert_eq!(creations.first_new(1605), Some(9));
        assert_eq!((creations.first_new(1700), creations.secs(1700)), (Some(20), WINDOW_SECS));
        assert_eq!(creations.first_new(1901), None);
    }

    #[test]
    fn marks_are_bounded_and_reach_over_the_window() {
        let creations = Creations::new(0);
        for second in 0..5000 {
            creations.note(second, second as u32);
        }
        assert_eq!(creations.marks.lock().len(), MARKS_MAX);
        assert_eq!(creations.first_new(4999), Some(4400));
    }
}
