//! Rules over history: the same core, its clock as fast as it goes.
//!
//! Invariant: over a span whose finest archive still holds it, a backtest makes the points, events and alarms that a live
//! run makes there without late points, byte for byte. Nothing is stored: what to do with an outcome is the caller's.

mod account;
mod overlay;
mod report;
mod sketch;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use plumbago_protocol::limits;
use plumbago_query::Source;

use crate::compiled::Compiled;
use crate::event_log::{EventLog, WithMade};
use crate::{Core, Next, Options, Outcome, RuleError, RuleSet, StoredEvents, Work, World};

pub use account::{BacktestAccount, BacktestFailure, BacktestRead, SketchedSeries};
use overlay::Overlay;
pub use overlay::{ClassOf, DerivedClass};
pub use report::{BacktestDay, BacktestReport, BacktestSpan};
use report::{Counts, Spans};

/// What rules are run over.
#[derive(Clone, Copy)]
pub struct Backtest<'a> {
    /// The store.
    pub source: &'a dyn Source,
    /// The first T is the first one after this, in seconds since the epoch.
    pub from_secs: i64,
    /// The last T is not after this, in seconds since the epoch.
    pub until_secs: i64,
    /// The store's present in seconds since the epoch, which decides how far back each archive reaches.
    pub now_secs: i64,
    /// What links in events begin with.
    pub external_url: &'a str,
    /// The events of that time, for alert rules that count them; those of the rules themselves are left out.
    pub events: &'a dyn StoredEvents,
    /// How the store would keep what is derived, for rules that read it.
    pub class_of: ClassOf<'a>,
}

impl Backtest<'_> {
    /// Runs rules, and shows each outcome with its T in the order of a live run, until `each` breaks off. Rows of state are
    /// left out.
    ///
    /// # Errors
    /// Rules that no core takes, and more events than can be counted where rules count events. Errors of single evaluations
    /// are in the report.
    pub fn run(
        &self,
        set: &RuleSet,
        each: &mut dyn FnMut(i64, &Outcome) -> ControlFlow<()>,
    ) -> Result<BacktestReport, RuleError> {
        let set = without_delay(set);
        let options =
            Options { late_secs: 0, catch_up_secs: i64::MAX, reach_secs: i64::MAX, ..Options::default() };
        let mut now_ms = self.from_secs.saturating_mul(1000);
        let mut core = Core::new(&set, [], now_ms, options)?;
        core.keeps_rows = false;
        let recorders: Vec<_> = match core.rules.iter().any(|rule| !rule.upstream.is_empty()) {
            true => core.rules.iter().filter(|rule| rule.is_record()).cloned().collect(),
            false => Vec::new(),
        };
        let mut overlay = Overlay::new(self.source, &recorders, self.class_of);
        let makers: BTreeSet<String> = core.rules.iter().map(|rule| rule.shown.to_string()).collect();
        let is_counted = core.rules.iter().any(Compiled::counts_events);
        let mut made = EventLog::default();
        let mut counts = Counts::default();
        let mut reached = self.from_secs;
        loop {
            let step = match core.next(now_ms) {
                Next::Step(step) => step,
                Next::At(ms) if ms > self.until_secs.saturating_mul(1000) => {
                    reached = self.until_secs;
                    break;
                }
                Next::At(ms) => {
                    now_ms = ms;
                    continue;
                }
            };
            let events = WithMade { stored: self.events, made: &made, makers: &makers };
            let (external_url, events) = (self.external_url, &events);
            let world = World { external_url, events, ..World::new(&overlay, self.now_secs) };
            let outcome = core.run(&step, &world);
            let mut flow = ControlFlow::Continue(());
            if let Work::Evaluate { rule, at_secs } = step.work() {
                counts.evaluations += 1;
                counts.add(|| core.rules[rule].shown.to_string(), &outcome);
                flow = each(at_secs, &outcome);
                reached = at_secs;
            }
            overlay.store(&outcome.points);
            if is_counted {
                outcome.events.iter().for_each(|change| made.apply(change, limits::RULE_HISTORY_EVENTS_MAX));
                check_made(made.count())?;
            }
            core.commit(&step);
            if flow.is_break() {
                break;
            }
        }
        let spans: Spans = overlay.spans();
        Ok(counts.finish(spans, reached))
    }
}

/// Refuses more events than can be kept.
pub(crate) fn check_made(events: u64) -> Result<(), RuleError> {
    let events_max = limits::RULE_HISTORY_EVENTS_MAX;
    if events <= events_max as u64 {
        return Ok(());
    }
    let message = format!(
        "the rules make more than {events_max} events and alarms, too many to keep: take a shorter span, or fewer rules"
    );
    Err(RuleError { message, is_fault: false })
}

/// History has no delay: all points are there.
pub(crate) fn without_delay(set: &RuleSet) -> RuleSet {
    let mut set = set.clone();
    for group in &mut set.groups {
        group.delay_ms = Some(0);
        group.rules.iter_mut().for_each(|rule| rule.delay_ms = None);
    }
    set
}
