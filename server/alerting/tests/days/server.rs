//! A server in miniature: it performs what the rules' core and the notifier decide, and may die between any two effects.
//!
//! Invariant: rows change in transactions only, and a message leaves only once what led to it is among them. The judge
//! is told what became durable, what was sent and what arrived, never what was decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_alerting::{Attempt, LogEntry, MessageId, NoSecrets, Notifier, Outcome as Sent};
use plumbago_rules::{Core, Next, Options, Outcome, Row, RuleSet, Step, Work, World};

use crate::judge::{Judge, shown};
use crate::log::Log;
use crate::network::{Flight, Network, place};
use crate::plan::{Mode, Plan};
use crate::random::Random;
use crate::reference::{Change, Look, Reference};
use crate::routes::Alerting;
use crate::rules::{Rules, SERIES_PER_RULE, WINDOW_SECS};
use crate::store::{STEP, Store};

/// How long to wait after a transaction has failed.
const RETRY_MS: i64 = 1000;

/// The process died.
pub(crate) struct Died;

/// What is in force, and what it was read from.
pub(crate) struct Config {
    pub(crate) rules: Rules,
    pub(crate) alerting: Alerting,
    set: RuleSet,
    file: Arc<plumbago_alerting::Alerting>,
    /// By the position of a rule in the set: its number, and whether it is the `record` rule before the alert.
    order: Vec<(usize, bool)>,
}

/// What a crash leaves, and what it takes.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) store: Store,
    rows: BTreeMap<String, Vec<u8>>,
    pub(crate) are_rows_failing: bool,
    pub(crate) process: Option<Process>,
    pub(crate) network: Network,
    reference: Reference,
    pub(crate) judge: Judge,
    pub(crate) log: Log,
    random: Random,
    deaths: u64,
    transactions: u64,
    /// A transaction has failed, and is tried again then.
    waits_until_ms: i64,
    /// Undisturbed time, and how far the server's clock is off, in milliseconds.
    pub(crate) now_ms: i64,
    pub(crate) offset_ms: i64,
}

/// What lives in memory only.
pub(crate) struct Process {
    core: Core,
    pub(crate) notifier: Notifier,
    /// Steps whose rows are not stored yet.
    waiting: Vec<(Outcome, Done)>,
    flights: Vec<Flight>,
    /// Since when it listens, and since when its core looks; by the server's clock.
    started_ms: i64,
    looks_since_ms: i64,
    is_idle: bool,
    /// Slots that end later were not read yet.
    read_until_secs: i64,
    /// What each record rule made last: T, and the values of its sources then.
    made: BTreeMap<usize, (i64, [Option<f64>; SERIES_PER_RULE])>,
    series: BTreeMap<(usize, bool, usize), usize>,
}

/// What a step was about.
enum Done {
    Begin,
    Record,
    Alert(Look),
}

/// What became of a message, in few words.
fn entry_shown(entry: &LogEntry) -> String {
    let id = entry.message.map_or(0, |id| id.0);
    let (to, key) = (format!("{}/{}", entry.to.receiver, entry.to.integration), &entry.group_key);
    format!("  {:?} {id} to {to} {key}: {:?} {}", entry.kind, entry.alarms, entry.reason)
}

/// A change, in few words.
fn change_shown(change: &Change) -> String {
    let text = |name: &str| change.labels.get(name).map_or("", String::as_str);
    let (name, series, severity) = (text("alertname"), text("series"), text("severity"));
    let (kind, one, starts) = (change.kind, change.fingerprint, change.starts);
    format!("{kind:?} {one} {name} {series} {severity} {} since {starts}", text("flapping"))
}

impl Config {
    pub(crate) fn new(rules: &Rules, alerting: &Alerting) -> Result<Config, String> {
        let text = rules.text();
        let (set, _) =
            plumbago_rules::load(&[("rules.yaml", &text)]).map_err(|errors| format!("{text}\n{errors:?}"))?;
        let text = alerting.text();
        let file = plumbago_alerting::load("alerting.yml", &text, &NoSecrets);
        let (file, _) = file.map_err(|errors| format!("{text}\n{errors:?}"))?;
        let mut order = Vec::new();
        for group in 0..rules.groups.len() {
            for rule in rules.rules.iter().filter(|rule| rule.group == group) {
                order.extend(rule.is_derived.then_some((rule.number, true)));
                order.push((rule.number, false));
            }
        }
        Ok(Config { rules: rules.clone(), alerting: alerting.clone(), set, file: Arc::new(file), order })
    }
}

