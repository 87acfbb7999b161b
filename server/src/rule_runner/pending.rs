//! What steps want kept in the store of events and is not stored yet.
//!
//! Invariant: it is stored in the order of the steps, all of it or nothing, and stays until it is; what waits is bounded,
//! since nobody adds to it while it is full.

use plumbago_rules::{EventChange, Row};

/// Steps that wait to be stored together, at most.
const STEPS_MAX: usize = 1024;
/// Events and rows at which no further step is added.
const ITEMS_MAX: usize = 16_384;

/// Events and rows of steps.
#[derive(Debug, Default)]
pub(super) struct Pending {
    events: Vec<EventChange>,
    rows: Vec<Row>,
    steps: usize,
}

impl Pending {
    /// Adds what one step wants.
    pub(super) fn add(&mut self, events: Vec<EventChange>, rows: Vec<Row>) {
        self.events.extend(events);
        self.rows.extend(rows);
        self.steps += 1;
    }

    /// Whether it has to be stored before the next step.
    pub(super) fn is_full(&self) -> bool {
        self.steps >= STEPS_MAX || self.events.len().saturating_add(self.rows.len()) >= ITEMS_MAX
    }

    /// Has everything stored by `store`, and forgets it then.
    ///
    /// # Errors
    /// Those of `store`: everything waits as before.
    pub(super) fn store<E>(
        &mut self,
        store: impl FnOnce(Vec<EventChange>, Vec<Row>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !(self.events.is_empty() && self.rows.is_empty()) {
            store(self.events.clone(), self.rows.clone())?;
        }
        self.forget();
        Ok(())
    }

    /// Leaves it unstored.
    pub(super) fn forget(&mut self) {
        *self = Pending::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(key: &str) -> EventChange {
        EventChange::Close { key: key.to_owned(), end_ms: 1 }
    }

    #[test]
    fn what_cannot_be_stored_waits_in_its_order() {
        let mut pending = Pending::default();
        pending.add(vec![close("a")], vec![("x".to_owned(), Some(vec![1]))]);
        assert_eq!(pending.store(|_, _| Err("no room")), Err("no room"));
        pending.add(vec![close("b")], vec![("x".to_owned(), None)]);
        let stored = |changes, rows| {
            assert_eq!(changes, [close("a"), close("b")]);
            assert_eq!(rows, [("x".to_owned(), Some(vec![1])), ("x".to_owned(), None)]);
            Ok::<(), ()>(())
        };
        assert_eq!(pending.store(stored), Ok(()));
        assert_eq!(pending.store(|_, _| Err("nothing is left to store")), Ok(()));
    }

    #[test]
    fn it_is_full_after_many_steps_or_many_rows() {
        let mut pending = Pending::default();
        (0..STEPS_MAX - 1).for_each(|_| pending.add(Vec::new(), Vec::new()));
        assert!(!pending.is_full());
        pending.add(Vec::new(), Vec::new());
        assert!(pending.is_full());
        pending.forget();
        pending.add(Vec::new(), vec![(String::new(), None); ITEMS_MAX]);
        assert!(pending.is_full());
        assert_eq!(pending.store(|_, _| Ok::<(), ()>(())), Ok(()));
        assert!(!pending.is_full());
    }
}
