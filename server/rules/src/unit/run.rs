//! One test: the core from moment to moment, and a look at what it has made whenever one is asked for.
//!
//! Invariant: a point is there once its slot has ended, and an event once it has begun, as in a server that hears of
//! everything at once.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::compare::compare;
use super::messages::MessengerHalt;
use super::{Expectation, InputEvent, Messenger, TEST_START_SECS, TestFailure, TestReport, UnitTest};
use crate::backtest::without_delay;
use crate::event_log::{EventLog, WithMade};
use crate::{
    Alarm, Core, Event, EventChange, MemorySource, Next, Options, RuleError, RuleSet, Step, Work, World,
};

/// What a test has made so far.
pub(super) struct Bench<'t> {
    pub(super) store: MemorySource,
    events: EventLog,
    /// Events that have come in.
    posted: EventLog,
    /// Those there are when an expectation is looked at.
    pub(super) alarms: Vec<Alarm>,
    /// Points that are still to come, the next one last: end of the slot, series, slot, value.
    points: Vec<(i64, usize, i64, f64)>,
    /// Events that are still to come, the next one last.
    input_events: Vec<&'t InputEvent>,
    test: &'t UnitTest,
    /// Whoever tells people, where that is asked for.
    pub(super) messenger: Option<Box<dyn Messenger>>,
    /// Evaluations that failed: when, and which rule.
    errors: Vec<(i64, String)>,
}

/// Runs one test; `None` where it was broken off.
pub(super) fn run(
    test: &UnitTest,
    set: &RuleSet,
    messenger: Option<Box<dyn Messenger>>,
    flow: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Option<TestReport>, RuleError> {
    match whole(test, set, messenger, flow) {
        Ok(report) => Ok(Some(report)),
        Err(MessengerHalt::BrokenOff) => Ok(None),
        Err(MessengerHalt::Fault(error)) => Err(error),
    }
}

fn whole(
    test: &UnitTest,
    set: &RuleSet,
    messenger: Option<Box<dyn Messenger>>,
    flow: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<TestReport, MessengerHalt> {
    let options = Options { late_secs: 0, catch_up_secs: i64::MAX, ..Options::default() };
    let mut now_ms = TEST_START_SECS.saturating_mul(1000);
    let core = Core::new(&without_delay(set), [], now_ms, options);
    let mut core = core.map_err(MessengerHalt::Fault)?;
    core.keeps_rows = false;
    let mut bench = Bench::new(test, messenger);
    let mut order: Vec<&Expectation> = test.expectations.iter().collect();
    order.sort_by_key(|expectation| expectation.at_secs);
    let mut failures = Vec::new();
    for expectation in order {
        let until_ms = TEST_START_SECS.saturating_add(expectation.at_secs).saturating_mul(1000);
        loop {
            match core.next(now_ms) {
                Next::At(ms) if ms > until_ms => break,
                Next::At(ms) => now_ms = ms,
                Next::Step(step) => {
                    if flow().is_break() {
                        return Err(MessengerHalt::BrokenOff);
                    }
                    bench.step(&mut core, &step, now_ms.div_euclid(1000), flow)?;
                }
            }
        }
        bench.feed(until_ms.div_euclid(1000));
        bench.alarms = core.alarms();
        failures.extend(compare(expectation, &mut bench, flow)?);
    }
    failures.extend(bench.failed(test.line));
    failures.sort_by_key(|failure| failure.line);
    Ok(TestReport { name: test.name.clone(), line: test.line, failures })
}

impl<'t> Bench<'t> {
    fn new(test: &'t UnitTest, messenger: Option<Box<dyn Messenger>>) -> Bench<'t> {
        let mut points = Vec::new();
        for (at, input) in test.inputs.iter().enumerate() {
            for (slot, value) in (0_i64..).zip(&input.values) {
                let start = TEST_START_SECS.saturating_add(slot.saturating_mul(input.step_secs));
                points.extend(value.map(|value| (start.saturating_add(input.step_secs), at, start, value)));
            }
        }
        points.sort_by_key(|(end, at, ..)| std::cmp::Reverse((*end, *at)));
        let mut input_events: Vec<_> = test.events.iter().collect();
        input_events.sort_by_key(|event| std::cmp::Reverse(event.start_secs));
        Bench {
            store: MemorySource::default(),
            events: EventLog::default(),
            posted: EventLog::default(),
            alarms: Vec::new(),
            points,
            input_events,
            test,
            messenger,
            errors: Vec::new(),
        }
    }

    /// What there is at that moment.
    fn feed(&mut self, now_secs: i64) {
        while let Some((_, at, slot, value)) = self.points.pop_if(|(end, ..)| *end <= now_secs) {
            if let Some(input) = self.test.inputs.get(at) {
                self.store.insert(&input.name, input.step_secs, slot, value);
            }
        }
        let since_start = now_secs.saturating_sub(TEST_START_SECS);
        while let Some(event) = self.input_events.pop_if(|event| event.start_secs <= since_start) {
            let start_secs = TEST_START_SECS.saturating_add(event.start_secs);
            self.store.add_event(start_secs, event.tags.clone());
            let key = format!("input/{}", self.posted.by_key().len());
            let event = EventChange::Store(Box::new(event.event(key, start_secs.saturating_mul(1000))));
            self.posted.apply(&event, usize::MAX);
        }
    }

    fn step(
        &mut self,
        core: &mut Core,
        step: &Step,
        now_secs: i64,
        flow: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<(), MessengerHalt> {
        self.feed(now_secs);
        let makers = BTreeSet::new();
        let events = WithMade { stored: &self.posted, made: &self.events, makers: &makers };
        let world = World { events: &events, ..World::new(&self.store, now_secs) };
        let outcome = core.run(step, &world);
        for point in &outcome.points {
            self.store.insert(&point.name, self.test.interval_secs, point.timestamp, point.value);
        }
        outcome.events.iter().for_each(|change| self.events.apply(change, usize::MAX));
        if let Some(messenger) = &mut self.messenger {
            messenger.hear(&outcome.alarms, now_secs.saturating_mul(1000), flow)?;
        }
        if let (Some(error), Work::Evaluate { rule, .. }) = (outcome.error, step.work()) {
            self.errors.push((now_secs, format!("{}: {error}", core.rules[rule].shown)));
        }
        core.commit(step);
        Ok(())
    }

    /// All events so far, by their beginnings and titles.
    pub(super) fn events(&self) -> Vec<&Event> {
        self.events.in_order()
    }

    /// The step of derived series, in seconds.
    pub(super) fn interval_secs(&self, series: &str) -> i64 {
        let input = self.test.inputs.iter().find(|input| input.name == series);
        input.map_or(self.test.interval_secs, |input| input.step_secs)
    }

    /// A rule that cannot be evaluated fails the test, whatever is expected: once, however often it happened.
    fn failed(&self, line: usize) -> Option<TestFailure> {
        let (at, first) = self.errors.first()?;
        let at = crate::show_duration((at - TEST_START_SECS).saturating_mul(1000));
        let what = format!("{} evaluations failed, the first at {at}", self.errors.len());
        Some(TestFailure { line, what, details: vec![first.clone()] })
    }
}
