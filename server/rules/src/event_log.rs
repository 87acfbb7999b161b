//! Events as a store would hold them after some changes, without a store.
//!
//! Invariant: a key is there once, and what is stored first under it stays; changes of unknown keys are left out.

use std::collections::BTreeMap;

use crate::{Event, EventChange, Status};

/// The events, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    events: BTreeMap<String, Event>,
    /// How many different ones were stored, those included that did not fit.
    count: u64,
}

impl EventLog {
    /// Does what a change says; an event beyond `most` is only counted.
    pub(crate) fn apply(&mut self, change: &EventChange, most: usize) {
        match change {
            EventChange::Store(event) => {
                let key = event.key.as_deref().unwrap_or_default();
                if self.events.contains_key(key) {
                    return;
                }
                self.count += 1;
                if self.events.len() < most {
                    self.events.insert(key.to_owned(), (**event).clone());
                }
            }
            EventChange::Close { key, end_ms } => self.edit(key, |event| {
                (event.end_ms, event.status) = (Some(*end_ms), Status::Closed);
            }),
            EventChange::Raise { key, severity, value } => self.edit(key, |event| {
                (event.severity, event.value) = (*severity, *value);
            }),
            EventChange::Retract { key } => self.edit(key, |event| event.status = Status::Retracted),
        }
    }

    fn edit(&mut self, key: &str, edit: impl FnOnce(&mut Event)) {
        if let Some(event) = self.events.get_mut(key) {
            edit(event);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn by_key(&self) -> &BTreeMap<String, Event> {
        &self.events
    }

    /// By their beginnings and titles.
    pub(crate) fn in_order(&self) -> Vec<&Event> {
        let mut events: Vec<&Event> = self.events.values().collect();
        events.sort_by_key(|event| (event.start_ms, &event.title));
        events
    }
}
