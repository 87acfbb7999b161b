//! One seeded run: random operations on the engine and on the reference, compared as it goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbago_engine::{
    Archive, Disk, Engine, FetchQuery, MemoryDisk, Options, Policy, PolicyRules, Selector, Writer,
};
use plumbago_protocol::{Aggregation, Glob, Refusal};

use super::random::Random;
use super::reference::Series;

const NAMES: [&str; 6] = ["a.one", "a.two", "b.one", "b.two.x", "c;host=h1", "longer.name.of.a.series"];
const FUTURE_SECS_MAX: i64 = 120;

/// Rules as a table: a name's policy is what the table says.
struct Table(BTreeMap<&'static str, Policy>, u64);

impl PolicyRules for Table {
    fn policy_for(&self, name: &str) -> Policy {
        self.0.get(name).or_else(|| self.0.values().next()).cloned().expect("a policy for every name")
    }

    fn fingerprint(&self) -> u64 {
        self.1
    }
}

fn policy(random: &mut Random) -> Policy {
    let choices: [&[(u32, u32)]; 6] = [
        &[(10, 120), (60, 1_200), (300, 7_200)],
        &[(10, 600), (30, 1_800)],
        &[(10, 1_200), (60, 3_600)],
        &[(60, 7_200)],
        &[(20, 240), (60, 1_200), (600, 201_600)],
        &[(30, 300), (60, 3_600), (120, 90_000)],
    ];
    let archive = |(step_secs, retention_secs): &(u32, u32)| Archive {
        step_secs: *step_secs,
        retention_secs: *retention_secs,
    };
    let archives = random.pick(&choices).iter().map(archive).collect();
    let x_files_factor = *random.pick(&[0.0, 0.1, 0.5, 1.0]);
    let aggregation = *random.pick(Aggregation::all());
    Policy::new(archives, x_files_factor, aggregation).expect("a valid policy")
}

pub(crate) struct Run {
    random: Random,
    disk: MemoryDisk,
    options: Options,
    rules: Arc<Table>,
    engine: Engine,
    writer: Option<Writer>,
    now: i64,
    series: BTreeMap<String, Series>,
    is_told: bool,
}

impl Run {
    /// With `is_told`, every operation is printed.
    pub(crate) fn new(seed: u64, is_told: bool) -> Self {
        let mut random = Random::new(seed);
        let now = random.between(1_000_000, 1_000_000 + 86_400);
        let table = NAMES.iter().map(|name| (*name, policy(&mut random))).collect();
        let rules = Arc::new(Table(table, 1));
        let options = Options {
            future_secs_max: FUTURE_SECS_MAX,
            fresh_segments_max: random.between(1, 6) as usize,
            hot_points_min: random.below(200),
            hot_points_per_series: random.below(20),
            ..Options::default()
        };
        let disk = MemoryDisk::new();
        let engine = open(&disk, &options, &rules, now);
        let writer = Some(engine.writer());
        Self { random, disk, options, rules, engine, writer, now, series: BTreeMap::new(), is_told }
    }

    pub(crate) fn go(&mut self, operations: u64) {
        for _ in 0..operations {
            let operation = self.random.below(100);
            if self.is_told {
                eprintln!("at {} operation {operation}", self.now);
            }
            match operation {
                0..50 => self.append_batch(),
                50..65 => self.advance(),
                65..73 => self.compare_one(),
                73..79 => self.maintain(),
                79..83 => self.engine.flush(self.now).expect("flush"),
                83..86 => self.engine.compact(self.now, |_| ()).expect("compact"),
                86..91 => self.restart(),
                91..94 => self.change_schema(),
                94..97 => self.delete(),
                _ => self.rename(),
            }
        }
        self.compare_all();
    }

    fn writer(&mut self) -> &mut Writer {
        self.writer.as_mut().expect("a writer while the engine is open")
    }

    fn name(&mut self) -> String {
        match self.random.below(12) {
            0 => format!("moved.{}", self.random.pick(&NAMES)),
            _ => (*self.random.pick(&NAMES)).to_owned(),
        }
    }

    fn append_batch(&mut self) {
        let name = self.name();
        let reach =
            self.rules.policy_for(&name).archives().last().map_or(0, |last| i64::from(last.retention_secs));
        let start = match self.random.below(8) {
            0 => self.now - self.random.between(0, reach + 100),
            1 => self.now - self.random.between(0, 900.min(reach)),
            2 => self.now + self.random.between(0, FUTURE_SECS_MAX + 60),
            _ => self.now,
        };
        let step = *self.random.pick(&[1, 7, 10, 10, 30, 60]);
        for index in 0..self.random.between(1, 12) {
            let timestamp = start - index * step;
            let value = self.random.between(-5_000, 5_000) as f64 / 8.0;
            self.append(&name, value, timestamp);
        }
        self.writer().commit().expect("commit");
    }

    fn append(&mut self, name: &str, value: f64, timestamp: i64) {
        let now = self.now;
        if self.is_told {
            eprintln!("  {name} {value} {timestamp}");
        }
        let policy = match self.series.get(name) {
            Some(series) => series.policy.clone(),
            None => self.rules.policy_for(name),
        };
        let reach = policy.archives().last().map_or(0, |last| i64::from(last.retention_secs));
        let expected = if timestamp > now + FUTURE_SECS_MAX {
            Err(Refusal::TooFarInFuture)
        } else if timestamp < now - reach {
            Err(Refusal::TooOld)
        } else {
            Ok(())
        };
        assert_eq!(
            self.writer().push(name, value, timestamp, now),
            expected,
            "push {name} {timestamp} at {now}"
        );
        if expected.is_ok() {
            let series = self.series.entry(name.to_owned()).or_insert_with(|| Series::new(policy));
            series.append(timestamp, value, now);
        }
    }

    fn advance(&mut self) {
        self.now += match self.random.below(40) {
            0 => self.random.between(40_000, 100_000),
            1..4 => self.random.between(500, 8_000),
            _ => self.random.between(1, 90),
        };
    }

    fn maintain(&mut self) {
        self.engine.flush_if_due(self.now).expect("flush");
        for _ in 0..self.random.below(6) {
            self.engine.merge_if_due(self.now).expect("merge");
        }
    }

    /// After an orderly close, or as after a crash: the disk keeps what was written, the process is gone.
    fn restart(&mut self) {
        self.writer = None;
        if self.random.one_in(2) {
            self.engine.close(self.now).expect("close");
            assert!(self.disk.list("wal").expect("list").is_empty(), "a clean close leaves no log");
        }
        self.engine = open(&self.disk, &self.options, &self.rules, self.now);
        self.writer = Some(self.engine.writer());
    }

    fn change_schema(&mut self) {
        let mut table = self.rules.0.clone();
        let name = *self.random.pick(&NAMES);
        table.insert(name, policy(&mut self.random));
        self.rules = Arc::new(Table(table, self.rules.1 + 1));
        self.engine.apply_rules(self.rules.clone(), self.now).expect("apply rules");
        for (name, series) in &mut self.series {
            series.change_policy(self.rules.policy_for(name), self.now);
        }
    }

    fn delete(&mut self) {
        let pattern = *self.random.pick(&["a.*", "b.one", "*.two*", "moved.*.*", "nothing.*"]);
        let glob = Glob::parse(pattern).expect("a glob");
        let expected: Vec<String> = self
            .series
            .keys()
            .filter(|name| !name.contains(';') && glob.matches_path(name))
            .cloned()
            .collect();
        assert_eq!(self.engine.delete(&glob, true).expect("dry run"), expected);
        assert_eq!(self.engine.delete(&glob, false).expect("delete"), expected);
        expected.iter().for_each(|name| drop(self.series.remove(name)));
    }

    fn rename(&mut self) {
        let name = (*self.random.pick(&NAMES)).to_owned();
        let to = format!("moved.{name}");
        let glob = Glob::parse(&name).expect("a glob");
        let moves = self.series.contains_key(&name) && !self.series.contains_key(&to);
        let outcome = self.engine.rename(&glob, &|_| Ok(to.clone()), false, self.now).expect("rename");
        assert_eq!(outcome.renamed.len(), usize::from(moves), "rename {name}");
        if moves && let Some(mut series) = self.series.remove(&name) {
            series.change_policy(self.rules.policy_for(&to), self.now);
            self.series.insert(to, series);
        }
    }

    fn compare_one(&mut self) {
        let name = self.name();
        let from = self.now - self.random.between(-50, 12_000);
        let until = from + self.random.between(1, 12_000);
        self.compare(&name, from, until);
    }

    fn compare_all(&mut self) {
        let names: Vec<String> = self.series.keys().cloned().collect();
        for name in names {
            for age_secs in [100, 600, 1_200, 3_000, 7_000, 90_000, 201_600] {
                self.compare(&name, self.now - age_secs, self.now);
            }
        }
    }

    fn compare(&self, name: &str, from: i64, until: i64) {
        let query = FetchQuery {
            selector: Selector::Name(name.to_owned()),
            from,
            until,
            now: self.now,
            series_max: 10,
            points_max: 100_000,
        };
        let columns = self.engine.fetch(&query).expect("fetch");
        let found = columns.first().map(|column| {
            let known = |value: &f64| (!value.is_nan()).then_some(*value);
            (column.start, column.step, column.values.iter().map(known).collect::<Vec<_>>())
        });
        let expected = self.series.get(name).and_then(|series| series.fetch(from, until, self.now));
        if found != expected {
            let facts = self.series.get(name).map(|series| (&series.policy, &series.eras));
            let differences = differences(&found, &expected);
            panic!("{name} from {from} until {until} at {}: {differences}\n{facts:#?}", self.now);
        }
    }
}

type Answer = Option<(i64, i64, Vec<Option<f64>>)>;

fn differences(found: &Answer, expected: &Answer) -> String {
    match (found, expected) {
        (Some((start, step, found)), Some((expected_start, expected_step, expected)))
            if (start, step, found.len()) == (expected_start, expected_step, expected.len()) =>
        {
            let slots =
                found.iter().zip(expected).enumerate().filter(|(_, (found, expected))| found != expected);
            let shown = slots.map(|(slot, (found, expected))| {
                format!(
                    "\n  {} step {step}: found {found:?}, expected {expected:?}",
                    start + step * slot as i64
                )
            });
            shown.collect()
        }
        _ => format!("found {found:?}, expected {expected:?}"),
    }
}

fn open(disk: &MemoryDisk, options: &Options, rules: &Arc<Table>, now: i64) -> Engine {
    Engine::open(Arc::new(disk.clone()), options.clone(), rules.clone(), now).expect("open")
}
