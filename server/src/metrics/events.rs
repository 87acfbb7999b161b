//! The store of events on the page of metrics.
//!
//! Owns names and helps; what is counted belongs to the store.

use super::text::{Kind, TextPage};
use crate::events::{EventCounters, SOURCES};

/// Writes what the store of events counted.
pub(super) fn write_events(page: &mut TextPage, events: &EventCounters) {
    page.single("plumbago_events", Kind::Gauge, "Events in the store.", events.kept.get() as f64);
    let mut family = page.family(
        "plumbago_events_stored_total",
        Kind::Counter,
        "Events that were stored, by who made them.",
    );
    for (source, label) in SOURCES {
        family.sample(&[("source", label)], events.stored(source).get() as f64);
    }
    let singles = [
        (
            "plumbago_events_changed_total",
            "Times that an event was corrected, raised, ended or retracted.",
            &events.changed,
        ),
        (
            "plumbago_events_repeated_total",
            "Events that came again and were there already.",
            &events.repeated,
        ),
        ("plumbago_events_expired_total", "Events that were removed: too old, or too many.", &events.expired),
        ("plumbago_event_commits_total", "Transactions of the store of events.", &events.commits),
        (
            "plumbago_event_streams_dropped_total",
            "Streams of events that were ended because their readers were too slow.",
            &events.streams_dropped,
        ),
    ];
    for (name, help, counter) in singles {
        page.single(name, Kind::Counter, help, counter.get() as f64);
    }
    let help = "Requests to store or change events that were refused, by reason.";
    let mut family = page.family("plumbago_events_refused_total", Kind::Counter, help);
    for (reason, count) in events.refused() {
        family.sample(&[("reason", reason)], count as f64);
    }
    let streams = events.streams.get() as f64;
    page.single("plumbago_event_streams", Kind::Gauge, "Streams of events that are open.", streams);
}
