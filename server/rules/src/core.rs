//! The loop of all rules: what is due, what it comes to, and that it is done.
//!
//! Invariant: [`Core::run`] changes nothing that counts, so a step can be run until its outcome was performed; only
//! [`Core::commit`] goes on. The steps and their outcomes depend on the rules, the saved rows and what the source answers,
//! and on the clock only in that it says how far they may go.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::alert::Behind;
use crate::compiled::Compiled;
use crate::dependency::Order;
use crate::evaluate::{Asked, Evaluation};
use crate::evaluated::{Evaluated, decide, moved, rows_of, within};
use crate::late::Late;
use crate::pace::Pace;
use crate::progress::Progress;
use crate::saved::{self, Cursor, Saved};
use crate::schedule::{Due, Queue, next_at};
use crate::{Next, Options, Outcome, Row, RuleError, RuleSet, RuleStatus, Step, Transition, Work, World};

/// All rules on their way.
#[derive(Debug)]
pub struct Core {
    pub(crate) rules: Vec<Compiled>,
    pub(crate) order: Order,
    pub(crate) progress: Vec<Progress>,
    pub(crate) options: Options,
    /// T that are computed once more.
    pub(crate) late: Late,
    pace: Pace,
    pub(crate) queue: Queue,
    /// What the first step wants done, until it is committed.
    begin: Option<Outcome>,
    /// What was run last, and what it changes once it is committed.
    pending: Option<Ran>,
    /// Rows that go with the next outcome.
    pub(crate) rows: Vec<Row>,
    /// Values that one rule may hold ahead of their turn.
    ahead_values_max: usize,
    /// Whether outcomes hold rows: a core that is thrown away needs none.
    pub(crate) keeps_rows: bool,
    /// Since when this one looks, in milliseconds since the epoch.
    pub(crate) started_ms: i64,
    pub(crate) behind: Behind,
}

/// A step that was run.
#[derive(Debug)]
struct Ran {
    step: Step,
    pending: Pending,
    /// How many of the core's own rows went with its outcome.
    rows: usize,
    /// Rules whose late T were written down with it.
    late: Vec<usize>,
}

/// What a step changes once it is committed.
#[derive(Debug)]
enum Pending {
    Begin,
    /// The results have other steps than was known: the T before this one come first.
    Steps(Vec<i64>),
    Evaluated(Box<Evaluated>),
    Recomputed {
        points: Vec<(Arc<str>, i64)>,
        error: Option<RuleError>,
    },
}

