//! An expression at T: over its window, or, where each slot is known to depend on a few before it only, out of a stretch
//! that is evaluated at once.
//!
//! Invariant: both ways give the same values for T, bit for bit. The second one is taken only while all series that are
//! read have one step; what is evaluated ahead is thrown away as soon as a point comes in for it.

mod answer;
mod reader;

use std::sync::Arc;

use plumbago_query::{QueryError, RenderRequest, evaluate};

use crate::compiled::Compiled;
use crate::{RuleError, World};

pub(crate) use answer::{Answer, Column};
use reader::Reader;

/// Window starts are brought to multiples of the common multiple of all steps, unless that is longer than this.
const COMMON_STEP_SECS_MAX: i64 = 86_400;

/// What is known of one rule's expression from its last evaluations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evaluation {
    /// The step of everything it reads, if that is one and each slot depends on a few before it only.
    only_step_secs: Option<i64>,
    ahead: Option<Ahead>,
}

/// Answers for T from `first_secs` up to and including `last_secs`, as far as they are multiples of its step.
#[derive(Clone, Debug)]
struct Ahead {
    first_secs: i64,
    last_secs: i64,
    answer: Arc<Answer>,
}

/// What is asked of an expression.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// T.
    pub(crate) at_secs: i64,
    /// The last T up to which all slots are known, those of other rules' results included; at least T.
    pub(crate) known_until_secs: i64,
    /// The steps of the last answer.
    pub(crate) steps_secs: &'a [i64],
    /// Whether values before the slot that counts are wanted, too.
    pub(crate) whole_window: bool,
    /// How many values may be computed ahead of their turn.
    pub(crate) ahead_values_max: usize,
}

impl Evaluation {
    /// The answer, of which T counts.
    ///
    /// # Errors
    /// The expression's, a limit's, or the store's.
    pub(crate) fn at(
        &mut self,
        rule: &Compiled,
        asked: Asked<'_>,
        world: &World<'_>,
    ) -> Result<Arc<Answer>, RuleError> {
        let at = asked.at_secs;
        if let Some(ahead) = self.ahead.as_ref().filter(|_| !asked.whole_window)
            && (ahead.first_secs..=ahead.last_secs).contains(&at)
            && self.only_step_secs.is_some_and(|step| (at - ahead.first_secs) % step == 0)
        {
            return Ok(Arc::clone(&ahead.answer));
        }
        let columns = self.ahead.take().map_or(1, |ahead| ahead.answer.columns.len().max(1));
        if let (Some(step), Some(lookback), false) = (self.only_step_secs, rule.lookback, asked.whole_window)
            && at.rem_euclid(step) == 0
        {
            let slots = i64::try_from(asked.ahead_values_max / columns).unwrap_or(i64::MAX).max(1);
            let known = (asked.known_until_secs - at).max(0) / step;
            let last = at.saturating_add((slots - 1).min(known).saturating_mul(step));
            let first_slot = at.saturating_sub(step.saturating_mul(lookback.warmup_slots.saturating_add(1)));
            let (answer, steps) = run(rule, first_slot, last, world)?;
            if steps.iter().all(|read| *read == step) {
                self.ahead = Some(Ahead { first_secs: at, last_secs: last, answer: Arc::clone(&answer) });
                return Ok(answer);
            }
            self.only_step_secs = None;
        }
        let (answer, steps) = run(rule, window_start(rule, &asked), at, world)?;
        self.only_step_secs = match (rule.lookback, steps.as_slice()) {
            (Some(_), [step]) if *step > 0 => Some(*step),
            _ => None,
        };
        Ok(answer)
    }

    /// Forgets what was computed ahead, if it reaches to `slot_secs` or beyond.
    pub(crate) fn forget_from(&mut self, slot_secs: i64) {
        if self.ahead.as_ref().is_some_and(|ahead| ahead.last_secs > slot_secs) {
            self.ahead = None;
        }
    }
}

/// The first slot of the window, on a multiple of all steps: series of several steps meet by position.
fn window_start(rule: &Compiled, asked: &Asked<'_>) -> i64 {
    let start = asked.at_secs.saturating_sub(rule.window_secs);
    let common = asked.steps_secs.iter().try_fold(1_i64, |common, step| {
        let next = common / gcd(common, *step) * step;
        (next <= COMMON_STEP_SECS_MAX).then_some(next)
    });
    start - start.rem_euclid(common.unwrap_or(1).max(1))
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut x, mut y) = (a.max(1), b.max(1));
    while y != 0 {
        (x, y) = (y, x % y);
    }
    x
}

/// Evaluates over the slots from `first_slot` up to those that begin before `until`; answers the steps that were read, too.
fn run(
    rule: &Compiled,
    first_slot: i64,
    until: i64,
    world: &World<'_>,
) -> Result<(Arc<Answer>, Vec<i64>), RuleError> {
    let left_out = |name: &str| rule.makes_series(name);
    let left_out: Option<reader::LeftOut<'_>> = if rule.excludes_self() { Some(&left_out) } else { None };
    let reader = Reader::new(world.source, world.now_secs, left_out);
    // A source's range is open at its beginning and closed at its end.
    let (from, until) = (first_slot.saturating_sub(1), until.saturating_sub(1));
    let request = RenderRequest::new(vec![rule.expression.to_string()], from, until, until.saturating_add(1));
    let series = evaluate(&reader, &request).map_err(rule_error)?;
    let steps = reader.steps_secs();
    Ok((Arc::new(Answer::of(series, !steps.is_empty())), steps))
}

fn rule_error(error: QueryError) -> RuleError {
    RuleError { message: error.to_string(), is_fault: !error.is_callers_fault() }
}
