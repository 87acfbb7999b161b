//! One step after the other: read, store points, remember; and in between, what ingest noted and what the server says.
//!
//! Invariant: a step is committed to the core once its points can be read, since later steps read them. Events and rows
//! of state are stored in the order of their steps; while that fails, steps are run until [`Pending`] is full, and then none.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use plumbago_engine::{Error, Writer};
use plumbago_rules::{
    Core, DerivedPoint, EventChange, Next, Options, Outcome, Row, RuleSet, Step, Transition, Work, World,
};

use super::board::ShownRule;
use super::loading::LoadedRules;
use super::pending::Pending;
use super::{RuleOrder, RuleSurroundings, Watched, folder};
use crate::alarms::{SelfAlarm, ThreadCpu};
use crate::config::Rules;
use crate::ingest::{ListenerKind, NOBODY};
use crate::source::EngineSource;

/// All rows of the rules begin with this.
const ROWS_PREFIX: &str = "rules/";
/// The longest sleep: late points and samples are looked at so often.
const SLEEP_MAX: Duration = Duration::from_millis(500);
/// The wait before something that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How long to wait at once for points that are being stored, before slots are read.
const CLOSE_WAIT_MAX: Duration = Duration::from_secs(1);
/// While step follows step, an alarm waits no longer than this for others to be stored with.
const ALARM_WAIT_MAX: Duration = Duration::from_millis(500);
/// While step follows step, what others see is not older than this.
const SHOW_EVERY: Duration = Duration::from_millis(250);

/// The thread's own state.
pub(super) struct Performer {
    around: RuleSurroundings,
    settings: Rules,
    writer: Writer,
    core: Core,
    shown: Vec<(Option<i64>, u64)>,
    shown_at: Instant,
    /// Whether a step was done since then.
    has_moved: bool,
    /// Slots that end up to here can be read: every later point is noted as late.
    closed_secs: i64,
    pending: Pending,
    /// When the first of the alarms that wait was decided.
    alarms_since: Option<Instant>,
    /// Alarms changed since they were shown.
    has_alarms_moved: bool,
    /// Whether everything that was due at the start has been done: alarms of before then are told together.
    has_caught_up: bool,
    /// What was told last about wrong files.
    told_fault: Option<Option<String>>,
    cpu: ThreadCpu,
}

/// Why a step has to wait.
enum Held {
    /// Something failed that may not fail again.
    Retry(String),
    /// The store of points takes nothing any more.
    Latched(Error),
}

