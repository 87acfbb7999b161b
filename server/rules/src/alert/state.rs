//! What an alert rule remembers: of each series, and of sources that are silent as a whole.
//!
//! Invariant: a state changes only when something was decided or began to be missing, so that a quiet series costs no
//! writing; the value that is shown beside an alarm is as of now in memory, and as of the last change in its row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::level::Levels;
use crate::{AlarmChange, Bound, Fingerprint, Labels, Severity, Transition};

/// What is remembered of one series, or of events that are counted together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The step of the series in seconds.
    pub(super) step_secs: i64,
    /// The first slot of those without a value that reach to now, in seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) missing_since: Option<i64>,
    /// Levels that are not idle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) levels: Levels,
    /// The slots of the last changes, as many as make an alarm flap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<i64>,
    /// The alarm, as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alarm: Option<Box<Told>>,
    /// Instead of it, the alarm of its changing too often, and how often it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) flapping: Option<Box<(Told, u64)>>,
    /// The alarm of its silence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) no_data: Option<Box<Told>>,
}

/// An alarm that is pending or fires, as it was told last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(super) fingerprint: Fingerprint,
    /// As they are shown, the level among them.
    pub(super) labels: Arc<Labels>,
    pub(super) annotations: Arc<Labels>,
    /// What its annotations were made of: another text has them made again.
    pub(super) wording: Arc<str>,
    /// The level.
    pub(super) severity: Option<Severity>,
    /// The first slot in which the condition held, in seconds since the epoch.
    pub(super) starts_secs: i64,
    /// The slot in which it began to fire; of one that is pending, nothing.
    pub(super) fired_secs: Option<i64>,
    /// The bits of the last value.
    pub(super) value_bits: Option<u64>,
    pub(super) series: Option<Arc<str>>,
    pub(super) expression: Arc<str>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub(super) bounds: Arc<[Bound]>,
    pub(super) rule: Arc<str>,
}

impl Told {
    /// The last value.
    pub(super) fn value(&self) -> Option<f64> {
        self.value_bits.map(f64::from_bits)
    }

    /// What happened to it in a slot.
    pub(super) fn transition(&self, change: AlarmChange, at_secs: i64) -> Transition {
        Transition {
            fingerprint: self.fingerprint,
            labels: Arc::clone(&self.labels),
            annotations: Arc::clone(&self.annotations),
            change,
            at_ms: at_secs.saturating_mul(1000),
            starts_at_ms: self.starts_secs.saturating_mul(1000),
            value: self.value(),
            series: self.series.clone(),
            expression: Arc::clone(&self.expression),
            bounds: Arc::clone(&self.bounds),
            rule: Arc::clone(&self.rule),
            is_replayed: false,
        }
    }
}

impl State {
    pub(super) fn new(step_secs: i64) -> State {
        State {
            step_secs,
            missing_since: None,
            levels: Levels::new(),
            changes: Vec::new(),
            alarm: None,
            flapping: None,
            no_data: None,
        }
    }

    /// Whether its condition is not to be followed.
    pub(super) fn is_idle(&self) -> bool {
        self.levels.is_empty() && self.changes.is_empty() && self.alarm.is_none() && self.flapping.is_none()
    }

    /// Whether there is nothing but that it was seen, with a value in the last slot.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_idle() && self.missing_since.is_none() && self.no_data.is_none()
    }

    /// The alarms that are told of it.
    pub(super) fn told(&self) -> impl Iterator<Item = &Told> {
        let own = [self.alarm.as_deref(), self.no_data.as_deref()];
        own.into_iter().chain([self.flapping.as_ref().map(|flapping| &flapping.0)]).flatten()
    }
}

/// All that one alert rule remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alarms {
    series: HashMap<Fingerprint, State, foldhash::fast::RandomState>,
    /// Those of which an alarm is told.
    told: BTreeSet<Fingerprint>,
    /// Alarms of silent sources, by the beginning that the names of their series share.
    sources: BTreeMap<String, Told>,
}

impl Alarms {
    pub(super) fn get(&self, fingerprint: Fingerprint) -> Option<&State> {
        self.series.get(&fingerprint)
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    /// All states, in no order.
    pub(super) fn states(&self) -> impl Iterator<Item = (Fingerprint, &State)> {
        self.series.iter().map(|(fingerprint, state)| (*fingerprint, state))
    }

    pub(super) fn sources(&self) -> &BTreeMap<String, Told> {
        &self.sources
    }

    /// Every alarm that is told: by fingerprint of the series, then those of sources.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Told> {
        let states = self.told.iter().filter_map(|fingerprint| self.series.get(fingerprint));
        states.flat_map(State::told).chain(self.sources.values())
    }

    /// How many alarms are pending, and how many fire.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.told().fold((0, 0), |(pending, firing), told| match told.fired_secs {
            None => (pending + 1, firing),
            Some(_) => (pending, firing + 1),
        })
    }

    /// Takes over what a row or a decision says.
    pub(crate) fn set(&mut self, fingerprint: Fingerprint, state: Option<State>) {
        match state.as_ref().is_some_and(|state| state.told().next().is_some()) {
            true => _ = self.told.insert(fingerprint),
            false => _ = self.told.remove(&fingerprint),
        }
        match state {
            Some(state) => _ = self.series.insert(fingerprint, state),
            None => _ = self.series.remove(&fingerprint),
        }
    }

    /// Takes over what a row or a decision says of a source.
    pub(crate) fn set_source(&mut self, prefix: &str, told: Option<Told>) {
        match told {
            Some(told) => _ = self.sources.insert(prefix.to_owned(), told),
            None => _ = self.sources.remove(prefix),
        }
    }

    /// What there are rows for: series and sources.
    pub(crate) fn keys(&self) -> (BTreeSet<Fingerprint>, Vec<String>) {
        (self.series.keys().copied().collect(), self.sources.keys().cloned().collect())
    }
}

/// What one T of an alert rule comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decided {
    /// What is told, in order.
    pub(crate) transitions: Vec<Transition>,
    /// The same as events.
    pub(crate) events: Vec<crate::EventChange>,
    /// What is remembered from now on and what is forgotten, with whether it is written down.
    pub(crate) states: BTreeMap<Fingerprint, (Option<State>, bool)>,
    /// The same of sources.
    pub(crate) sources: BTreeMap<String, Option<Told>>,
}
