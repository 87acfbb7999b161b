//! The store of events as rules read it, to count what happened within a time.

use std::ops::ControlFlow;

use plumbago_protocol::limits;
use plumbago_query::SourceError;
use plumbago_rules::{Event, Search, StoredEvents, Term, Test};

use super::{Cursor, EventStore};

impl StoredEvents for EventStore {
    fn visit(
        &self,
        search: &Search,
        from_ms: i64,
        until_ms: i64,
        visit: &mut dyn FnMut(&Event) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let mut within = search.clone();
        let bounds = [Test::Since(from_ms), Test::Until(until_ms.saturating_sub(1))];
        within.terms.extend(bounds.map(|test| Term { negated: false, test }));
        let mut after = None;
        loop {
            let page = self.page(&within, after, limits::EVENTS_PER_PAGE_MAX)?;
            for stored in &page {
                if visit(&stored.event).is_break() {
                    return Ok(());
                }
            }
            match page.last() {
                Some(last) if page.len() == limits::EVENTS_PER_PAGE_MAX => {
                    after = Some(Cursor { start_ms: last.event.start_ms, id: last.event.id });
                }
                _ => return Ok(()),
            }
        }
    }
}
