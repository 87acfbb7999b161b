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

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_rules::{EventChange, Severity, Source, Status};
    use std::collections::BTreeMap;

    const WITHIN_MS: i64 = 600_000;
    const UNTIL_MS: i64 = 1_700_000_000_000;

    fn event(number: usize, start_ms: i64, kind: &str, service: &str) -> Event {
        Event {
            id: 0,
            key: Some(format!("k{number}")),
            kind: kind.to_owned(),
            title: String::new(),
            text: String::new(),
            severity: Severity::Info,
            tags: vec![format!("service={service}")],
            series: None,
            value: None,
            rule: None,
            start_ms,
            end_ms: Some(start_ms),
            source: Source::Posted,
            status: Status::Closed,
            revision: 0,
            parents: Vec::new(),
        }
    }

    /// How many events a rule with `by: service` counts.
    fn counted(store: &EventStore, search: &str) -> BTreeMap<String, usize> {
        let search = Search::parse(search, 0, &jiff::tz::TimeZone::UTC).expect("a search");
        let mut counts = BTreeMap::new();
        let visited = store.visit(&search, UNTIL_MS - WITHIN_MS, UNTIL_MS, &mut |event| {
            *counts.entry(event.tags[0].clone()).or_default() += 1;
            ControlFlow::Continue(())
        });
        visited.expect("a store that can be read");
        counts
    }

    #[test]
    fn what_began_within_the_time_is_counted_once_its_edges_and_what_was_retracted_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path(), || 0).unwrap();
        let first = UNTIL_MS - WITHIN_MS;
        let mut events = vec![
            event(0, first - 1, "deploy", "shop"),
            event(1, first, "deploy", "shop"),
            event(2, UNTIL_MS - 1, "deploy", "shop"),
            event(3, UNTIL_MS, "deploy", "shop"),
            event(4, first + 1, "reboot", "shop"),
            event(5, first + 1, "deploy", "mail"),
            event(6, first + 2, "deploy", "mail"),
        ];
        // More than a page of them, several at one moment.
        let many = limits::EVENTS_PER_PAGE_MAX + limits::EVENTS_PER_PAGE_MAX / 2;
        events.extend((0..many).map(|at| event(10 + at, first + (at / 7) as i64, "deploy", "many")));
        let mut changes: Vec<EventChange> =
            events.into_iter().map(|event| EventChange::Store(Box::new(event))).collect();
        changes.push(EventChange::Retract { key: "k6".to_owned() });
        store.apply(changes, Vec::new(), Vec::new()).unwrap();
        let expected = |pairs: &[(&str, usize)]| -> BTreeMap<String, usize> {
            pairs.iter().map(|(service, count)| (format!("service={service}"), *count)).collect()
        };
        assert_eq!(counted(&store, "kind:deploy"), expected(&[("shop", 2), ("mail", 1), ("many", many)]));
        assert_eq!(counted(&store, "kind:reboot"), expected(&[("shop", 1)]));
        assert_eq!(counted(&store, "kind:deploy status:retracted"), expected(&[("mail", 1)]));
        assert_eq!(counted(&store, "tag:service=shop -kind:deploy"), expected(&[("shop", 1)]));
        assert_eq!(counted(&store, "kind:other"), expected(&[]));
    }

    #[test]
    fn whoever_has_seen_enough_sees_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = EventStore::open(folder.path(), || 0).unwrap();
        let changes =
            (0..5).map(|at| EventChange::Store(Box::new(event(at, UNTIL_MS - 9, "deploy", "shop"))));
        store.apply(changes.collect(), Vec::new(), Vec::new()).unwrap();
        let mut seen = 0;
        let search = Search { terms: Vec::new() };
        let visited = store.visit(&search, UNTIL_MS - 9, UNTIL_MS, &mut |_| {
            seen += 1;
            if seen < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        visited.expect("a store that can be read");
        assert_eq!(seen, 3);
    }
}