impl Core {
    /// Rules that go on where `rows`, which an earlier core wanted kept, say; new ones begin at `now_ms`.
    ///
    /// # Errors
    /// A text that does not compile, rules that read each other in a circle, or a row that cannot be read.
    pub fn new<'a>(
        set: &RuleSet,
        rows: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        now_ms: i64,
        options: Options,
    ) -> Result<Core, RuleError> {
        let order = Order::of(set)?;
        let rules = Compiled::all(set, &order)?;
        let mut saved = Saved::read(rows)?;
        let late = std::mem::take(&mut saved.late);
        let behind = Behind::saved(saved.behind.take());
        let pace = Pace::new(set, &rules, &saved);
        let (progress, begin) = crate::begin::begin(&rules, saved, now_ms, &options);
        let ahead_values_max = options.ahead_values_max / rules.len().max(1);
        let mut core = Core {
            order,
            progress,
            options,
            late: Late::default(),
            pace,
            queue: Queue::default(),
            begin: Some(begin),
            pending: None,
            rows: Vec::new(),
            ahead_values_max,
            keeps_rows: true,
            started_ms: now_ms,
            behind,
            rules,
        };
        core.resume_late(late, now_ms.div_euclid(1000));
        core.update_pace(0..core.rules.len());
        (0..core.rules.len()).for_each(|rule| core.schedule(rule));
        Ok(core)
    }

    /// What is next, at a moment in milliseconds since the epoch.
    pub fn next(&self, now_ms: i64) -> Next {
        if self.begin.is_some() {
            return Next::Step(Step { work: Work::Begin });
        }
        let first = self.queue.first();
        if let Some(due) = first.filter(|due| due.due_ms <= now_ms) {
            return Next::Step(Step { work: Work::Evaluate { rule: due.rule, at_secs: due.at_secs } });
        }
        if let Some((at_secs, rule)) = self.late.first() {
            return Next::Step(Step { work: Work::Recompute { rule, at_secs } });
        }
        Next::At(first.map_or(i64::MAX, |due| due.due_ms))
    }

    /// Whether a step counts stored events, so that those of the steps before it have to be stored.
    pub fn counts_events(&self, step: &Step) -> bool {
        matches!(step.work, Work::Evaluate { rule, .. } if self.rules[rule].counts_events())
    }

    /// Runs a step, and answers what has to be done. Until it is committed it is as if nothing had happened.
    pub fn run(&mut self, step: &Step, world: &World<'_>) -> Outcome {
        let (pending, mut outcome) = match step.work {
            Work::Begin => (Pending::Begin, self.begin.clone().unwrap_or_default()),
            Work::Evaluate { rule, at_secs } => self.evaluate(rule, at_secs, world),
            Work::Recompute { rule, at_secs } => self.recompute(rule, at_secs, world),
        };
        outcome.rows.extend(self.rows.iter().cloned());
        let late = self.late.unwritten();
        outcome.rows.extend(late.iter().map(|rule| self.late_row(*rule)));
        self.pending = Some(Ran { step: step.clone(), pending, rows: self.rows.len(), late });
        outcome
    }

    /// Goes on from a step whose points are stored. Does nothing for a step that was not the last one to be run.
    pub fn commit(&mut self, step: &Step) {
        let Some(Ran { pending, rows, late, .. }) = self.pending.take_if(|ran| ran.step == *step) else {
            return;
        };
        self.rows.drain(..rows);
        self.late.wrote(&late);
        match (step.work, pending) {
            (Work::Begin, _) => self.begin = None,
            (Work::Evaluate { rule, at_secs }, pending) => self.evaluated(rule, at_secs, pending),
            (Work::Recompute { rule, at_secs }, pending) => self.recomputed(rule, at_secs, pending),
        }
    }

    /// How every rule is doing, at a moment in milliseconds since the epoch.
    pub fn statuses(&self, now_ms: i64) -> Vec<RuleStatus> {
        let status = |(at, (rule, progress)): (usize, (&Compiled, &Progress))| {
            let next_ms = self.queue.of(at).map_or(i64::MAX, |due| due.due_ms);
            RuleStatus {
                rule: rule.shown.to_string(),
                place: rule.place,
                evaluated_until_secs: progress.cursor.until,
                next_ms,
                lag_ms: now_ms.saturating_sub(next_ms).max(0),
                delay_ms: self.pace.delay_ms(at),
                kind: rule.makes.kind(),
                alarms: progress.alarms.counts(),
                steps_secs: progress.cursor.steps.clone(),
                results: progress.counts.results,
                evaluations: progress.counts.evaluations,
                failures: progress.counts.failures,
                recomputed: progress.counts.recomputed,
                error: progress.counts.error.clone(),
            }
        };
        self.rules.iter().zip(&self.progress).enumerate().map(status).collect()
    }

    /// Tells of a point's own time and of its arrival, from which delays are learned; a sample of all points is enough.
    /// Its slot is one of the finest step that the rules of a group which read the series are known to have: as long as
    /// none is known, the point says nothing to that group.
    pub fn arrived(&mut self, series: &str, timestamp_secs: i64, arrival_ms: i64) {
        let mut steps: BTreeMap<usize, i64> = BTreeMap::new();
        for rule in self.order.readers(series) {
            if let Some(&step) = self.progress[rule].cursor.steps.first() {
                let finest = steps.entry(self.rules[rule].place.0).or_insert(step);
                *finest = step.min(*finest);
            }
        }
        for (group, step) in steps {
            let slot_end_secs = next_at(None, &[step], timestamp_secs);
            if let Some(row) = self.pace.arrived(group, slot_end_secs, arrival_ms) {
                self.rows.push(row);
                self.update_pace(self.pace.rules_of(group));
            }
        }
    }

    fn evaluate(&mut self, rule: usize, at_secs: i64, world: &World<'_>) -> (Pending, Outcome) {
        let known_until_secs = self.known_until(rule, world);
        let (compiled, progress) = (&self.rules[rule], &mut self.progress[rule]);
        let looks_back = !compiled.is_record() && !progress.cursor.looked;
        let asked = Asked {
            at_secs,
            known_until_secs,
            steps_secs: &progress.cursor.steps,
            whole_window: looks_back,
            ahead_values_max: self.ahead_values_max,
        };
        let answer = match compiled.counts_events() {
            true => Ok(Arc::default()),
            false => {
                progress.evaluation.at(compiled, asked, world).and_then(|answer| within(compiled, answer))
            }
        };
        let cursor = &progress.cursor;
        if let Ok(answer) = &answer
            && answer.steps_secs != cursor.steps
            && !answer.steps_secs.is_empty()
            && next_at(compiled.interval_secs, &answer.steps_secs, cursor.until) < at_secs
        {
            let cursor = Cursor { steps: answer.steps_secs.clone(), ..cursor.clone() };
            let rows = vec![saved::cursor_row(&compiled.identity, Some(&cursor))];
            return (Pending::Steps(cursor.steps), Outcome { rows, ..Outcome::default() });
        }
        let mut evaluated =
            match answer.and_then(|answer| decide(compiled, progress, &answer, at_secs, world)) {
                Ok(evaluated) => evaluated,
                Err(error) => {
                    let steps = progress.cursor.steps.clone();
                    Evaluated { steps, error: Some(error), ..Evaluated::default() }
                }
            };
        let (is_read, keeps_rows) = (!self.order.downstream(rule).is_empty(), self.keeps_rows);
        let rows =
            if keeps_rows { rows_of(compiled, &progress.cursor, at_secs, &evaluated) } else { Vec::new() };
        let points = if is_read { evaluated.points.clone() } else { std::mem::take(&mut evaluated.points) };
        let events = std::mem::take(&mut evaluated.events);
        let mut alarms = std::mem::take(&mut evaluated.alarms.transitions);
        let due_ms = at_secs.saturating_mul(1000).saturating_add(self.pace.delay_ms(rule));
        let is_replayed = due_ms < self.started_ms;
        alarms.iter_mut().for_each(|transition: &mut Transition| transition.is_replayed = is_replayed);
        let outcome = Outcome { points, events, alarms, rows, error: evaluated.error.clone() };
        (Pending::Evaluated(Box::new(evaluated)), outcome)
    }

    fn evaluated(&mut self, rule: usize, at_secs: i64, pending: Pending) {
        let finest = self.progress[rule].cursor.steps.first().copied();
        match pending {
            Pending::Steps(steps) => self.progress[rule].cursor.steps = steps,
            Pending::Evaluated(evaluated) => {
                let progress = &mut self.progress[rule];
                progress.cursor = moved(&progress.cursor, at_secs, &evaluated);
                for (key, state) in evaluated.states {
                    match state {
                        Some(state) => _ = progress.watched.insert(key, state),
                        None => _ = progress.watched.remove(&key),
                    }
                }
                for (fingerprint, (state, _)) in evaluated.alarms.states {
                    progress.alarms.set(fingerprint, state);
                }
                for (prefix, told) in evaluated.alarms.sources {
                    progress.alarms.set_source(&prefix, told);
                }
                progress.counts.evaluations += 1;
                progress.counts.failures += u64::from(evaluated.error.is_some());
                progress.counts.results = evaluated.results;
                progress.counts.error = evaluated.error;
                let slots = evaluated.points.iter().map(|point| (&point.name, point.timestamp));
                let slots: Vec<_> = slots.map(|(name, slot)| (Arc::clone(name), slot)).collect();
                self.touch_downstream(rule, at_secs, &slots);
            }
            Pending::Begin | Pending::Recomputed { .. } => {}
        }
        if self.progress[rule].cursor.steps.first().copied() != finest {
            self.update_pace([rule]);
        }
        self.schedule(rule);
    }

    fn recompute(&mut self, rule: usize, at_secs: i64, world: &World<'_>) -> (Pending, Outcome) {
        let (compiled, progress) = (&self.rules[rule], &mut self.progress[rule]);
        let steps_secs = &progress.cursor.steps;
        let asked = Asked {
            at_secs,
            known_until_secs: at_secs,
            steps_secs,
            whole_window: false,
            ahead_values_max: 0,
        };
        let answer =
            Evaluation::default().at(compiled, asked, world).and_then(|answer| within(compiled, answer));
        match answer.and_then(|answer| decide(compiled, progress, &answer, at_secs, world)) {
            Ok(Evaluated { points, .. }) => {
                let slots = points.iter().map(|point| (Arc::clone(&point.name), point.timestamp)).collect();
                let pending = Pending::Recomputed { points: slots, error: None };
                (pending, Outcome { points, ..Outcome::default() })
            }
            Err(error) => {
                let pending = Pending::Recomputed { points: Vec::new(), error: Some(error.clone()) };
                (pending, Outcome { error: Some(error), ..Outcome::default() })
            }
        }
    }

    fn recomputed(&mut self, rule: usize, at_secs: i64, pending: Pending) {
        self.late.remove(at_secs, self.rules[rule].rank, rule);
        let Pending::Recomputed { points, error } = pending else { return };
        let counts = &mut self.progress[rule].counts;
        counts.recomputed += 1;
        counts.failures += u64::from(error.is_some());
        self.touch_downstream(rule, at_secs, &points);
    }

    /// Up to which T all slots that a rule reads are known, other rules' results among them.
    fn known_until(&self, rule: usize, world: &World<'_>) -> i64 {
        let delay_secs = self.pace.delay_ms(rule).div_euclid(1000).saturating_add(1);
        let delay_secs = if self.pace.delay_ms(rule) == 0 { 0 } else { delay_secs };
        let upstream = self.rules[rule].upstream.iter().map(|one| self.progress[*one].cursor.until);
        upstream.min().unwrap_or(i64::MAX).min(world.now_secs.saturating_sub(delay_secs))
    }

    /// Something that the delays of these rules depend on has changed.
    fn update_pace(&mut self, changed: impl IntoIterator<Item = usize>) {
        let progress = &self.progress;
        let step_secs = |rule: usize| progress[rule].cursor.steps.first().copied();
        let moved = self.pace.update(changed, &self.rules, &self.order, step_secs);
        moved.into_iter().for_each(|rule| self.schedule(rule));
    }

    fn schedule(&mut self, rule: usize) {
        let (compiled, cursor) = (&self.rules[rule], &self.progress[rule].cursor);
        let at_secs = next_at(compiled.interval_secs, &cursor.steps, cursor.until);
        let due_ms = at_secs.saturating_mul(1000).saturating_add(self.pace.delay_ms(rule));
        self.queue.set(Due { due_ms, at_secs, rank: compiled.rank, rule });
    }
}
