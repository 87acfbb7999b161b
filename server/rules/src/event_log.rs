//! Events as a store would hold them after some changes, without a store.
//!
//! Invariant: a key is there once, and what is stored first under it stays; changes of unknown keys are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use plumbago_query::SourceError;

use crate::{Event, EventChange, Search, Status, StoredEvents};

/// The events, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventLog {
    events: BTreeMap<String, Event>,
    /// Starts and keys.
    starts: BTreeSet<(i64, String)>,
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
                    self.starts.insert((event.start_ms, key.to_owned()));
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

impl StoredEvents for EventLog {
    fn visit(
        &self,
        search: &Search,
        from_ms: i64,
        until_ms: i64,
        visit: &mut dyn FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let began = self.starts.range((from_ms, String::new())..(until_ms.max(from_ms), String::new()));
        let events = began.filter_map(|(_, key)| self.events.get(key));
        _ = events.filter(|event| search.matches(event)).try_for_each(visit);
        Ok(())
    }
}

/// Events of a store, and those that a run has made, which the store may have of an earlier one.
pub(crate) struct WithMade<'a> {
    pub(crate) stored: &'a dyn StoredEvents,
    pub(crate) made: &'a EventLog,
    /// Rules whose stored events are left out.
    pub(crate) makers: &'a BTreeSet<String>,
}

impl StoredEvents for WithMade<'_> {
    fn visit(
        &self,
        search: &Search,
        from_ms: i64,
        until_ms: i64,
        visit: &mut dyn FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut flow = ControlFlow::Continue(());
        self.stored.visit(search, from_ms, until_ms, &mut |event| {
            if !event.rule.as_ref().is_some_and(|rule| self.makers.contains(rule)) {
                flow = visit(event);
            }
            flow
        })?;
        match flow {
            ControlFlow::Continue(()) => self.made.visit(search, from_ms, until_ms, visit),
            ControlFlow::Break(()) => Ok(()),
        }
    }
}
