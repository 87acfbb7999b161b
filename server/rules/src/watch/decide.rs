//! One slot of what is watched: what happens, and what is remembered.
//!
//! Invariant: a missing value decides nothing. It neither begins nor ends an event, nor starts `for` anew, except where
//! missing is what the rule looks for. After a day without a value what was watched is forgotten, and its event ends.

use std::sync::Arc;

use super::level;
use super::state::{Known, Open, State};
use crate::{Check, Condition, EventRule};

/// After this long without a value a series is forgotten.
const FORGET_SECS: i64 = 86_400;

/// A gap is no vanishing until it is as long as the longer of these, unless the rule's `for` says otherwise.
const GAP_STEPS: i64 = 5;
const GAP_SECS: i64 = 120;

/// What is seen of one key in one slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    /// The slot, in seconds since the epoch.
    pub(super) slot: i64,
    pub(super) step_secs: i64,
    /// The series it stands for.
    pub(super) series: &'a Arc<str>,
    /// A value for each series of the key; none, if none is in the answer.
    pub(super) values: &'a [Option<f64>],
    /// Whether there was a value somewhere in the window.
    pub(super) had_values: bool,
    /// Whether the rule sees anything for the first time.
    pub(super) is_first: bool,
    /// Whether it is never forgotten: it stands for the whole answer.
    pub(super) is_whole: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Happened {
    /// An event began.
    Began { open: Open, by: Option<usize> },
    /// An event got worse or better.
    Turned { open: Open, by: Option<usize> },
    /// An event ended with this slot.
    Ended { open: Open, end_secs: i64 },
    /// Something happened in this slot.
    Moment { by: Option<usize> },
}

/// The state after the slot, and what happened in it.
pub(super) fn decide(
    rule: &EventRule,
    before: Option<&State>,
    seen: &Seen<'_>,
) -> (Option<State>, Option<Happened>) {
    let known = seen.values.iter().any(Option::is_some);
    let missing_since = match (known, before) {
        (true, _) => None,
        (false, Some(state)) => state.missing_since.or(Some(seen.slot)),
        (false, None) => Some(seen.slot),
    };
    if let (Some(since), Some(state), false) = (missing_since, before, seen.is_whole)
        && seen.slot.saturating_sub(since) >= FORGET_SECS
    {
        let ended = state.open().map(|open| Happened::Ended { open, end_secs: seen.slot });
        return (None, ended);
    }
    let (after, happened) = match &rule.check {
        Check::Level(threshold) => level::decide(threshold, rule, before, seen),
        Check::Present => level::present(rule, before, seen),
        Check::Change { by, percent } => change(*by, *percent, before, seen),
        Check::Absent => presence(rule.for_secs, rule, before, seen, missing_since),
        Check::Appears => appears(patience(rule, seen), before, seen),
        Check::Vanishes => presence(patience(rule, seen), rule, before, seen, missing_since),
    };
    let state = after.map(|known| State {
        series: match before {
            Some(state) if seen.values.is_empty() => Arc::clone(&state.series),
            _ => Arc::clone(seen.series),
        },
        step_secs: seen.step_secs,
        missing_since,
        known,
    });
    (state, happened)
}

/// How long a gap must be to count.
fn patience(rule: &EventRule, seen: &Seen<'_>) -> i64 {
    match rule.for_secs {
        0 => GAP_SECS.max(GAP_STEPS.saturating_mul(seen.step_secs)),
        seconds => seconds,
    }
}

/// From one known value to the next.
fn change(
    by: Option<Condition>,
    percent: bool,
    before: Option<&State>,
    seen: &Seen<'_>,
) -> (Option<Known>, Option<Happened>) {
    let last = match before.map(|state| &state.known) {
        Some(Known::Value(bits)) => Some(f64::from_bits(*bits)),
        _ => None,
    };
    let Some(value) = seen.values.iter().copied().flatten().next() else {
        return (last.map(|value| Known::Value(value.to_bits())), None);
    };
    let counts = |last: f64| value != last && by.is_none_or(|by| is_by(by, percent, last, value));
    let happened = last.filter(|last| counts(*last)).map(|_| Happened::Moment { by: Some(0) });
    (Some(Known::Value(value.to_bits())), happened)
}

/// Whether a change is as large as the condition wants: with a number below zero, downwards; else in either direction.
fn is_by(by: Condition, percent: bool, last: f64, value: f64) -> bool {
    let difference = if by.number < 0.0 { value - last } else { (value - last).abs() };
    let measured = if percent { difference / last.abs() * 100.0 } else { difference };
    by.holds(Some(measured)) == crate::Truth::True
}

/// `absent` and `vanishes`: no value, for long enough, where there were some.
fn presence(
    patience_secs: i64,
    rule: &EventRule,
    before: Option<&State>,
    seen: &Seen<'_>,
    missing_since: Option<i64>,
) -> (Option<Known>, Option<Happened>) {
    let open = before.and_then(State::open);
    match (missing_since, before) {
        (None, _) => {
            let ended = open.map(|open| Happened::Ended { open, end_secs: seen.slot });
            (Some(Known::Once(None)), ended)
        }
        (Some(_), None) => (seen.had_values.then_some(Known::Once(None)), None),
        (Some(since), Some(_)) if open.is_none() && seen.slot.saturating_sub(since) >= patience_secs => {
            let open = Open { start_secs: since, severity: rule.severity };
            (Some(Known::Once(Some(open))), Some(Happened::Began { open, by: None }))
        }
        (Some(_), Some(_)) => (Some(Known::Once(open)), None),
    }
}

/// `appears`: a value where there was none before, or none for long enough.
fn appears(patience_secs: i64, before: Option<&State>, seen: &Seen<'_>) -> (Option<Known>, Option<Happened>) {
    let by = seen.values.iter().position(Option::is_some);
    let away = |state: &State| {
        state.missing_since.is_some_and(|since| seen.slot.saturating_sub(since) >= patience_secs)
    };
    match (by, before) {
        (Some(_), None) => (Some(Known::Once(None)), (!seen.is_first).then_some(Happened::Moment { by })),
        (Some(_), Some(state)) => (Some(Known::Once(None)), away(state).then_some(Happened::Moment { by })),
        (None, None) => ((seen.is_first && seen.had_values).then_some(Known::Once(None)), None),
        (None, Some(_)) => (Some(Known::Once(None)), None),
    }
}
