//! Threads that work for a query besides its own.
//!
//! Invariant: over all queries that share one `Helpers`, no more threads than it was made with help at any moment. A
//! query never waits for one: where none is free, it does all of the work itself. Answers do not depend on it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many threads may help, shared by all queries of a process.
///
/// They are made when they are needed: that takes some ten microseconds, work is shared out from a millisecond on, and a
/// pool that lives on would bring a queue in which a short query waits behind a long one.
#[derive(Debug, Default)]
pub struct Helpers {
    free: AtomicUsize,
}

impl Helpers {
    /// At most `count` threads at once; none makes every query work by itself.
    pub const fn new(count: usize) -> Helpers {
        Helpers { free: AtomicUsize::new(count) }
    }

    /// Runs `own` on this thread, and at the same time `help` on up to `wanted` others. All have ended when this returns.
    pub(crate) fn together<T>(&self, wanted: usize, help: impl Fn() + Sync, own: impl FnOnce() -> T) -> T {
        let places = Places { helpers: self, count: self.take(wanted) };
        thread::scope(|scope| {
            for _ in 0..places.count {
                // Without a further thread the others do its part.
                let _ = thread::Builder::new().name("query".to_owned()).spawn_scoped(scope, &help);
            }
            own()
        })
    }

    fn take(&self, wanted: usize) -> usize {
        let mut taken = 0;
        let _ = self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
            taken = free.min(wanted);
            Some(free - taken)
        });
        taken
    }
}

/// Taken places, free again when this goes, also by a panic.
struct Places<'a> {
    helpers: &'a Helpers,
    count: usize,
}

impl Drop for Places<'_> {
    fn drop(&mut self) {
        self.helpers.free.fetch_add(self.count, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_help_than_there_is_and_all_of_it_comes_back() {
        let helpers = Helpers::new(2);
        for wanted in [0, 1, 2, 5] {
            let (running, inner) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let work = || {
                running.fetch_add(1, Ordering::Relaxed);
                // What is taken by the outer work is not there for the inner one.
                let count = || _ = inner.fetch_add(1, Ordering::Relaxed);
                helpers.together(5, count, count);
            };
            helpers.together(wanted, work, work);
            let outer = running.into_inner();
            assert_eq!(outer, 1 + wanted.min(2));
            assert!(inner.into_inner() <= outer + 2 * outer);
            assert_eq!(helpers.free.load(Ordering::Relaxed), 2);
        }
    }

    #[test]
    fn a_panic_of_a_helper_is_passed_on_and_gives_back_its_place() {
        let helpers = Helpers::new(1);
        let work = || helpers.together(1, || panic!("as a test"), || ());
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
        assert_eq!(helpers.free.load(Ordering::Relaxed), 1);
    }
}
