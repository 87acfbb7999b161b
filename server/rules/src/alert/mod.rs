//! Alert rules: from results to alarms that are pending, fire and are resolved.
//!
//! Invariant: what is remembered changes only by [`Decided`], and only once its step is committed; so a step that is run
//! twice decides the same twice. An alarm is told as firing once until it is told as resolved.

mod behind;
mod counted;
mod flapping;
mod follow;
mod level;
mod mark;
mod sight;
mod silence;
mod state;
mod tell;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_query::Tags;

use crate::compiled::{Alerts, Compiled};
use crate::evaluate::{Answer, Column};
use crate::schedule::counts_at;
use crate::{AlertCheck, Fingerprint, RuleError, World};

pub(crate) use behind::{Behind, Lag, is_too_much};
use follow::{After, Seen, follow};
pub(crate) use mark::Marks;
use sight::Sight;
use silence::Silence;
pub(crate) use state::{Alarms, Decided, State, Told};
pub(crate) use tell::end;
use tell::{About, Teller};
pub use view::{Alarm, AlarmState};

/// One T of an alert rule.
pub(crate) struct Look<'a> {
    pub(crate) rule: &'a Compiled,
    pub(crate) alert: &'a Alerts,
    pub(crate) alarms: &'a Alarms,
    pub(crate) at_secs: i64,
    /// Whether the rule never looked before.
    pub(crate) is_first: bool,
    pub(crate) world: &'a World<'a>,
}

/// What is remembered, with what this T changes of it.
pub(super) struct Draft<'a> {
    alarms: &'a Alarms,
    states: BTreeMap<Fingerprint, (Option<State>, bool)>,
    sources: BTreeMap<String, Told>,
    new: usize,
}

impl Draft<'_> {
    fn new(alarms: &Alarms) -> Draft<'_> {
        Draft { alarms, states: BTreeMap::new(), sources: alarms.sources().clone(), new: 0 }
    }

    fn state(&self, fingerprint: Fingerprint) -> Option<&State> {
        match self.states.get(&fingerprint) {
            Some((state, _)) => state.as_ref(),
            None => self.alarms.get(fingerprint),
        }
    }

    fn set(&mut self, fingerprint: Fingerprint, state: Option<State>) {
        self.states.insert(fingerprint, (state, true));
    }

    fn take(&mut self, fingerprint: Fingerprint, is_new: bool, after: After) {
        match after {
            After::Same => {}
            After::Changed(state) => {
                self.new += usize::from(is_new && state.is_some());
                self.set(fingerprint, state);
            }
            After::Shown(state) => _ = self.states.insert(fingerprint, (Some(state), false)),
        }
    }

    fn sources(&self) -> &BTreeMap<String, Told> {
        &self.sources
    }

    fn set_source(&mut self, prefix: &str, told: Option<Told>) {
        match told {
            Some(told) => _ = self.sources.insert(prefix.to_owned(), told),
            None => _ = self.sources.remove(prefix),
        }
    }

    fn decided(self, teller: Teller<'_>) -> Result<Decided, RuleError> {
        if self.alarms.len() + self.new > limits::RULE_WATCHED_MAX {
            let message = format!("more than {} series are watched", limits::RULE_WATCHED_MAX);
            return Err(RuleError { message, is_fault: false });
        }
        let before = self.alarms.sources();
        let mut sources = BTreeMap::new();
        for prefix in before.keys().chain(self.sources.keys()) {
            let after = self.sources.get(prefix);
            if after != before.get(prefix) {
                sources.insert(prefix.clone(), after.cloned());
            }
        }
        let Teller { transitions, events, .. } = teller;
        Ok(Decided { transitions, events, states: self.states, sources })
    }
}

