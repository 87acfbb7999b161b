//! Ending a query from outside.
//!
//! Invariant: a token that is cancelled stays so. Whoever works for long asks it again and again, between columns and
//! within long loops; nothing else is done with it here, and who cancels, and when, is the caller's business.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use plumbago_protocol::limits;

use crate::error::QueryError;

/// How many steps of a loop, of a few nanoseconds each, may pass between two looks at the token.
const STEPS_BETWEEN_LOOKS: usize = 1 << 16;

/// Counts the steps of a call's loops, looks at a token now and then, and ends what would take too many.
pub(crate) struct Steps<'a> {
    cancel: &'a Cancel,
    since_look: usize,
    left: usize,
}

/// Says whether an answer is still wanted. Clones speak of the same query.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that nobody has cancelled.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// The answer is not wanted any more.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the answer is not wanted any more.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A count of a loop's steps.
    pub(crate) fn steps(&self) -> Steps<'_> {
        Steps { cancel: self, since_look: 0, left: limits::QUERY_STEPS_MAX }
    }

    /// Ends the query where its answer is not wanted any more.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    pub fn check(&self) -> Result<(), QueryError> {
        if self.is_cancelled() { Err(QueryError::Cancelled) } else { Ok(()) }
    }
}

impl Steps<'_> {
    /// So many steps are about to be taken.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`], or there were too many.
    #[inline]
    pub(crate) fn take(&mut self, steps: usize) -> Result<(), QueryError> {
        self.since_look = self.since_look.saturating_add(steps);
        if self.since_look < STEPS_BETWEEN_LOOKS {
            return Ok(());
        }
        self.left = self.left.checked_sub(self.since_look).ok_or_else(|| {
            QueryError::over_limit(format!("a call takes more than {} steps", limits::QUERY_STEPS_MAX))
        })?;
        self.since_look = 0;
        self.cancel.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_ends_soon_after_its_query() {
        let cancel = Cancel::new();
        let mut steps = cancel.steps();
        assert!((0..STEPS_BETWEEN_LOOKS).all(|_| steps.take(1).is_ok()));
        cancel.clone().cancel();
        assert!(matches!(cancel.check(), Err(QueryError::Cancelled)));
        let alive = Cancel::new();
        assert!(alive.steps().take(limits::QUERY_STEPS_MAX).is_ok());
        assert!(alive.steps().take(limits::QUERY_STEPS_MAX + 1).is_err());
        assert!((0..=STEPS_BETWEEN_LOOKS).any(|_| steps.take(1).is_err()));
    }
}
