//! The store of events as rules read it.
//!
//! Invariant: what is shown is what the search means, page by page, each event once.

use std::ops::ControlFlow;

use plumbago_protocol::limits::EVENTS_PER_PAGE_MAX;
use plumbago_query::SourceError;
use plumbago_rules::{Event, Search, StoredEvents, Term, Test};

use crate::events::{Cursor, EventStore, StoreError};

impl StoredEvents for EventStore {
    fn visit(
        &self,
        search: &Search,
        from_ms: i64,
        until_ms: i64,
        visit: &mut dyn FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut search = search.clone();
        // `Until` means that moment, too.
        let within = [Test::Since(from_ms), Test::Until(until_ms.saturating_sub(1))];
        search.terms.extend(within.map(|test| Term { negated: false, test }));
        let mut after = None;
        loop {
            let page = self.page(&search, after, EVENTS_PER_PAGE_MAX).map_err(|error| match error {
                StoreError::Caller(message) => SourceError::BadRequest(message),
                StoreError::TooSlow => SourceError::OverLimit(error.to_string()),
                fault => SourceError::Fault(Box::new(fault)),
            })?;
            for stored in &page {
                if visit(&stored.event).is_break() {
                    return Ok(());
                }
            }
            match page.last().filter(|_| page.len() == EVENTS_PER_PAGE_MAX) {
                Some(last) => after = Some(Cursor { start_ms: last.event.start_ms, id: last.event.id }),
                None => return Ok(()),
            }
        }
    }
}
