//! One level of a condition: from idle over pending to active, and back once what clears it has held long enough.
//!
//! Invariant: what is unknown changes nothing: it neither begins nor ends a level, and `for` goes on counting from where
//! it began. An idle level is not remembered.

use serde::{Deserialize, Serialize};

use super::sight::Sight;
use crate::{AlertCheck, AlertRule, Severity, Truth};

/// A level that is not idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Level {
    /// Its condition has held since this slot, not long enough.
    Pending(i64),
    /// It has held long enough.
    Active {
        /// Since this slot.
        since: i64,
        /// What clears it was true in this slot, not long enough ago.
        cleared: Option<i64>,
    },
}

/// The levels of a rule that are not idle, from the lowest to the highest; a rule without levels has one without name.
pub(crate) type Levels = Vec<(Option<Severity>, Level)>;

/// What levels come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Idle,
    Pending { since: i64, severity: Option<Severity> },
    Firing { since: i64, severity: Option<Severity> },
}

impl Standing {
    /// The first slot of the lowest active level and the name of the highest one; or so of those that are pending.
    pub(super) fn of(levels: &Levels) -> Standing {
        let (mut pending, mut firing): (Option<i64>, Option<i64>) = (None, None);
        let (mut pending_severity, mut firing_severity) = (None, None);
        for (severity, level) in levels {
            match level {
                Level::Pending(since) => {
                    pending = Some(pending.map_or(*since, |first| first.min(*since)));
                    pending_severity = *severity;
                }
                Level::Active { since, .. } => {
                    firing = Some(firing.map_or(*since, |first| first.min(*since)));
                    firing_severity = *severity;
                }
            }
        }
        match (firing, pending) {
            (Some(since), _) => Standing::Firing { since, severity: firing_severity },
            (None, Some(since)) => Standing::Pending { since, severity: pending_severity },
            (None, None) => Standing::Idle,
        }
    }

    /// The level at which it fires, if it does.
    pub(super) fn fires(self) -> Option<Option<Severity>> {
        match self {
            Standing::Firing { severity, .. } => Some(severity),
            _ => None,
        }
    }
}

/// What the conditions of a level say.
#[derive(Clone, Copy, Debug)]
struct Said {
    when: Truth,
    clear: Truth,
}

/// Whether no level can begin.
pub(super) fn is_quiet(check: &AlertCheck, sight: Sight) -> bool {
    !conditions(check, sight).any(|(_, said)| said.when == Truth::True)
}

/// Whether anything is known.
pub(super) fn is_known(check: &AlertCheck, sight: Sight) -> bool {
    conditions(check, sight).any(|(_, said)| said.when != Truth::Unknown)
}

/// The levels after a slot.
pub(super) fn after(rule: &AlertRule, before: &Levels, sight: Sight, slot: i64) -> Levels {
    let level_after = |(severity, said)| {
        let level = before.iter().find(|(known, _)| *known == severity).map(|(_, level)| *level);
        one(rule, level, said, slot).map(|level| (severity, level))
    };
    conditions(&rule.check, sight).filter_map(level_after).collect()
}

fn one(rule: &AlertRule, level: Option<Level>, said: Said, slot: i64) -> Option<Level> {
    let held = |since: i64| match slot.saturating_sub(since) >= rule.for_secs {
        true => Level::Active { since, cleared: None },
        false => Level::Pending(since),
    };
    match (level, said.when) {
        (None, Truth::True) => Some(held(slot)),
        (Some(Level::Pending(since)), Truth::True) => Some(held(since)),
        (Some(Level::Active { since, .. }), Truth::True) => Some(Level::Active { since, cleared: None }),
        (Some(Level::Pending(_)), Truth::False) => None,
        (Some(Level::Active { since, cleared }), _) if said.clear == Truth::True => {
            let first = cleared.unwrap_or(slot);
            let goes_on = slot.saturating_sub(first) < rule.keep_firing_for_secs;
            goes_on.then_some(Level::Active { since, cleared: Some(first) })
        }
        (level, _) => level,
    }
}

/// What a sight says of each level, from the lowest to the highest.
fn conditions(check: &AlertCheck, sight: Sight) -> impl Iterator<Item = (Option<Severity>, Said)> {
    let (threshold, single) = match check {
        AlertCheck::Level(threshold) => (Some(threshold), None),
        AlertCheck::Present => (None, Some(truth(sight, |_| true))),
        AlertCheck::Events(count) => (None, Some(truth(sight, |value| value >= count.count as f64))),
    };
    let single = single.map(|when| (None, Said { when, clear: opposite(when) }));
    let leveled = threshold.into_iter().flat_map(move |threshold| {
        threshold.levels.iter().enumerate().map(move |(at, (severity, when))| {
            let clear = threshold.clear.get(at).copied().unwrap_or(when.opposite());
            let value = sight.value();
            (*severity, Said { when: when.holds(value), clear: clear.holds(value) })
        })
    });
    single.into_iter().chain(leveled)
}

/// Of what is there or is not: what is gone is over.
fn truth(sight: Sight, holds: impl Fn(f64) -> bool) -> Truth {
    match sight {
        Sight::Value(value) if holds(value) => Truth::True,
        Sight::Value(_) | Sight::Gone { is_over: true } => Truth::False,
        Sight::Null | Sight::Gone { is_over: false } => Truth::Unknown,
    }
}

fn opposite(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Unknown => Truth::Unknown,
    }
}
