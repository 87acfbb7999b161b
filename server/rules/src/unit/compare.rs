//! What was expected beside what was found.
//!
//! Invariant: values agree when they differ by less than a billionth of themselves, since people write decimals; null
//! agrees with null alone.

use std::ops::ControlFlow;

use super::messages::MessengerHalt;
use super::run::Bench;
use super::{Expectation, Expected, ExpectedEnd, ExpectedEvent, TEST_START_SECS, TestFailure};
use crate::{Event, Source, show_duration};

/// By which share of themselves equal values may differ.
const TOLERANCE: f64 = 1e-9;

/// How an expectation fails, if it does.
pub(super) fn compare(
    expectation: &Expectation,
    bench: &mut Bench<'_>,
    flow: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Option<TestFailure>, MessengerHalt> {
    let at = show_duration(expectation.at_secs.saturating_mul(1000));
    let (what, details) = match &expectation.expected {
        Expected::Points { series, values } => {
            (format!("at {at}, {series}"), compare_points(expectation.at_secs, series, values, bench))
        }
        Expected::Events { kind, events } => {
            // Those that alarms make are asked for by their kind: alert_rule_test has alarms.
            let is_wanted = |event: &&Event| match kind {
                Some(kind) => *kind == event.kind,
                None => event.source != Source::Alarm,
            };
            let found = bench.events().into_iter().filter(is_wanted).collect();
            let which = kind.as_ref().map(|kind| format!(" of kind {kind}")).unwrap_or_default();
            (format!("at {at}, events{which}"), compare_events(events, found))
        }
        Expected::Alarms { name, alarms } => {
            let which = name.as_ref().map(|name| format!(" called {name}")).unwrap_or_default();
            let details = super::alarms::compare(name.as_deref(), alarms, &bench.alarms);
            (format!("at {at}, alarms{which}"), details)
        }
        Expected::Messages(expected) => {
            let which = expected.receiver.as_ref().map(|name| format!(" to {name}")).unwrap_or_default();
            let details = match &mut bench.messenger {
                Some(messenger) => {
                    super::messages::compare(expected, messenger.as_mut(), expectation.at_secs, flow)?
                }
                None => vec!["nobody is told: the tests have no alerting_file".to_owned()],
            };
            (format!("at {at}, messages{which}"), details)
        }
    };
    Ok((!details.is_empty()).then_some(TestFailure { line: expectation.line, what, details }))
}

fn compare_points(at_secs: i64, series: &str, expected: &[Option<f64>], bench: &Bench<'_>) -> Vec<String> {
    let step = bench.interval_secs(series);
    let end = TEST_START_SECS.saturating_add(at_secs).div_euclid(step).saturating_mul(step);
    let stored = bench.store.points(series);
    let value = |slot: i64| {
        let at = stored.binary_search_by_key(&slot, |(time, _)| *time).ok()?;
        stored.get(at).map(|(_, value)| *value)
    };
    let count = i64::try_from(expected.len()).unwrap_or(i64::MAX);
    let first = end.saturating_sub(count.saturating_mul(step));
    let found: Vec<Option<f64>> =
        (0..count).map(|slot| value(first.saturating_add(slot.saturating_mul(step)))).collect();
    if expected.iter().zip(&found).all(|(a, b)| are_equal(*a, *b)) {
        return Vec::new();
    }
    let from = show_duration(first.saturating_sub(TEST_START_SECS).saturating_mul(1000));
    let step = show_duration(step.saturating_mul(1000));
    let mut details = vec![
        format!("expected  {}", show_values(expected)),
        format!("found     {}  (from {from}, every {step})", show_values(&found)),
    ];
    if stored.is_empty() {
        details.push("there is no such series".to_owned());
    }
    details
}

fn are_equal(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn show_values(values: &[Option<f64>]) -> String {
    let show = |value: &Option<f64>| value.map_or("_".to_owned(), |value| value.to_string());
    values.iter().map(show).collect::<Vec<_>>().join(" ")
}

/// Each expected event takes the first one that agrees with it; what is left over is told.
fn compare_events(expected: &[ExpectedEvent], mut found: Vec<&Event>) -> Vec<String> {
    let mut details = Vec::new();
    let mut missing = Vec::new();
    for wanted in expected {
        match found.iter().position(|event| differences(wanted, event).is_empty()) {
            Some(at) => _ = found.remove(at),
            None => missing.push(wanted),
        }
    }
    for wanted in missing {
        let same_title = |event: &&Event| wanted.title.as_ref().is_some_and(|title| *title == event.title);
        match found.iter().position(same_title) {
            Some(at) => {
                let event = found.remove(at);
                let differences = differences(wanted, event).join("; ");
                details.push(format!("{:?}: {differences}", event.title));
            }
            None => details.push(format!("missing     {}", show_expected(wanted))),
        }
    }
    details.extend(found.into_iter().map(|event| format!("unexpected  {}", show_event(event))));
    details
}

fn differences(wanted: &ExpectedEvent, event: &Event) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = |field: &str, wanted: &Option<String>, is: &str| {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != is) {
            found.push(format!("{field}: expected {wanted:?}, found {is:?}"));
        }
    };
    text("title", &wanted.title, &event.title);
    text("kind", &wanted.kind, &event.kind);
    text("severity", &wanted.severity, event.severity.name());
    text("text", &wanted.text, &event.text);
    text("series", &wanted.series, event.series.as_deref().unwrap_or_default());
    if let Some(tags) = wanted.tags.as_ref().filter(|tags| **tags != event.tags) {
        found.push(format!("tags: expected [{}], found [{}]", tags.join(", "), event.tags.join(", ")));
    }
    if let Some(value) = wanted.value.filter(|value| !are_equal(Some(*value), event.value)) {
        found.push(format!("value: expected {value}, found {}", show_values(&[event.value])));
    }
    let start = relative(event.start_ms);
    if let Some(wanted) = wanted.start_secs.map(show_secs).filter(|wanted| *wanted != start) {
        found.push(format!("start: expected {wanted}, found {start}"));
    }
    let end = end_of(event);
    if let Some(wanted) = wanted.end.map(show_end).filter(|wanted| *wanted != end) {
        found.push(format!("end: expected {wanted}, found {end}"));
    }
    found
}

