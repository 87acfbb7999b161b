//! What steps want kept in the store of events, and told, and is not stored yet.
//!
//! Invariant: it is stored in the order of the steps, all of it or nothing, and stays until it is; what waits is bounded,
//! since nobody adds to it while it is full.

use plumbago_rules::{EventChange, Row, Transition};

/// Steps that wait to be stored together, at most: what many rules decide at one T is told together, not in many messages.
const STEPS_MAX: usize = 16_384;
/// Events, rows and transitions at which no further step is added.
const ITEMS_MAX: usize = 16_384;

/// Events, rows and alarms of steps.
#[derive(Debug, Default)]
pub(super) struct Pending {
    events: Vec<EventChange>,
    rows: Vec<Row>,
    alarms: Vec<Transition>,
    steps: usize,
}

/// What has to be stored together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub(super) events: Vec<EventChange>,
    pub(super) rows: Vec<Row>,
    pub(super) alarms: Vec<Transition>,
}

impl Pending {
    /// Adds what one step wants.
    pub(super) fn add(&mut self, events: Vec<EventChange>, rows: Vec<Row>, alarms: Vec<Transition>) {
        self.events.extend(events);
        self.rows.extend(rows);
        self.alarms.extend(alarms);
        self.steps += 1;
    }

    /// Whether somebody may have to be told of something.
    pub(super) fn has_alarms(&self) -> bool {
        !self.alarms.is_empty()
    }

    /// Whether it has to be stored before the next step.
    pub(super) fn is_full(&self) -> bool {
        let items = self.events.len().saturating_add(self.rows.len()).saturating_add(self.alarms.len());
        self.steps >= STEPS_MAX || items >= ITEMS_MAX
    }

    /// Has everything stored by `store`, and forgets it then.
    ///
    /// # Errors
    /// Those of `store`: everything waits as before.
    pub(super) fn store<E>(&mut self, store: impl FnOnce(Waiting) -> Result<(), E>) -> Result<(), E> {
        let Pending { events, rows, alarms, .. } = self;
        if !(events.is_empty() && rows.is_empty() && alarms.is_empty()) {
            store(Waiting { events: events.clone(), rows: rows.clone(), alarms: alarms.clone() })?;
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
        pending.add(vec![close("a")], vec![("x".to_owned(), Some(vec![1]))], Vec::new());
        assert_eq!(pending.store(|_| Err("no room")), Err("no room"));
        pending.add(vec![close("b")], vec![("x".to_owned(), None)], Vec::new());
        let stored = |Waiting { events, rows, .. }| {
            assert_eq!(events, [close("a"), close("b")]);
            assert_eq!(rows, [("x".to_owned(), Some(vec![1])), ("x".to_owned(), None)]);
            Ok::<(), ()>(())
        };
        assert_eq!(pending.store(stored), Ok(()));
        assert_eq!(pending.store(|_| Err("nothing is left to store")), Ok(()));
    }

    #[test]
    fn it_is_full_after_many_steps_or_many_rows() {
        let mut pending = Pending::default();
        (0..STEPS_MAX - 1).for_each(|_| pending.add(Vec::new(), Vec::new(), Vec::new()));
        assert!(!pending.is_full());
        pending.add(Vec::new(), Vec::new(), Vec::new());
        assert!(pending.is_full());
        pending.forget();
        pending.add(Vec::new(), vec![(String::new(), None); ITEMS_MAX], Vec::new());
        assert!(pending.is_full());
        assert_eq!(pending.store(|_| Ok::<(), ()>(())), Ok(()));
        assert!(!pending.is_full());
    }
}
