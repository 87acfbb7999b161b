//! One seeded workload: calls of the engine chosen at random, and what each of them makes of the model.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_engine::{Disk, Engine, Error, FaultyDisk, Options, PolicyRules, Writer};
use plumbago_protocol::Glob;

use super::history::{History, Model, Moment, Point};
use super::random::Random;
use super::reference::Series;
use super::rules::{NAMES, Table};

const WRITERS: usize = 2;
const FUTURE_SECS_MAX: i64 = 120;

/// A call of the engine with all its arguments.
enum Call {
    Open,
    Append {
        writer: usize,
        points: Vec<Point>,
    },
    /// Points that were accepted before the last call.
    Commit {
        writer: usize,
        points: Vec<Point>,
    },
    Sync,
    Flush,
    Maintain {
        merges: u64,
    },
    Compact,
    Close,
    Kill,
    ChangeRules,
    Delete(&'static str),
    Rename(&'static str),
}

/// What a call will have made of the model.
struct Outcome {
    series: BTreeMap<String, Series>,
    rules: Arc<Table>,
}

pub(crate) struct Workload {
    random: Random,
    pub(crate) disk: FaultyDisk,
    now: i64,
    engine: Option<Engine>,
    writers: Vec<Writer>,
    options: Options,
    points: u64,
    history: History,
    is_told: bool,
    /// On a full disk calls are repeated until there is room.
    pub(crate) waits_for_room: bool,
}

/// Where a workload was when a call failed.
pub(crate) struct Failed {
    pub(crate) error: Error,
    /// How things stood before the call.
    pub(crate) before: Moment,
    /// How they would stand had it succeeded.
    pub(crate) after: Moment,
    /// Whether the call has steps that can be seen until it is called again.
    pub(crate) has_steps: bool,
}

/// Options that make everything happen often.
pub(crate) fn options(seed: u64) -> Options {
    let mut random = Random::new(seed ^ 0x0f0f);
    Options {
        future_secs_max: FUTURE_SECS_MAX,
        is_clock_trusted: true,
        fresh_segments_max: random.between(1, 4) as usize,
        hot_points_min: random.below(100),
        hot_points_per_series: random.below(20),
        ..Options::default()
    }
}

impl Workload {
    /// Prepares a run; with `is_told`, every call is printed.
    pub(crate) fn new(seed: u64, is_told: bool) -> Self {
        let mut random = Random::new(seed);
        let now = random.between(1_000_000, 1_000_000 + 86_400);
        let start = Moment {
            operations: 0,
            call: "the start".to_owned(),
            now,
            rules: Table::new(&mut random),
            model: Model::default(),
            durable: Model::default(),
            since: Vec::new(),
        };
        Self {
            random,
            disk: FaultyDisk::new(),
            now,
            engine: None,
            writers: Vec::new(),
            options: options(seed),
            points: 0,
            history: vec![start],
            is_told,
            waits_for_room: false,
        }
    }

    /// Opens the store and makes `calls` calls; answers the history, or where it ended.
    pub(crate) fn go(&mut self, calls: u64) -> Result<History, Box<Failed>> {
        self.perform(Call::Open)?;
        for _ in 0..calls {
            self.advance();
            let call = self.choose();
            if matches!(call, Call::ChangeRules | Call::Delete(_) | Call::Rename(_)) {
                let under_way = if matches!(call, Call::Delete(_)) { self.accept() } else { None };
                self.perform(Call::Sync)?;
                self.perform(call)?;
                under_way.map_or(Ok(()), |commit| self.perform(commit))?;
            } else {
                self.perform(call)?;
            }
        }
        Ok(self.history.clone())
    }

    /// Now and then, accepts points of series that exist; answers the call that commits them.
    fn accept(&mut self) -> Option<Call> {
        let append = self.append();
        let Call::Append { writer, mut points } = self.acceptable(append) else { return None };
        points.retain(|point| self.last().model.contains_key(&point.name));
        if points.is_empty() || self.random.one_in(2) {
            return None;
        }
        self.push(writer, &points);
        Some(Call::Commit { writer, points })
    }

    fn push(&mut self, writer: usize, points: &[Point]) {
        let now = self.now;
        for point in points {
            let pushed = self.writers[writer].push(&point.name, point.value, point.timestamp, now);
            pushed.unwrap_or_else(|refusal| panic!("{point:?} at {now} is refused: {refusal}"));
        }
    }

    /// The engine as the last call left it.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    fn last(&self) -> &Moment {
        self.history.last().expect("a history begins with its start")
    }

    fn advance(&mut self) {
        let secs = match self.random.below(40) {
            0 => self.random.between(40_000, 100_000),
            1..4 => self.random.between(500, 8_000),
            4..20 => self.random.between(1, 90),
            _ => 0,
        };
        self.now += secs;
    }

    fn choose(&mut self) -> Call {
        match self.random.below(100) {
            0..55 => self.append(),
            55..63 => Call::Sync,
            63..70 => Call::Flush,
            70..82 => Call::Maintain { merges: self.random.below(5) },
            82..85 => Call::Compact,
            85..88 => Call::Close,
            88..92 => Call::Kill,
            92..95 => Call::ChangeRules,
            95..97 => Call::Delete(self.pick(&["a.*", "b.one", "*.two*", "moved.*.*"])),
            _ => Call::Rename(self.pick(&NAMES)),
        }
    }

    fn pick(&mut self, names: &[&'static str]) -> &'static str {
        names[self.random.below(names.len() as u64) as usize]
    }

    /// Points of one or two names, mostly about now, some late.
    fn append(&mut self) -> Call {
        let mut points = Vec::new();
        for _ in 0..self.random.between(1, 2) {
            let name = match self.random.below(12) {
                0 => format!("moved.{}", self.random.pick(&NAMES)),
                _ => (*self.random.pick(&NAMES)).to_owned(),
            };
            let now = self.now;
            let start = match self.random.below(8) {
                0 => now - self.random.between(0, 7_000),
                1 => now - self.random.between(0, 900),
                2 => now + self.random.between(0, FUTURE_SECS_MAX),
                _ => now,
            };
            let step = *self.random.pick(&[1, 10, 10, 60]);
            for index in 0..self.random.between(1, 40) {
                self.points += 1;
                let value = self.points as f64 / 8.0;
                points.push(Point { name: name.clone(), value, timestamp: start - index * step });
            }
        }
        Call::Append { writer: self.random.below(WRITERS as u64) as usize, points }
    }

    /// Makes a call and notes what came of it.
    fn perform(&mut self, call: Call) -> Result<(), Box<Failed>> {
        let before = self.last().clone();
        let call = self.acceptable(call);
        let outcome = self.foresee(&call);
        let mut after = Moment {
            operations: 0,
            call: describe(&call),
            now: self.now,
            rules: outcome.rules.clone(),
            model: Arc::new(outcome.series),
            durable: before.durable.clone(),
            since: before.since.clone(),
        };
        if let Call::Append { points, .. } | Call::Commit { points, .. } = &call {
            after.since.extend_from_slice(points);
        }
        if self.is_told {
            eprintln!("operation {} at {}: {}", self.disk.operations(), after.now, after.call);
        }
        let made = self.make(&call, &outcome.rules);
        after.operations = self.disk.operations();
        match made {
            Ok(is_durable) => {
                if is_durable {
                    after.durable = after.model.clone();
                    after.since.clear();
                }
                self.history.push(after);
                Ok(())
            }
            Err(error) => {
                let has_steps = matches!(call, Call::ChangeRules | Call::Rename(_));
                Err(Box::new(Failed { error, before, after, has_steps }))
            }
        }
    }

    /// Leaves out the points that are too old for their series.
    fn acceptable(&self, mut call: Call) -> Call {
        if let Call::Append { points, .. } = &mut call {
            let moment = self.last();
            points.retain(|point| {
                let known = moment.model.get(&point.name).map(|series| series.policy.clone());
                let policy = known.unwrap_or_else(|| moment.rules.policy_for(&point.name));
                let reach = policy.archives().last().map_or(0, |last| i64::from(last.retention_secs));
                point.timestamp >= self.now - reach
            });
        }
        call
    }

    fn foresee(&mut self, call: &Call) -> Outcome {
        let moment = self.last().clone();
        let mut series = BTreeMap::clone(&moment.model);
        let mut rules = moment.rules.clone();
        match call {
            Call::Append { points, .. } | Call::Commit { points, .. } => {
                for point in points {
                    let policy = rules.policy_for(&point.name);
                    let series = series.entry(point.name.clone()).or_insert_with(|| Series::new(policy));
                    series.append(point.timestamp, point.value, self.now);
                }
            }
            Call::ChangeRules => {
                rules = rules.changed(&mut self.random);
                for (name, series) in &mut series {
                    series.change_policy(rules.policy_for(name), self.now);
                }
            }
            Call::Delete(pattern) => {
                let glob = Glob::parse(pattern).expect("a glob");
                series.retain(|name, _| name.contains(';') || !glob.matches_path(name));
            }
            Call::Rename(name) => {
                let to = format!("moved.{name}");
                if !series.contains_key(&to)
                    && let Some(mut renamed) = series.remove(*name)
                {
                    renamed.change_policy(rules.policy_for(&to), self.now);
                    series.insert(to, renamed);
                }
            }
            _ => {}
        }
        Outcome { series, rules }
    }

    /// Makes the call; answers whether everything counted is durable now.
    fn make(&mut self, call: &Call, rules: &Arc<Table>) -> Result<bool, Error> {
        let now = self.now;
        match call {
            Call::Open => self.open().map(|()| false),
            Call::Close => {
                self.writers.clear();
                self.patiently(|engine| engine.close(now))?;
                assert!(self.disk.list("wal").expect("list").is_empty(), "a clean close leaves no log");
                self.engine = None;
                self.open().map(|()| true)
            }
            Call::Kill => {
                self.writers.clear();
                self.engine = None;
                self.open().map(|()| false)
            }
            Call::Append { writer, points } => {
                self.push(*writer, points);
                self.commit(*writer).map(|()| false)
            }
            Call::Commit { writer, .. } => self.commit(*writer).map(|()| false),
            Call::Sync => self.patiently(|engine| engine.sync()).map(|()| true),
            Call::Flush => self.patiently(|engine| engine.flush(now)).map(|()| true),
            Call::Maintain { merges } => self.patiently(|engine| {
                let is_flushed = engine.flush_if_due(now)?;
                (0..*merges).try_for_each(|_| engine.merge_if_due(now).map(drop))?;
                Ok(is_flushed)
            }),
            Call::Compact => self.patiently(|engine| engine.compact(now, |_| ())).map(|()| true),
            Call::ChangeRules => self.engine_or_panic().apply_rules(rules.clone(), now).map(|_| true),
            Call::Delete(pattern) => {
                let glob = Glob::parse(pattern).expect("a glob");
                self.engine_or_panic().delete(&glob, false).map(|_| true)
            }
            Call::Rename(name) => {
                let (glob, to) = (Glob::parse(name).expect("a glob"), format!("moved.{name}"));
                self.engine_or_panic().rename(&glob, &|_| Ok(to.clone()), false, now).map(|_| true)
            }
        }
    }

    fn engine_or_panic(&self) -> &Engine {
        self.engine.as_ref().expect("an engine between calls")
    }

    fn open(&mut self) -> Result<(), Error> {
        let (now, rules) = (self.now, self.last().rules.clone());
        let engine = loop {
            let disk = Arc::new(self.disk.clone());
            match Engine::open(disk, self.options.clone(), rules.clone(), now) {
                Err(error) if error.is_disk_full() && self.waits_for_room => {}
                opened => break opened?,
            }
        };
        self.writers = (0..WRITERS).map(|_| engine.writer()).collect();
        self.engine = Some(engine);
        Ok(())
    }

    /// Calls the engine, again and again while the disk is full if that is what the workload is about.
    fn patiently<T>(&self, call: impl Fn(&Engine) -> Result<T, Error>) -> Result<T, Error> {
        loop {
            match call(self.engine_or_panic()) {
                Err(error) if error.is_disk_full() && self.waits_for_room => {}
                result => return result,
            }
        }
    }

    fn commit(&mut self, writer: usize) -> Result<(), Error> {
        loop {
            let pending = self.writers[writer].pending() as u64;
            match self.writers[writer].commit() {
                Err(error) if error.is_disk_full() && self.waits_for_room => {
                    assert_eq!(self.writers[writer].pending() as u64, pending, "the batch waits");
                }
                result => {
                    assert_eq!(result?.points, pending);
                    return Ok(());
                }
            }
        }
    }
}

fn describe(call: &Call) -> String {
    match call {
        Call::Open => "open".to_owned(),
        Call::Append { writer, points } => match (points.first(), points.last()) {
            (Some(first), Some(last)) => {
                let count = points.len();
                format!("writer {writer} appends {count} points, {first:?} to {last:?}")
            }
            _ => format!("writer {writer} appends nothing"),
        },
        Call::Commit { writer, points } => {
            format!("writer {writer} commits {} points that it had accepted", points.len())
        }
        Call::Sync => "sync".to_owned(),
        Call::Flush => "flush".to_owned(),
        Call::Maintain { merges } => format!("flush if due, {merges} merges"),
        Call::Compact => "compact".to_owned(),
        Call::Close => "close and open".to_owned(),
        Call::Kill => "kill and open".to_owned(),
        Call::ChangeRules => "change the rules".to_owned(),
        Call::Delete(pattern) => format!("delete {pattern}"),
        Call::Rename(name) => format!("rename {name}"),
    }
}
