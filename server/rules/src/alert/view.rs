//! An alarm as others see it: what it is, since when, and by which value.

use std::sync::Arc;

use super::state::Told;
use crate::{Fingerprint, Labels};

/// An alarm that is pending or fires.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    /// Which alarm.
    pub fingerprint: Fingerprint,
    /// Its labels as they are shown: `severity` among them, if there is one.
    pub labels: Arc<Labels>,
    /// Texts about it, as of its last change.
    pub annotations: Arc<Labels>,
    /// Whether it fires.
    pub state: AlarmState,
    /// The first slot in which the condition held, in milliseconds since the epoch.
    pub starts_at_ms: i64,
    /// The slot in which it began to fire, in milliseconds since the epoch.
    pub fired_at_ms: Option<i64>,
    /// The value of the last slot that had one.
    pub value: Option<f64>,
    /// The series that it is about; of an alarm over events, nothing.
    pub series: Option<Arc<str>>,
    /// The expression of its rule as written; of an alarm over events, its search.
    pub expression: Arc<str>,
    /// The rule, as an event's `rule` says it: `file/group/rule`.
    pub rule: Arc<str>,
    /// Position of the rule's group in the set, and of the rule in its group; nothing for the engine's own.
    pub place: Option<(usize, usize)>,
}

/// How an alarm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmState {
    /// Its condition holds, not yet long enough.
    Pending,
    /// It fires.
    Firing,
}

impl Alarm {
    pub(crate) fn of(told: &Told, place: Option<(usize, usize)>) -> Alarm {
        let state = if told.fired_secs.is_some() { AlarmState::Firing } else { AlarmState::Pending };
        Alarm {
            fingerprint: told.fingerprint,
            labels: Arc::clone(&told.labels),
            annotations: Arc::clone(&told.annotations),
            state,
            starts_at_ms: told.starts_secs.saturating_mul(1000),
            fired_at_ms: told.fired_secs.map(|secs| secs.saturating_mul(1000)),
            value: told.value(),
            series: told.series.clone(),
            expression: Arc::clone(&told.expression),
            rule: Arc::clone(&told.rule),
            place,
        }
    }
}
