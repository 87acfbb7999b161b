//! The store as a page of plain maps: every point is rolled up the moment it arrives. No hot window, no segments, no
//! restart. What the engine answers must be what this answers, whatever it has flushed, merged or replayed.

use std::collections::BTreeMap;

use plumbago_engine::{Archive, Policy};

const DAY: i64 = 86_400;

type Cells = BTreeMap<i64, f64>;

/// A series under its current policy, with those it had before and when each ended.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) policy: Policy,
    pub(crate) eras: Vec<(Policy, i64)>,
    /// Cells in time, by the archive they were written under.
    cells: BTreeMap<Archive, Cells>,
    /// Cells that came when their bucket had expired, by archive and day of arrival.
    late: BTreeMap<(Archive, i64), BTreeMap<i64, f64>>,
}

fn floor(timestamp: i64, step: i64) -> i64 {
    timestamp - timestamp.rem_euclid(step)
}

fn ceil(timestamp: i64, step: i64) -> i64 {
    floor(timestamp + step - 1, step)
}

fn step(archive: Archive) -> i64 {
    i64::from(archive.step_secs)
}

fn retention(archive: Archive) -> i64 {
    i64::from(archive.retention_secs)
}

impl Series {
    pub(crate) fn new(policy: Policy) -> Self {
        Self { policy, eras: Vec::new(), cells: BTreeMap::new(), late: BTreeMap::new() }
    }

    pub(crate) fn change_policy(&mut self, policy: Policy, now: i64) {
        if policy != self.policy {
            let old = std::mem::replace(&mut self.policy, policy);
            self.eras.push((old, now));
        }
    }

    fn archive(&self, level: usize) -> Option<Archive> {
        self.policy.archives().get(level).copied()
    }

    /// 0, or the day of `now` if the bucket around `timestamp` has expired from the archive at `level`.
    fn born_day(&self, level: usize, timestamp: i64, now: i64) -> i64 {
        let (Some(own), Some(next)) = (self.archive(level), self.archive(level + 1)) else { return 0 };
        let bucket_end = ceil(timestamp + step(own), step(next));
        if bucket_end + retention(own) <= now { now.div_euclid(DAY) } else { 0 }
    }

    pub(crate) fn append(&mut self, timestamp: i64, value: f64, now: i64) {
        let Some(finest) = self.archive(0) else { return };
        let slot = floor(timestamp, step(finest));
        let born_day = self.born_day(0, slot, now);
        self.write(0, slot, born_day, value);
    }

    fn write(&mut self, level: usize, slot: i64, born_day: i64, value: f64) {
        let Some(archive) = self.archive(level) else { return };
        if born_day == 0 {
            self.cells.entry(archive).or_default().insert(slot, value);
        } else {
            self.late.entry((archive, born_day)).or_default().insert(slot, value);
        }
        let Some(next) = self.archive(level + 1) else { return };
        let (bucket, ratio) = (floor(slot, step(next)), (step(next) / step(archive)) as usize);
        let slots = (0..ratio as i64).map(|index| bucket + index * step(archive));
        let known: Vec<f64> = if born_day == 0 {
            slots.filter_map(|slot| self.value(level, slot)).collect()
        } else {
            slots.filter_map(|slot| self.late_value(archive, born_day, slot)).collect()
        };
        let share = known.len() as f64 / ratio as f64;
        let enough = !known.is_empty() && share >= f64::from(self.policy.x_files_factor());
        let rolled = self.policy.aggregation().apply(&known, ratio);
        if born_day == 0 {
            if enough {
                self.write(level + 1, bucket, 0, rolled);
            }
            return;
        }
        let target_day = self.born_day(level + 1, bucket, born_day * DAY);
        let held = if target_day == 0 {
            self.value(level + 1, bucket)
        } else {
            self.late_value(next, target_day, bucket)
        };
        if enough || held.is_some() {
            self.write(level + 1, bucket, target_day, rolled);
        }
    }

    fn late_value(&self, archive: Archive, born_day: i64, slot: i64) -> Option<f64> {
        let on = |day| self.late.get(&(archive, day)).and_then(|cells| cells.get(&slot)).copied();
        on(born_day).or_else(|| on(born_day - 1))
    }