impl Look<'_> {
    /// Looks at all results that count at T, and at what is remembered and not among them.
    ///
    /// # Errors
    /// A label that does not render, two results with the same labels, or more to watch than the limit.
    pub(crate) fn at(&self, answer: &Arc<Answer>, marks: &mut Marks) -> Result<Decided, RuleError> {
        marks.fit(self.rule, self.alert, answer)?;
        let (mut teller, mut draft) = (self.teller(), Draft::new(self.alarms));
        let (mut missing, mut known) = (Vec::new(), 0);
        for (at, (column, mark)) in answer.columns.iter().zip(&marks.all).enumerate() {
            let before = self.alarms.get(mark.fingerprint);
            known += usize::from(before.is_some());
            if !counts_at(self.rule.interval_secs, column.step_secs, self.at_secs) {
                continue;
            }
            let sight = column.value_at(self.at_secs).map_or(Sight::Null, Sight::Value);
            let seen = Seen {
                slot: self.at_secs - column.step_secs,
                step_secs: column.step_secs,
                sight,
                had_values: self.is_first && Column::has_values(column),
            };
            let about = About { mark, series: Some(&column.name), tags: &column.tags };
            let after = follow(&mut teller, Some(about), before, &seen);
            draft.take(mark.fingerprint, before.is_none(), after);
            if sight == Sight::Null && draft.state(mark.fingerprint).is_some() {
                missing.push(at);
            }
        }
        if known < self.alarms.len() {
            // Without any series to read nothing is known, not even that a result is not there.
            let is_over = answer.has_sources && self.alert.rule.check == AlertCheck::Present;
            let is_here = |fingerprint| marks.places.contains_key(&fingerprint);
            self.gone(&mut teller, &mut draft, is_here, is_over);
        }
        if !missing.is_empty() || !draft.sources().is_empty() {
            let step = answer.steps_secs.first().copied().unwrap_or_default();
            let silence = Silence {
                answer,
                marks,
                slot_secs: self.at_secs - step,
                at_secs: self.at_secs,
                listening_since_secs: self.world.listening_since_secs,
                missing,
            };
            silence.decide(&mut teller, &mut draft);
        }
        draft.decided(teller)
    }

    fn teller(&self) -> Teller<'_> {
        Teller {
            rule: self.rule,
            alert: self.alert,
            external_url: self.world.external_url,
            transitions: Vec::new(),
            events: Vec::new(),
        }
    }

    /// What is remembered and not in the answer at all.
    fn gone(
        &self,
        teller: &mut Teller<'_>,
        draft: &mut Draft<'_>,
        is_here: impl Fn(Fingerprint) -> bool,
        is_over: bool,
    ) {
        let mut gone: Vec<_> =
            self.alarms.states().filter(|(fingerprint, _)| !is_here(*fingerprint)).collect();
        gone.sort_unstable_by_key(|(fingerprint, _)| *fingerprint);
        for (fingerprint, state) in gone {
            if !counts_at(self.rule.interval_secs, state.step_secs, self.at_secs) {
                continue;
            }
            let seen = Seen {
                slot: self.at_secs - state.step_secs,
                step_secs: state.step_secs,
                sight: Sight::Gone { is_over },
                had_values: false,
            };
            draft.take(fingerprint, false, follow(teller, None, Some(state), &seen));
        }
    }

    /// Counts events within the time before T.
    ///
    /// # Errors
    /// The store's, too many events, a label that does not render, or two counts with the same labels.
    pub(crate) fn count(&self) -> Result<Decided, RuleError> {
        let counts = counted::counts(self.rule, self.alert, self.at_secs, self.world)?;
        let (mut teller, mut draft) = (self.teller(), Draft::new(self.alarms));
        let no_tags = Tags::default();
        let step_secs = self.rule.interval_secs.unwrap_or(crate::schedule::UNKNOWN_STEP_SECS).max(1);
        let seen = |sight| Seen { slot: self.at_secs - step_secs, step_secs, sight, had_values: false };
        for (mark, count) in counts.values() {
            let before = self.alarms.get(mark.fingerprint);
            let about = About { mark, series: None, tags: &no_tags };
            let after = follow(&mut teller, Some(about), before, &seen(Sight::Value(*count as f64)));
            draft.take(mark.fingerprint, before.is_none(), after);
        }
        let is_here = |fingerprint| counts.contains_key(&fingerprint);
        self.gone(&mut teller, &mut draft, is_here, true);
        draft.decided(teller)
    }
}
