//! A store filled with the load.
//!
//! Invariant: step `n` of series `i` is `columns[i][n % points]` at `time_of(n)`, in the store as in the load. Nothing
//! is flushed or merged but by a benchmark's order.

use std::ops::Range;
use std::sync::Arc;

use plumbago_engine::{Archive, Disk, Engine, MemoryDisk, Options, Policy, PolicyRules};
use plumbago_protocol::Aggregation;

use crate::names::names;
use crate::values::{MIX, values};

/// Timestamp of the first point, the beginning of a day.
pub const START: i64 = 1_710_460_800;
/// Seconds between points.
pub const STEP_SECS: i64 = 10;
/// Points committed at once, about what a connection's buffer holds.
const BATCH_POINTS: usize = 1000;
/// Far more than any benchmark fills: no writer waits for a flush.
const BYTES_UNREACHABLE: u64 = 1 << 50;

/// Series with their values.
pub struct Load {
    /// Names, in the order in which agents send them.
    pub names: Vec<String>,
    /// The values of each, one a step.
    pub columns: Vec<Vec<f64>>,
}

impl Load {
    /// `series` series of mixed kinds with `points` values each.
    pub fn new(series: usize, points: usize) -> Self {
        let columns = (0..series).map(|index| values(MIX[index % MIX.len()], index, points)).collect();
        Self { names: names(series), columns }
    }

    /// The value of series `index` at `step`; the columns repeat.
    pub fn value(&self, index: usize, step: usize) -> f64 {
        let column = &self.columns[index];
        column[step % column.len()]
    }
}

/// The timestamp of a step.
pub fn time_of(step: usize) -> i64 {
    START + step as i64 * STEP_SECS
}

/// The default archives: 10s:1d, 1m:30d, 10m:5y.
pub fn policy() -> Policy {
    const DAY_SECS: u32 = 86_400;
    let archive = |(step_secs, days)| Archive { step_secs, retention_secs: days * DAY_SECS };
    let archives = [(10, 1), (60, 30), (600, 5 * 365)].map(archive);
    Policy::new(archives.to_vec(), 0.5, Aggregation::Average).expect("each step divides the next")
}

struct OnePolicy(Policy);

impl PolicyRules for OnePolicy {
    fn policy_for(&self, _name: &str) -> Policy {
        self.0.clone()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

/// Opens the store on `disk` as of `now`.
pub fn open(disk: impl Disk + 'static, now: i64) -> Engine {
    let options =
        Options { hot_bytes_max: BYTES_UNREACHABLE, wal_bytes_max: BYTES_UNREACHABLE, ..Options::default() };
    Engine::open(Arc::new(disk), options, Arc::new(OnePolicy(policy())), now).expect("a store that opens")
}

/// Writes `steps` of the whole load, and answers the time of the last.
pub fn feed(engine: &Engine, load: &Load, steps: Range<usize>) -> i64 {
    let mut writer = engine.writer();
    let mut now = START;
    for step in steps {
        now = time_of(step);
        for (index, name) in load.names.iter().enumerate() {
            writer.push(name, load.value(index, step), now, now).expect("a good point");
            if writer.pending() == BATCH_POINTS {
                writer.commit().expect("memory");
            }
        }
    }
    writer.commit().expect("memory");
    now
}

/// A copy that shares nothing with `disk`.
pub fn copied(disk: &MemoryDisk) -> MemoryDisk {
    let copy = MemoryDisk::new();
    for folder in ["", "segments", "wal"] {
        for name in disk.list(folder).expect("memory") {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let bytes = disk.read(&path).expect("listed");
            copy.create(&path).and_then(|file| file.append(&bytes)).expect("memory");
        }
    }
    copy
}

#[cfg(test)]
mod tests {
    use plumbago_engine::{FetchQuery, Selector};

    use super::*;

    #[test]
    fn what_was_fed_is_there_also_in_a_copy() {
        let load = Load::new(120, 30);
        let disk = MemoryDisk::new();
        let engine = open(disk.clone(), START);
        engine.flush(feed(&engine, &load, 0..20)).unwrap();
        let now = feed(&engine, &load, 20..30);
        let copy = open(copied(&disk), now);
        for index in [0, 77, 119] {
            let selector = Selector::Name(load.names[index].clone());
            let query = FetchQuery {
                selector,
                from: START - STEP_SECS,
                until: now,
                now,
                series_max: 1,
                points_max: usize::MAX,
            };
            for engine in [&engine, &copy] {
                assert_eq!(engine.fetch(&query).unwrap()[0].values, load.columns[index]);
            }
        }
        assert_eq!(copy.stats().points_replayed, 1200);
    }
}