fn show_secs(secs: i64) -> String {
    show_duration(secs.saturating_mul(1000))
}

fn show_end(end: ExpectedEnd) -> String {
    match end {
        ExpectedEnd::Open => "open".to_owned(),
        ExpectedEnd::At(secs) => show_secs(secs),
    }
}

fn end_of(event: &Event) -> String {
    event.end_ms.map_or("open".to_owned(), relative)
}

/// A moment as the time since the test's start.
fn relative(time_ms: i64) -> String {
    show_duration(time_ms.saturating_sub(TEST_START_SECS.saturating_mul(1000)))
}

fn show_event(event: &Event) -> String {
    format!(
        "{:?}, kind {}, severity {}, from {} to {}, tags [{}]",
        event.title,
        event.kind,
        event.severity.name(),
        relative(event.start_ms),
        end_of(event),
        event.tags.join(", ")
    )
}

fn show_expected(event: &ExpectedEvent) -> String {
    let text = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} {value:?}"));
    let parts = [
        text("title", &event.title),
        text("kind", &event.kind),
        text("severity", &event.severity),
        text("text", &event.text),
        text("series", &event.series),
        event.tags.as_ref().map(|tags| format!("tags [{}]", tags.join(", "))),
        event.value.map(|value| format!("value {value}")),
        event.start_secs.map(|secs| format!("start {}", show_secs(secs))),
        event.end.map(|end| format!("end {}", show_end(end))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "any event".to_owned() } else { parts.join(", ") }
}