impl Server {
    pub(crate) fn new(plan: &Plan, random: Random, log: Log) -> Result<Server, String> {
        let from = plan.start_secs - 7200;
        let mut store = Store::new(from, plan.start_secs + 86_400 + 7200);
        (0..plan.prompt.len()).for_each(|series| _ = store.series(&Plan::series(series)));
        let config = Config::new(&plan.rules, &plan.alerting)?;
        Ok(Server {
            network: Network::new(&plan.alerting),
            judge: Judge::new(&plan.alerting),
            config,
            store,
            rows: BTreeMap::new(),
            are_rows_failing: false,
            process: None,
            reference: Reference::default(),
            log,
            random,
            deaths: plan.deaths,
            transactions: 0,
            waits_until_ms: 0,
            now_ms: plan.start_ms(),
            offset_ms: 0,
        })
    }

    /// The server's clock.
    pub(crate) fn clock_ms(&self) -> i64 {
        self.now_ms + self.offset_ms
    }

    /// A process begins where the rows end.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        let clock_ms = self.clock_ms();
        let core = self.core()?;
        let notifier = self.notifier()?;
        self.log.note(self.now_ms, || "the process starts".to_owned());
        self.judge.is_down = false;
        self.process = Some(Process {
            core,
            notifier,
            waiting: Vec::new(),
            flights: Vec::new(),
            started_ms: clock_ms,
            looks_since_ms: clock_ms,
            is_idle: false,
            read_until_secs: i64::MIN,
            made: BTreeMap::new(),
            series: BTreeMap::new(),
        });
        Ok(())
    }

    fn saved(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()))
    }

    fn core(&self) -> Result<Core, String> {
        let options = Options { ahead_values_max: 4096, ..Options::default() };
        Core::new(&self.config.set, self.saved(), self.clock_ms(), options).map_err(|error| error.to_string())
    }

    fn notifier(&self) -> Result<Notifier, String> {
        let notifier = Notifier::new(self.config.file.clone(), self.saved(), self.clock_ms());
        notifier.map_err(|error| error.to_string())
    }

    /// The process dies.
    pub(crate) fn die(&mut self) {
        if self.process.take().is_some() {
            self.log.note(self.now_ms, || "the process dies".to_owned());
            self.judge.died();
        }
    }

    /// Between two effects.
    fn survives(&mut self) -> Result<(), Died> {
        if self.deaths > 0 && self.random.one_in(self.deaths) { Err(Died) } else { Ok(()) }
    }

    /// A point that was closed already came in.
    pub(crate) fn touched(&mut self, series: usize, slot: i64) {
        if let Some(process) = self.process.as_mut().filter(|process| slot + STEP <= process.read_until_secs)
        {
            process.core.touched(&Plan::series(series), slot, slot);
        }
    }

    /// When the process has something to do besides rules, by undisturbed time.
    pub(crate) fn next_ms(&self) -> i64 {
        let Some(process) = &self.process else { return i64::MAX };
        if self.waits_until_ms > self.now_ms {
            return self.waits_until_ms;
        }
        let ended = process.flights.iter().map(|flight| flight.ends_ms).min().unwrap_or(i64::MAX);
        let own = process.notifier.next_ms();
        let own = if own == i64::MAX { own } else { own.saturating_sub(self.offset_ms) };
        ended.min(own.max(self.now_ms + 1))
    }

    /// Lets the process do all that is due; its rules only if they have their turn.
    pub(crate) fn turn(&mut self, with_rules: bool) -> Result<(), String> {
        if self.process.is_none() || self.waits_until_ms > self.now_ms {
            return Ok(());
        }
        match self.work(with_rules)? {
            Ok(()) => Ok(()),
            Err(Died) => {
                self.die();
                Ok(())
            }
        }
    }

    fn work(&mut self, with_rules: bool) -> Result<Result<(), Died>, String> {
        let mut answered = self.answers();
        let mut batch = self.random.within(1, 60);
        loop {
            let is_idle = self.process.as_ref().is_some_and(|process| process.is_idle);
            let done = if with_rules || !is_idle { self.step() } else { Ok(false) };
            let has_more = match done {
                Ok(has_more) => has_more,
                Err(died) => return Ok(Err(died)),
            };
            batch -= 1;
            if has_more && batch > 0 {
                continue;
            }
            match self.transaction(&std::mem::take(&mut answered))? {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(())),
                Err(died) => return Ok(Err(died)),
            }
            if !has_more {
                break;
            }
            batch = self.random.within(1, 60);
        }
        Ok(self.deliver().err().map_or(Ok(()), Err))
    }

    /// What came of attempts that have ended.
    fn answers(&mut self) -> Vec<MessageId> {
        let (now_ms, clock_ms) = (self.now_ms, self.clock_ms());
        let Some(process) = &mut self.process else { return Vec::new() };
        let ended: Vec<Flight> = process.flights.extract_if(.., |flight| flight.ends_ms <= now_ms).collect();
        let mut sent = Vec::new();
        for flight in ended {
            let took_ms = (flight.ends_ms - flight.began_ms).unsigned_abs();
            let attempt = Attempt { at_ms: clock_ms, took_ms, outcome: flight.outcome.clone() };
            process.notifier.attempted(flight.message, &attempt, clock_ms);
            self.judge.answered(flight.message, &flight.outcome, now_ms);
            if flight.outcome == Sent::Sent {
                sent.push(flight.message);
            }
        }
        sent
    }

    /// One step of the rules: whether there was one.
    fn step(&mut self) -> Result<bool, Died> {
        let clock_ms = self.clock_ms();
        let Some(process) = &mut self.process else { return Ok(false) };
        let Next::Step(step) = process.core.next(clock_ms) else {
            process.is_idle = true;
            return Ok(false);
        };
        process.is_idle = false;
        let world = World {
            listening_since_secs: process.started_ms.div_euclid(1000),
            ..World::new(&self.store, clock_ms.div_euclid(1000))
        };
        process.read_until_secs = process.read_until_secs.max(world.now_secs);
        let outcome = process.core.run(&step, &world);
        if outcome.error.as_ref().is_some_and(|error| error.is_fault)
            || (self.store.is_failing && !outcome.points.is_empty())
        {
            return Ok(false);
        }
        self.survives()?;
        let done = self.done(&step);
        for point in &outcome.points {
            let series = self.store.series(&point.name);
            self.store.put(series, point.timestamp, point.value);
        }
        self.survives()?;
        if let Some(process) = &mut self.process {
            process.core.commit(&step);
            process.waiting.push((outcome, done));
        }
        Ok(true)
    }

    /// What a step sees, for the reference.
    fn done(&mut self, step: &Step) -> Done {
        let (rule, at) = match step.work() {
            Work::Begin => return Done::Begin,
            Work::Recompute { .. } => return Done::Record,
            Work::Evaluate { rule, at_secs } => (rule, at_secs),
        };
        let (number, is_record) = self.config.order[rule];
        let Some(process) = &mut self.process else { return Done::Record };
        let is_derived = self.config.rules.rules.iter().any(|rule| rule.number == number && rule.is_derived);
        let kind = if is_derived && !is_record { "twice" } else { "load" };
        let mut look = Look {
            rule: number,
            at,
            values: [None; SERIES_PER_RULE],
            had_values: [false; SERIES_PER_RULE],
            listening_since: process.started_ms.div_euclid(1000),
        };
        let is_first = !self.reference.has_looked(number);
        for host in 0..SERIES_PER_RULE {
            let place = process.series.entry((number, is_record, host));
            let series = *place.or_insert_with(|| self.store.series(&format!("{kind}.r{number}.h{host}")));
            look.values[host] = self.store.value(series, at - STEP);
            if is_first {
                let mut window = (at - WINDOW_SECS..at).step_by(STEP as usize);
                look.had_values[host] = window.any(|slot| self.store.value(series, slot).is_some());
            }
        }
        if is_record {
            process.made.insert(number, (at, look.values));
            return Done::Record;
        }
        if let Some((_, values)) = process.made.get(&number).filter(|(made, _)| is_derived && *made == at) {
            look.values = values.map(|value| value.map(|value| 2.0 * value));
        }
        Done::Alert(look)
    }

    /// Stores all that was decided: false, if it could not be stored.
    fn transaction(&mut self, sent: &[MessageId]) -> Result<Result<bool, Died>, String> {
        // Time passes, so that nothing is decided at the moment at which something else was.
        self.now_ms += 1;
        let clock_ms = self.clock_ms();
        let Some(process) = &mut self.process else { return Ok(Ok(false)) };
        let alarms = process.waiting.iter().flat_map(|(outcome, _)| outcome.alarms.iter().cloned());
        let alarms: Vec<_> = alarms.collect();
        process.notifier.take(&alarms, clock_ms);
        if process.is_idle {
            process.notifier.caught_up(clock_ms);
        }
        process.notifier.tick(clock_ms);
        let effects = process.notifier.effects();
        if process.waiting.is_empty() && effects.is_empty() {
            // All time may be gone through without anything in it to be stored.
            self.judge.caught_up(process.is_idle, self.now_ms);
            return Ok(Ok(true));
        }
        if self.survives().is_err() {
            return Ok(Err(Died));
        }
        if self.are_rows_failing {
            self.rebuild()?;
            return Ok(Ok(false));
        }
        let Some(process) = &mut self.process else { return Ok(Ok(false)) };
        self.transactions += 1;
        let waiting = std::mem::take(&mut process.waiting);
        let is_idle = process.is_idle;
        for (mut outcome, done) in waiting {
            self.keep(std::mem::take(&mut outcome.rows));
            self.became_durable(&outcome, &done)?;
        }
        self.keep(effects.rows);
        self.judge.stored(&effects.log, sent, self.now_ms, is_idle);
        effects.log.iter().for_each(|entry| self.log.note(self.now_ms, || entry_shown(entry)));
        self.refresh();
        Ok(self.survives().map(|()| true))
    }

    /// Stores what somebody asked for; false: they are told that it did not work.
    pub(crate) fn stores(&mut self) -> Result<bool, String> {
        let before = self.transactions;
        if self.transaction(&[])?.is_err() {
            self.die();
        }
        Ok(self.transactions > before)
    }

    /// The judge sees who is to be told of what from now on.
    pub(crate) fn refresh(&mut self) {
        self.judge.refresh(self.now_ms, self.clock_ms(), &self.config.alerting);
    }

    fn keep(&mut self, rows: Vec<Row>) {
        for (key, value) in rows {
            match value {
                Some(value) => _ = self.rows.insert(key, value),
                None => _ = self.rows.remove(&key),
            }
        }
    }

    /// A step has become durable: what the core told must be what the reference says.
    fn became_durable(&mut self, outcome: &Outcome, done: &Done) -> Result<(), String> {
        let expected = match done {
            Done::Begin => self.reference.reload(&self.config.rules),
            Done::Record => Vec::new(),
            Done::Alert(look) => self.reference.look(look)?,
        };
        let since_ms = self.process.as_ref().map_or(0, |process| process.looks_since_ms);
        let due_ms = match done {
            Done::Alert(look) => look.at * 1000 + self.delay_ms(look.rule),
            _ => i64::MAX,
        };
        let is_replayed = due_ms < since_ms;
        self.judge.compare(&expected, &outcome.alarms, is_replayed)?;
        for change in &expected {
            self.log.note(self.now_ms, || change_shown(change));
            self.judge.changed(change, is_replayed);
            self.refresh();
        }
        if let Some(error) = &outcome.error {
            return Err(format!("a rule failed: {error}"));
        }
        Ok(())
    }

    fn delay_ms(&self, number: usize) -> i64 {
        let rules = &self.config.rules;
        let rule = rules.rules.iter().find(|rule| rule.number == number);
        rule.map_or(0, |rule| rules.groups[rule.group].delay_ms)
    }

    /// A transaction has failed: the notifier is what the rows say, and what is in flight still is.
    fn rebuild(&mut self) -> Result<(), String> {
        let mut notifier = self.notifier()?;
        self.log.note(self.now_ms, || "a transaction fails".to_owned());
        self.waits_until_ms = self.now_ms + RETRY_MS;
        if let Some(process) = &mut self.process {
            process.flights.iter().for_each(|flight| notifier.begin(flight.message));
            process.notifier = notifier;
        }
        self.judge.rebuilt();
        Ok(())
    }

    /// Sends what may be sent.
    fn deliver(&mut self) -> Result<(), Died> {
        let clock_ms = self.clock_ms();
        let messages = self.process.as_ref().map(|process| process.notifier.deliverable(clock_ms));
        for message in messages.unwrap_or_default() {
            self.survives()?;
            if let Some(process) = &mut self.process {
                process.notifier.begin(message.id);
            }
            let (flight, is_there) = self.network.send(&message, self.now_ms, &mut self.random);
            self.log.note(self.now_ms, || format!("attempt {}: {:?}", shown(&message), flight.outcome));
            let is_refused = self.network.mode(place(&message)) == Mode::Refuses;
            self.judge.attempt(&message, self.now_ms, is_there, is_refused);
            if let Some(process) = &mut self.process {
                process.flights.push(flight);
            }
            self.survives()?;
        }
        Ok(())
    }

    /// Somebody has edited the files. If what was decided before cannot be stored, the old ones go on.
    pub(crate) fn reload(&mut self, rules: &Rules, alerting: &Alerting) -> Result<(), String> {
        let config = Config::new(rules, alerting)?;
        if self.process.is_some() && !matches!(self.transaction(&[])?, Ok(true)) {
            self.log.note(self.now_ms, || "a reload has to wait".to_owned());
            self.die();
        }
        self.log.note(self.now_ms, || format!("a reload: {}\n{}", rules.text(), alerting.text()));
        self.config = config;
        self.judge.reloaded(self.now_ms, alerting);
        let (core, clock_ms) = (self.core()?, self.clock_ms());
        if let Some(process) = &mut self.process {
            process.core = core;
            process.looks_since_ms = clock_ms;
            process.is_idle = false;
            process.series.clear();
            process.made.clear();
            process.notifier.reconfigure(self.config.file.clone(), clock_ms);
        }
        self.refresh();
        Ok(())
    }
}
