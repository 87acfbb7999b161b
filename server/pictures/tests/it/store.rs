//! A store of made-up series: each value is computed from its name and its time.
//!
//! Invariant: only whole numbers and the four operations are used, so that every machine has the same values.

use std::sync::Arc;

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Selection, Source, SourceError};

/// The present of every test: noon of 2026-11-23 UTC, a Monday.
pub(crate) const NOW: i64 = 1_795_435_200;

/// The store.
pub(crate) struct Made;

/// From a seed and a time to a value.
type Make = fn(u64, i64) -> f64;

/// The names, and what they are made by.
const SERIES: &[(&str, Make)] = &[
    ("cpu.idle", |seed, time| 100.0 - busy(seed, time) * 1.9),
    ("cpu.iowait", |seed, time| 3.0 + 4.0 * noise(seed, time, 600)),
    ("cpu.system", |seed, time| busy(seed, time) * 0.5),
    ("cpu.user", busy),
    ("deploys", |_, time| if time.rem_euclid(7_620) < 60 { 1.0 } else { f64::NAN }),
    ("disk.home.used", |seed, time| 41e9 + 9e9 * wave(time, 86_400) + 2e8 * noise(seed, time, 900)),
    ("disk.root.used", |seed, time| 12e9 + 1e9 * noise(seed, time, 3600)),
    ("disk.var.used", |seed, time| 22e9 + 6e9 * wave(time + 30_000, 43_200) + 1e8 * noise(seed, time, 60)),
    ("jobs.seconds", |seed, time| 900.0 + 4200.0 * wave(time, 21_600) + 300.0 * noise(seed, time, 300)),
    ("mail.queue", |seed, time| {
        let lost = time.rem_euclid(5400) > 4200 || noise(seed + 9, time, 60) > 0.93;
        if lost { f64::NAN } else { (20.0 + 60.0 * wave(time, 7200) + 20.0 * noise(seed, time, 120)).round() }
    }),
    ("odd.<b onclick=\"alert('x')\">&amp", |seed, time| noise(seed, time, 300)),
    ("odd.]]></text><script>", |seed, time| 1.0 + noise(seed, time, 300)),
    ("power.watts", |seed, time| (1.0 + wave(time, 21_600)).powi(14) * (0.5 + noise(seed, time, 300))),
    ("temperature.outside", |seed, time| {
        -4.0 + 11.0 * wave(time + 50_000, 86_400)
            + 16.0 * wave(time + 3_456_000, 31_536_000)
            + 2.0 * noise(seed, time, 700_000)
    }),
    ("web.01.errors", |seed, time| if noise(seed, time, 60) > 0.97 { 3.0 } else { 0.0 }),
    ("web.01.latency.max", |seed, time| 70.0 + latency(time) + 45.0 * noise(seed, time, 120)),
    ("web.01.latency.mean", |seed, time| 38.0 + latency(time) + 12.0 * noise(seed, time, 300)),
    ("web.01.latency.min", |seed, time| 11.0 + latency(time) * 0.6 + 6.0 * noise(seed, time, 300)),
    ("web.01.requests", requests),
    ("web.02.requests", requests),
    ("web.03.requests", requests),
];

fn requests(seed: u64, time: i64) -> f64 {
    let day = wave(time + (seed % 7) as i64 * 3600, 86_400);
    220.0 + (seed % 90) as f64 + 340.0 * day + 60.0 * noise(seed, time, 1800) + 25.0 * noise(seed, time, 60)
}

fn busy(seed: u64, time: i64) -> f64 {
    12.0 + 20.0 * wave(time, 14_400) + 8.0 * noise(seed, time, 600)
}

fn latency(time: i64) -> f64 {
    30.0 * wave(time, 10_800)
}

/// From 0 to 1 and back in `period` seconds, with soft turns.
fn wave(time: i64, period: i64) -> f64 {
    let place = time.rem_euclid(period) as f64 / period as f64;
    let line = if place < 0.5 { place * 2.0 } else { 2.0 - place * 2.0 };
    line * line * (3.0 - 2.0 * line)
}

/// Numbers from 0 to 1 that change every `every` seconds, with straight lines between.
fn noise(seed: u64, time: i64, every: i64) -> f64 {
    let at = time.div_euclid(every);
    let share = time.rem_euclid(every) as f64 / every as f64;
    scattered(seed, at) * (1.0 - share) + scattered(seed, at + 1) * share
}

fn scattered(seed: u64, at: i64) -> f64 {
    let mut bits = (at as u64).wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb_u64] {
        bits = (bits ^ (bits >> 29)).wrapping_mul(factor);
    }
    ((bits ^ (bits >> 32)) % 10_000) as f64 / 10_000.0
}

fn seed(name: &str) -> u64 {
    name.bytes().fold(7, |seed, byte| seed * 31 % 100_003 + u64::from(byte))
}

/// The values of a range: by the minute, the hour or the day, as far as a store keeps them.
fn column(name: &'static str, make: Make, request: &FetchRequest) -> FetchedSeries {
    let step = match request.now - request.from {
        ..=172_800 => 60,
        172_801..=5_184_000 => 3600,
        _ => 86_400,
    };
    let start = request.from - request.from.rem_euclid(step) + step;
    let end = request.until - request.until.rem_euclid(step) + step;
    let values = (start..end).step_by(step as usize).map(|time| make(seed(name), time)).collect();
    FetchedSeries {
        name: Arc::from(name),
        start,
        step,
        values,
        aggregation: Aggregation::Average,
        x_files_factor: 0.0,
        facts: None,
    }
}

fn no_tags<T>() -> Result<T, SourceError> {
    Err(SourceError::BadRequest("this store has no tags".to_owned()))
}

impl Source for Made {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Ok(Vec::new())
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let Selection::Pattern(glob) = &request.selection else { return no_tags() };
        let found = SERIES.iter().filter(|(name, _)| glob.matches_path(name));
        Ok(Box::new(found.map(|(name, make)| column(name, *make, request)).collect::<Vec<_>>()))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        no_tags()
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        no_tags()
    }

    fn series_by_tag(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        no_tags()
    }
}
