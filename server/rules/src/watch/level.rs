//! Conditions with levels: from idle over pending to active, and back when what clears them holds.
//!
//! Invariant: one event at a time. It begins with the first slot of the lowest level that was held long enough, its
//! severity is the highest level that is active, and it ends with the slot in which the last one is cleared.

use super::decide::{Happened, Seen};
use super::state::{Known, Level, Open, State};
use crate::{Condition, EventRule, Threshold, Truth};

/// The levels after a slot, and what happened.
pub(super) fn decide(
    threshold: &Threshold,
    rule: &EventRule,
    before: Option<&State>,
    seen: &Seen<'_>,
) -> (Option<Known>, Option<Happened>) {
    let (mut levels, open) = match before.map(|state| &state.known) {
        Some(Known::Levels { levels, open }) => (levels.clone(), *open),
        _ => (Vec::new(), None),
    };
    levels.resize(threshold.levels.len(), Level::Idle);
    for (at, level) in levels.iter_mut().enumerate() {
        let Some((_, when)) = threshold.levels.get(at) else { continue };
        let clear = threshold.clear.get(at).copied().unwrap_or(when.opposite());
        *level = after(*level, *when, clear, rule.for_secs, seen);
    }
    let active = levels.iter().rposition(|level| matches!(level, Level::Active(_)));
    let happened = happened(threshold, rule, &levels, active, open, seen);
    let open = match happened {
        Some(Happened::Began { open, .. } | Happened::Turned { open, .. }) => Some(open),
        Some(Happened::Ended { .. }) => None,
        _ => open,
    };
    let is_idle = open.is_none() && levels.iter().all(|level| *level == Level::Idle);
    ((!is_idle).then_some(Known::Levels { levels, open }), happened)
}

/// No `when`: to be in the answer with a value is true, not to be in it is false and clears, and null is unknown.
pub(super) fn present(
    rule: &EventRule,
    before: Option<&State>,
    seen: &Seen<'_>,
) -> (Option<Known>, Option<Happened>) {
    let (level, open) = match before.map(|state| &state.known) {
        Some(Known::Levels { levels, open }) => (levels.first().copied().unwrap_or(Level::Idle), *open),
        _ => (Level::Idle, None),
    };
    let by = seen.values.iter().position(Option::is_some);
    let level = match (level, by) {
        (Level::Idle, Some(_)) => held(seen.slot, rule.for_secs, seen),
        (Level::Pending(since), Some(_)) => held(since, rule.for_secs, seen),
        (_, None) if seen.values.is_empty() => Level::Idle,
        (level, _) => level,
    };
    let (open, happened) = match (level, open) {
        (Level::Active(start_secs), None) => {
            let open = Open { start_secs, severity: rule.severity };
            (Some(open), Some(Happened::Began { open, by }))
        }
        (Level::Idle, Some(open)) => (None, Some(Happened::Ended { open, end_secs: seen.slot })),
        (_, open) => (open, None),
    };
    let is_idle = open.is_none() && level == Level::Idle;
    ((!is_idle).then(|| Known::Levels { levels: vec![level], open }), happened)
}

/// One level after a slot.
fn after(level: Level, when: Condition, clear: Condition, for_secs: i64, seen: &Seen<'_>) -> Level {
    match (level, any(when, seen.values)) {
        (Level::Idle, Truth::True) => held(seen.slot, for_secs, seen),
        (Level::Pending(since), Truth::True) => held(since, for_secs, seen),
        (Level::Pending(_), Truth::False) => Level::Idle,
        (Level::Active(since), _) => {
            if all(clear, seen.values) == Truth::True {
                Level::Idle
            } else {
                Level::Active(since)
            }
        }
        (level, _) => level,
    }
}

/// A level whose condition has held since a slot.
fn held(since: i64, for_secs: i64, seen: &Seen<'_>) -> Level {
    if seen.slot.saturating_sub(since) >= for_secs { Level::Active(since) } else { Level::Pending(since) }
}

fn happened(
    threshold: &Threshold,
    rule: &EventRule,
    levels: &[Level],
    active: Option<usize>,
    open: Option<Open>,
    seen: &Seen<'_>,
) -> Option<Happened> {
    let Some(highest) = active else {
        return open.map(|open| Happened::Ended { open, end_secs: seen.slot });
    };
    let (severity, when) = threshold.levels.get(highest)?;
    let severity = severity.unwrap_or(rule.severity);
    let decisive = seen.values.iter().position(|value| when.holds(*value) == Truth::True);
    let by = decisive.or_else(|| seen.values.iter().position(Option::is_some));
    match open {
        None => {
            let since = |level: &Level| match level {
                Level::Active(since) => Some(*since),
                _ => None,
            };
            let start_secs = levels.iter().filter_map(since).min().unwrap_or(seen.slot);
            Some(Happened::Began { open: Open { start_secs, severity }, by })
        }
        Some(open) if open.severity != severity => {
            Some(Happened::Turned { open: Open { severity, ..open }, by })
        }
        Some(_) => None,
    }
}

/// Whether a condition holds for any of some series: it may as long as one is unknown.
fn any(condition: Condition, values: &[Option<f64>]) -> Truth {
    let mut truth = if values.is_empty() { Truth::Unknown } else { Truth::False };
    for value in values {
        match condition.holds(*value) {
            Truth::True => return Truth::True,
            Truth::Unknown => truth = Truth::Unknown,
            Truth::False => {}
        }
    }
    truth
}

/// Whether a condition holds for all of some series.
fn all(condition: Condition, values: &[Option<f64>]) -> Truth {
    let mut truth = if values.is_empty() { Truth::Unknown } else { Truth::True };
    for value in values {
        match condition.holds(*value) {
            Truth::False => return Truth::False,
            Truth::Unknown => truth = Truth::Unknown,
            Truth::True => {}
        }
    }
    truth
}
