//! Event rules: from results to what begins, turns and ends.
//!
//! Invariant: what is remembered changes only by [`Decided`], and only once its step is committed; so a step that is run
//! twice decides the same twice.

mod decide;
mod keys;
mod level;
mod state;
mod text;

use std::collections::HashSet;
use std::sync::Arc;

use plumbago_protocol::limits;
use plumbago_query::Tags;

use crate::compiled::{Compiled, Events};
use crate::evaluate::{Answer, Column};
use crate::schedule::counts_at;
use crate::{Check, EventChange, RuleError};

use decide::{Happened, Seen, decide};
pub(crate) use keys::Keys;
pub(crate) use state::{Known, State, Watched};
#[cfg(test)]
pub(crate) use state::{Level, Open};
use text::Told;

/// What one T of an event rule comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decided {
    pub(crate) changes: Vec<EventChange>,
    /// What is remembered from now on, and what is forgotten.
    pub(crate) states: Vec<(Arc<str>, Option<State>)>,
}

/// One T of an event rule.
pub(crate) struct Look<'a> {
    pub(crate) rule: &'a Compiled,
    pub(crate) events: &'a Events,
    pub(crate) watched: &'a Watched,
    pub(crate) at_secs: i64,
    /// Whether the rule never looked before.
    pub(crate) is_first: bool,
    pub(crate) external_url: &'a str,
}

impl Look<'_> {
    /// Looks at all results that count at T, and at what is watched and not among them.
    ///
    /// # Errors
    /// A template that does not render, two results of one name, or more to watch than the limit.
    pub(crate) fn at(&self, answer: &Arc<Answer>, keys: &mut Keys) -> Result<Decided, RuleError> {
        keys.fit(self.rule, self.events, answer)?;
        let mut decided = Decided::default();
        let (mut values, mut met, mut new) = (Vec::new(), 0, 0);
        for group in &keys.groups {
            let counting = |at: &&usize| {
                counts_at(self.rule.interval_secs, answer.columns[**at].step_secs, self.at_secs)
            };
            let members = || group.members.iter().filter(counting).map(|at| &answer.columns[*at]);
            values.clear();
            values.extend(members().map(|column| column.value_at(self.at_secs)));
            let Some(first) = members().next() else { continue };
            let before = self.watched.get(&group.key);
            met += usize::from(before.is_some());
            let seen = Seen {
                slot: self.at_secs - first.step_secs,
                step_secs: first.step_secs,
                series: &first.name,
                values: &values,
                had_values: self.is_first && members().any(Column::has_values),
                is_first: self.is_first,
                is_whole: &*group.key == keys::WHOLE,
            };
            let (after, happened) = decide(&self.events.rule, before, &seen);
            if let Some(happened) = happened {
                let by = by(happened).and_then(|by| members().nth(by)).unwrap_or(first);
                decided.changes.push(self.told(&group.event_key, &by.name, &by.tags, &seen, happened)?);
            }
            new += usize::from(before.is_none() && after.is_some());
            if after.as_ref() != before {
                decided.states.push((Arc::clone(&group.key), after));
            }
        }
        if self.watched.len() + new > limits::RULE_WATCHED_MAX {
            return Err(RuleError {
                message: format!("more than {} series are watched", limits::RULE_WATCHED_MAX),
                is_fault: false,
            });
        }
        // Without any series to read nothing is known, not even that a result is not there.
        let is_told = answer.has_sources || !matches!(self.events.rule.check, Check::Present);
        if met < self.watched.len() && is_told {
            self.missing(keys, &mut decided)?;
        }
        Ok(decided)
    }

    /// What is watched and not in the answer at all.
    fn missing(&self, keys: &Keys, decided: &mut Decided) -> Result<(), RuleError> {
        let present: HashSet<&str> = keys.groups.iter().map(|group| &*group.key).collect();
        let mut missing: Vec<_> = self.watched.iter().filter(|(key, _)| !present.contains(&***key)).collect();
        missing.sort_unstable_by_key(|(key, _)| *key);
        for (key, state) in missing {
            if !counts_at(self.rule.interval_secs, state.step_secs, self.at_secs) {
                continue;
            }
            let seen = Seen {
                slot: self.at_secs - state.step_secs,
                step_secs: state.step_secs,
                series: &state.series,
                values: &[],
                had_values: false,
                is_first: self.is_first,
                is_whole: &**key == keys::WHOLE,
            };
            let (after, happened) = decide(&self.events.rule, Some(state), &seen);
            if let Some(happened) = happened {
                let tags = Tags::of_name(Arc::clone(&state.series));
                decided.changes.push(self.told(key, &state.series, &tags, &seen, happened)?);
            }
            if after.as_ref() != Some(state) {
                decided.states.push((Arc::clone(key), after));
            }
        }
        Ok(())
    }

    fn told(
        &self,
        event_key: &str,
        series: &Arc<str>,
        tags: &Tags,
        seen: &Seen<'_>,
        happened: Happened,
    ) -> Result<EventChange, RuleError> {
        // What stands for the whole answer is no series.
        let nothing = Arc::from("");
        let no_tags = Tags::default();
        let is_all = seen.is_whole && matches!(self.events.rule.check, Check::Absent);
        let (series, tags) = if is_all { (&nothing, &no_tags) } else { (series, tags) };
        let value = by(happened).and_then(|by| seen.values.get(by).copied().flatten());
        let told = Told {
            rule: self.rule,
            events: self.events,
            event_key,
            series,
            tags,
            value,
            slot: seen.slot,
            external_url: self.external_url,
        };
        text::change(&told, happened)
    }
}

/// Which of the series of a key decided.
fn by(happened: Happened) -> Option<usize> {
    match happened {
        Happened::Began { by, .. } | Happened::Turned { by, .. } | Happened::Moment { by } => by,
        Happened::Ended { .. } => None,
    }
}