impl Performer {
    pub(super) fn new(around: RuleSurroundings, first: (LoadedRules, Rules)) -> Performer {
        let (loaded, settings) = first;
        let cpu = around.desk.cpu().thread();
        let writer = around.engine.writer();
        let core = new_core(&around, &loaded, &settings);
        let mut performer = Performer {
            around,
            settings,
            writer,
            core,
            shown: Vec::new(),
            shown_at: Instant::now(),
            has_moved: false,
            closed_secs: i64::MIN,
            pending: Pending::default(),
            alarms_since: None,
            has_alarms_moved: true,
            has_caught_up: false,
            told_fault: None,
            cpu,
        };
        performer.took(&loaded);
        performer
    }

    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// The store of points takes nothing any more.
    pub(super) fn run(mut self, orders: &Receiver<RuleOrder>) -> Result<(), Error> {
        loop {
            let sleep = match self.advance() {
                Ok(sleep) => sleep,
                Err(Held::Latched(error)) => return Err(error),
                Err(Held::Retry(reason)) => {
                    self.trouble(Some(reason));
                    self.show();
                    RETRY
                }
            };
            self.cpu.tell();
            match orders.recv_timeout(sleep) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(RuleOrder::Replace(loaded, settings)) => self.replace(&loaded, settings),
                Ok(RuleOrder::Refused(faults)) => self.around.board.change(|shown| shown.faults = faults),
                Ok(RuleOrder::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    if let Err(Held::Retry(reason)) = self.flush() {
                        tracing::warn!(
                            "rules will evaluate their last steps again at the next start: {reason}"
                        );
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Does one step, or finds that there is none; answers how long nothing has to be done.
    fn advance(&mut self) -> Result<Duration, Held> {
        self.take_noted();
        // Between two steps that follow each other there is no time to look at every rule.
        if !self.has_moved || self.shown_at.elapsed() >= SHOW_EVERY {
            self.tell_faults();
            self.watch_lag();
        }
        if self.shown_at.elapsed() >= SHOW_EVERY {
            self.show();
        }
        let is_waited_for = self.alarms_since.is_some_and(|since| since.elapsed() >= ALARM_WAIT_MAX);
        if self.pending.is_full() || is_waited_for {
            self.flush()?;
        }
        let now_ms = self.around.clock.now_ms();
        match self.core.next(now_ms) {
            Next::Step(step) => {
                self.perform(&step)?;
                Ok(Duration::ZERO)
            }
            Next::At(at_ms) => {
                self.flush()?;
                self.catch_up()?;
                if self.has_moved {
                    self.show();
                }
                let wait_ms = u64::try_from(at_ms.saturating_sub(now_ms)).unwrap_or(0);
                Ok(Duration::from_millis(wait_ms).min(SLEEP_MAX))
            }
        }
    }

    fn take_noted(&mut self) {
        let noted = self.around.arrivals.collect();
        for (name, at_secs, arrival_ms) in noted.samples {
            self.core.arrived(&name, at_secs, arrival_ms);
        }
        let counts = self.around.board.counts();
        for (name, late) in noted.late {
            if self.core.touched(&name, late.first, late.last) > 0 {
                counts.late_points.add(late.points);
            }
        }
        counts.late_points_not_recomputed.add(noted.overflowed);
    }

    fn perform(&mut self, step: &Step) -> Result<(), Held> {
        let now_secs = self.around.clock.now();
        let (rule, at_secs) = match step.work() {
            Work::Begin => (None, None),
            Work::Evaluate { rule, at_secs } => (Some(rule), Some(at_secs)),
            Work::Recompute { rule, .. } => (Some(rule), None),
        };
        if let Some(at_secs) = at_secs {
            self.close(now_secs, at_secs)?;
        }
        if self.core.counts_events(step) {
            self.flush()?;
        }
        let started = Instant::now();
        let source = EngineSource::new(&self.around.engine).with_events(&self.around.events);
        let world = World {
            source: &source,
            now_secs,
            external_url: &self.settings.external_url,
            events: &*self.around.events,
            listening_since_secs: self.around.listening_since_secs,
        };
        let outcome = self.core.run(step, &world);
        if let Some(error) = outcome.error.as_ref().filter(|error| error.is_fault) {
            return Err(Held::Retry(error.message.clone()));
        }
        let Outcome { points, events, rows, alarms, error } = outcome;
        let is_failure = error.is_some();
        self.store(&points, now_secs)?;
        self.core.commit(step);
        self.has_moved = true;
        self.wait_to_store(events, rows, alarms);
        self.around.board.counts().stepped(step.work(), is_failure, points.len());
        if let Some(shown) = rule.and_then(|rule| self.shown.get_mut(rule)) {
            let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            *shown = (Some(self.around.clock.now_ms()), duration_us);
        }
        Ok(())
    }

    /// Before slots are read: what comes for them from now on is late, and what came before can be read.
    fn close(&mut self, now_secs: i64, at_secs: i64) -> Result<(), Held> {
        if at_secs <= self.closed_secs {
            return Ok(());
        }
        let oldest_secs = now_secs.saturating_sub(self.settings.late_secs);
        if !self.around.arrivals.close(oldest_secs, at_secs, CLOSE_WAIT_MAX) {
            return Err(Held::Retry("points that have come in are not stored yet".to_owned()));
        }
        self.closed_secs = at_secs;
        Ok(())
    }

    /// Stores derived points; when this returns they can be read. What is refused is counted and kept as every refused
    /// point is.
    fn store(&mut self, points: &[DerivedPoint], now_secs: i64) -> Result<(), Held> {
        if points.is_empty() {
            return Ok(());
        }
        let mut refused = Vec::new();
        for point in points {
            if let Err(refusal) = self.writer.push(&point.name, point.value, point.timestamp, now_secs) {
                refused.push((point, refusal));
            }
        }
        let committed = self.commit_points()?;
        let counters = self.around.counters.listener(ListenerKind::Rules);
        counters.commits.increment();
        counters.points_received.add(committed.points);
        counters.series_created.add(committed.new_series);
        for (point, refusal) in refused {
            let text = format!("{} {} {}", point.name, point.value, point.timestamp);
            self.around.refused.record(
                ListenerKind::Rules,
                refusal.name(),
                &refusal,
                NOBODY,
                text.as_bytes(),
                now_secs,
            );
        }
        Ok(())
    }

    fn commit_points(&mut self) -> Result<plumbago_engine::Committed, Held> {
        loop {
            match self.writer.commit() {
                Ok(committed) => return Ok(committed),
                // The points are pending still: pushing them again would only double them.
                Err(error) if error.is_disk_full() && !self.around.health.is_stopping() => {
                    self.trouble(Some(error.to_string()));
                    std::thread::sleep(RETRY);
                }
                Err(error) if error.is_disk_full() => return Err(Held::Retry(error.to_string())),
                Err(error) => return Err(Held::Latched(error)),
            }
        }
    }

    /// Stores what the steps so far want kept, and whom to tell of their alarms.
    fn flush(&mut self) -> Result<(), Held> {
        let desk = &self.around.desk;
        self.pending
            .store(|waiting| {
                desk.change_with(waiting.events, waiting.rows, |hand| hand.take(&waiting.alarms))
            })
            .map_err(|error| Held::Retry(error.to_string()))?;
        self.alarms_since = None;
        self.trouble(None);
        Ok(())
    }

    /// Keeps what is to be stored with what follows it.
    fn wait_to_store(&mut self, events: Vec<EventChange>, rows: Vec<Row>, alarms: Vec<Transition>) {
        self.pending.add(events, rows, alarms);
        if self.pending.has_alarms() {
            self.alarms_since.get_or_insert_with(Instant::now);
            self.has_alarms_moved = true;
        }
    }

    /// Tells that rules are too far behind, or are no more. Where time stands still they never are.
    fn watch_lag(&mut self) {
        let clock = self.around.clock;
        if clock.is_fixed() {
            return;
        }
        if let Some(Outcome { events, rows, alarms, .. }) = self.core.watch_lag(clock.now_ms()) {
            self.wait_to_store(events, rows, alarms);
        }
    }

    /// Once after a start: everything that was due is done, and those who are to be told of alarms can be.
    fn catch_up(&mut self) -> Result<(), Held> {
        if !self.has_caught_up {
            self.around.desk.caught_up().map_err(|error| Held::Retry(error.to_string()))?;
            self.has_caught_up = true;
        }
        Ok(())
    }

    /// Tells whether all files are in order; where that cannot be stored, again later.
    fn tell_faults(&mut self) {
        let fault = self.around.board.first_fault();
        if self.told_fault.as_ref() == Some(&fault) {
            return;
        }
        let told = self.around.desk.change(|hand| hand.set(SelfAlarm::ConfigInvalid, fault.as_deref()));
        if told.is_ok() {
            self.told_fault = Some(fault);
        }
    }

    fn replace(&mut self, loaded: &LoadedRules, settings: Rules) {
        // What is not stored now is evaluated again by the new core.
        if let Err(Held::Retry(reason)) = self.flush() {
            tracing::warn!("the new rules start from an older state: {reason}");
            self.pending.forget();
        }
        self.settings = settings;
        self.core = new_core(&self.around, loaded, &self.settings);
        (self.alarms_since, self.has_alarms_moved) = (None, true);
        self.around.board.change(|shown| shown.alerting_faults.clear());
        self.took(loaded);
    }

    /// Notes that these rules run now.
    fn took(&mut self, loaded: &LoadedRules) {
        for note in &loaded.notes {
            tracing::warn!("{note}");
        }
        for fault in &loaded.faults {
            tracing::error!("{fault}");
        }
        if loaded.faults.is_empty()
            && let Err(error) = folder::keep(&self.around.data_dir, &loaded.texts)
        {
            tracing::warn!("no copy of the rules is kept in the data directory: {error}");
        }
        self.around.arrivals.watch(Watched::of(&loaded.set));
        let rules = loaded.set.groups.iter().map(|group| group.rules.len()).sum();
        self.shown = vec![(None, 0); rules];
        let (set, faults) = (Arc::new(loaded.set.clone()), loaded.faults.clone());
        self.around.board.change(|shown| (shown.set, shown.faults) = (set, faults));
        self.show();
    }

    fn show(&mut self) {
        (self.shown_at, self.has_moved) = (Instant::now(), false);
        let statuses = self.core.statuses(self.around.clock.now_ms());
        let rules = statuses
            .into_iter()
            .zip(&self.shown)
            .map(|(status, &(evaluated_at_ms, duration_us))| ShownRule {
                status,
                evaluated_at_ms,
                duration_us,
            })
            .collect();
        let alarms = self.has_alarms_moved.then(|| Arc::new(self.core.alarms()));
        self.has_alarms_moved = false;
        self.around.board.change(|shown| {
            shown.rules = rules;
            if let Some(alarms) = alarms {
                shown.alarms = alarms;
            }
        });
    }

    fn trouble(&self, reason: Option<String>) {
        self.around.board.change(|shown| {
            if let Some(reason) = reason.as_ref().filter(|reason| shown.trouble.as_ref() != Some(reason)) {
                tracing::warn!("rules wait: {reason}");
            }
            shown.trouble = reason;
        });
    }
}

/// A core that goes on from what was saved. Rows that cannot be read are left out, loudly: rules begin anew rather than
/// not at all.
fn new_core(around: &RuleSurroundings, loaded: &LoadedRules, settings: &Rules) -> Core {
    let options = Options {
        late_secs: settings.late_secs,
        catch_up_secs: settings.catch_up_secs,
        ..Options::default()
    };
    let now_ms = around.clock.now_ms();
    let saved = around.events.rows(ROWS_PREFIX).unwrap_or_else(|error| {
        tracing::error!("the state of the rules cannot be read, they begin anew: {error}");
        Vec::new()
    });
    let rows = saved.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    Core::new(&loaded.set, rows, now_ms, options)
        .or_else(|error| {
            tracing::error!("the rules begin anew, without what was saved: {error}");
            Core::new(&loaded.set, [], now_ms, options)
        })
        .unwrap_or_else(|error| {
            tracing::error!("no rules run: {error}");
            Core::new(&RuleSet::default(), [], now_ms, options)
                .expect("without rules there is nothing to refuse")
        })
}