    /// How far back `archive` reached when its policy ended, less what later policies forgot meanwhile.
    fn first_remembered(&self, era: usize, archive: Archive) -> i64 {
        let reach = |policy: &Policy| policy.archives().last().map_or(0, |last| retention(*last));
        let forgotten = self.eras[era + 1..].iter().map(|(policy, until)| until - reach(policy));
        forgotten.fold(self.eras[era].1 - retention(archive), i64::max)
    }

    /// The cell written at `step_secs`, whichever policy it was written under.
    fn stored(&self, step_secs: i64, slot: i64) -> Option<f64> {
        let counts = |archive: Archive| {
            if self.policy.archives().contains(&archive) {
                return true;
            }
            let eras = 0..self.eras.len();
            let had = eras.filter(|era| self.eras[*era].0.archives().contains(&archive));
            had.map(|era| self.first_remembered(era, archive)).max().is_none_or(|first| slot >= first)
        };
        let written =
            self.cells.iter().filter(|(archive, _)| step(**archive) == step_secs && counts(**archive));
        let last_use = |archive: &Archive| {
            let had = self.eras.iter().rposition(|(policy, _)| policy.archives().contains(archive));
            if self.policy.archives().contains(archive) { self.eras.len() } else { had.unwrap_or(0) }
        };
        let found = written.filter_map(|(archive, cells)| Some((last_use(archive), *cells.get(&slot)?)));
        found.max_by_key(|(last_use, _)| *last_use).map(|(_, value)| value)
    }

    /// What counts at `level` when it is rolled up.
    fn value(&self, level: usize, slot: i64) -> Option<f64> {
        let own_step = step(self.archive(level)?);
        self.stored(own_step, slot).or_else(|| self.earlier_value(own_step, slot, false))
    }

    /// What a reader sees at `level`.
    fn shown(&self, level: usize, slot: i64) -> Option<f64> {
        let own_step = step(self.archive(level)?);
        self.value(level, slot).or_else(|| self.earlier_value(own_step, slot, true))
    }

    fn level_of(&self, step_secs: i64) -> Option<usize> {
        self.policy.archives().iter().position(|archive| step(*archive) == step_secs)
    }

    /// From archives that end with their policies, or, `for_display`, from coarser ones that live on.
    fn earlier_value(&self, own_step: i64, slot: i64, for_display: bool) -> Option<f64> {
        let mut old: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (era, (policy, until)) in self.eras.iter().enumerate() {
            for archive in policy.archives().iter().filter(|archive| step(**archive) != own_step) {
                let first = self.first_remembered(era, *archive);
                let range = old.entry(step(*archive)).or_insert((first, *until));
                *range = (range.0.min(first), range.1.max(*until));
            }
        }
        old.into_iter().find_map(|(old_step, (first, until))| {
            let level = self.level_of(old_step);
            if slot >= until || (level.is_some() && old_step > own_step) != for_display {
                return None;
            }
            let start = ceil(slot, old_step);
            let timestamps =
                (0..).map(|index| start + index * old_step).take_while(|at| *at < slot + own_step);
            let known: Vec<f64> = timestamps
                .filter(|at| *at >= first && *at < until)
                .filter_map(|at| match level {
                    Some(level) => self.value(level, at),
                    None => self.stored(old_step, at),
                })
                .collect();
            if old_step > own_step {
                return known.last().copied();
            }
            let slots = (own_step / old_step) as usize;
            let enough = known.len() as f64 / slots as f64 >= f64::from(self.policy.x_files_factor());
            (enough && !known.is_empty()).then(|| self.policy.aggregation().apply(&known, slots))
        })
    }

    /// Start, step and values for a range, as whisper selects them.
    pub(crate) fn fetch(&self, from: i64, until: i64, now: i64) -> Option<(i64, i64, Vec<Option<f64>>)> {
        let archives = self.policy.archives();
        let oldest = now - retention(*archives.last()?);
        if from > now || until < oldest {
            return None;
        }
        let (from, until) = (from.max(oldest), until.min(now));
        let level = archives.iter().position(|archive| retention(*archive) >= now - from)?;
        let step = step(archives[level]);
        let (first, mut end) = (floor(from, step) + step, floor(until, step) + step);
        if first == end {
            end += step;
        }
        let slots = (0..(end - first) / step).map(|index| first + index * step);
        Some((first, step, slots.map(|slot| self.shown(level, slot)).collect()))
    }
}
