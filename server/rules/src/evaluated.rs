//! What one T of a rule comes to: its points, events, alarms, and what is kept of it.
//!
//! Invariant: deciding changes nothing that counts. That T is done is the core's to say.

use std::sync::Arc;

use plumbago_protocol::limits;

use crate::alert;
use crate::compiled::{Compiled, Makes};
use crate::evaluate::Answer;
use crate::progress::Progress;
use crate::saved::{self, Cursor};
use crate::watch::{Look, State};
use crate::{DerivedPoint, EventChange, Row, RuleError, World};

/// What one T came to.
#[derive(Debug, Default)]
pub(crate) struct Evaluated {
    pub(crate) steps: Vec<i64>,
    pub(crate) results: usize,
    pub(crate) points: Vec<DerivedPoint>,
    pub(crate) events: Vec<EventChange>,
    pub(crate) states: Vec<(Arc<str>, Option<State>)>,
    pub(crate) alarms: alert::Decided,
    pub(crate) error: Option<RuleError>,
}

/// An answer that a rule may go on with.
pub(crate) fn within(rule: &Compiled, answer: Arc<Answer>) -> Result<Arc<Answer>, RuleError> {
    let (results, steps) = (answer.columns.len(), answer.steps_secs.len());
    let message = if results > rule.limit {
        format!("{results} results exceed the limit of {}; nothing is decided", rule.limit)
    } else if steps > limits::RULE_STEPS_MAX {
        format!("the results have {steps} steps, more than {}", limits::RULE_STEPS_MAX)
    } else {
        return Ok(answer);
    };
    Err(RuleError { message, is_fault: false })
}

/// What the results at T come to.
pub(crate) fn decide(
    rule: &Compiled,
    progress: &mut Progress,
    answer: &Arc<Answer>,
    at_secs: i64,
    world: &World<'_>,
) -> Result<Evaluated, RuleError> {
    let (steps, results) = (answer.steps_secs.clone(), answer.columns.len());
    let evaluated = Evaluated { steps, results, ..Evaluated::default() };
    match &rule.makes {
        Makes::Points(record) => {
            let points = crate::record::points(rule, record, &mut progress.names, answer, at_secs)?;
            Ok(Evaluated { points, ..evaluated })
        }
        Makes::Events(events) => {
            let look = Look {
                rule,
                events,
                watched: &progress.watched,
                at_secs,
                is_first: !progress.cursor.looked,
                external_url: world.external_url,
            };
            let decided = look.at(answer, &mut progress.keys)?;
            Ok(Evaluated { events: decided.changes, states: decided.states, ..evaluated })
        }
        Makes::Alarms(alert) => {
            let (alarms, is_first) = (&progress.alarms, !progress.cursor.looked);
            let look = alert::Look { rule, alert, alarms, at_secs, is_first, world };
            let mut decided = match rule.counts_events() {
                true => look.count()?,
                false => look.at(answer, &mut progress.marks)?,
            };
            let events = std::mem::take(&mut decided.events);
            Ok(Evaluated { events, alarms: decided, ..evaluated })
        }
    }
}

/// What is kept of a T.
pub(crate) fn rows_of(rule: &Compiled, cursor: &Cursor, at_secs: i64, evaluated: &Evaluated) -> Vec<Row> {
    let mut rows = Vec::with_capacity(evaluated.states.len() + 1);
    for (key, state) in &evaluated.states {
        rows.push(saved::watched_row(&rule.identity, key, state.as_ref()));
    }
    for (fingerprint, (state, _)) in evaluated.alarms.states.iter().filter(|(_, (_, is_stored))| *is_stored) {
        rows.push(saved::alarm_row(&rule.identity, *fingerprint, state.as_ref()));
    }
    for (prefix, told) in &evaluated.alarms.sources {
        rows.push(saved::silent_row(&rule.identity, prefix, told.as_ref()));
    }
    rows.push(saved::cursor_row(&rule.identity, Some(&moved(cursor, at_secs, evaluated))));
    rows
}

/// The cursor once T is done.
pub(crate) fn moved(cursor: &Cursor, at_secs: i64, evaluated: &Evaluated) -> Cursor {
    Cursor {
        since: cursor.since,
        until: at_secs,
        steps: evaluated.steps.clone(),
        looked: cursor.looked || evaluated.error.is_none(),
    }
}
