//! Owns a policy as the hot paths want it: numbers ready to compute with.
//!
//! Invariant: derived from a `Policy` alone; the same policy always gives the same facts.

use std::sync::Arc;

use plumbago_protocol::Aggregation;

use crate::Error;
use crate::class::{ClassId, Classes, ceil_to};
use crate::policy::{Archive, Policy};

/// Seconds of a day, the unit in which late arrivals are dated.
pub(crate) const DAY_SECS: i64 = 86_400;

/// One archive of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LevelFacts {
    pub(crate) archive: Archive,
    pub(crate) class: ClassId,
    pub(crate) step_secs: i64,
    pub(crate) retention_secs: i64,
    /// Step of the next coarser archive; of the coarsest, its own.
    pub(crate) next_step_secs: i64,
}

impl LevelFacts {
    /// Whether the slot at `timestamp` counts as expired at `now`: its whole bucket of the next coarser archive lies
    /// beyond the retention, so that a bucket's cells expire together.
    pub(crate) fn expired(&self, timestamp: i64, now: i64) -> bool {
        ceil_to(timestamp + self.step_secs, self.next_step_secs) + self.retention_secs <= now
    }
}

/// A policy, ready for use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PolicyFacts {
    pub(crate) levels: Vec<LevelFacts>,
    /// Share of known cells a coarser cell needs: whisper's float32, compared as a double.
    pub(crate) x_files_factor: f64,
    pub(crate) aggregation: Aggregation,
}

/// A policy that a series had until some moment.
#[derive(Debug, Clone)]
pub(crate) struct EraFacts {
    pub(crate) policy: Arc<PolicyFacts>,
    pub(crate) until: i64,
    /// What came before this moment was forgotten under a later policy that did not reach as far back.
    pub(crate) forgotten_before: i64,
}

impl EraFacts {
    /// Facts of all earlier policies of a series, given oldest first with the moment at which each ended.
    pub(crate) fn all(eras: &[(Arc<PolicyFacts>, i64)]) -> Arc<[Self]> {
        let forgotten_before = |later: &[(Arc<PolicyFacts>, i64)]| {
            later.iter().map(|(policy, until)| until - policy.retention_secs_max()).max().unwrap_or(i64::MIN)
        };
        let era = |(index, (policy, until)): (usize, &(Arc<PolicyFacts>, i64))| Self {
            policy: policy.clone(),
            until: *until,
            forgotten_before: forgotten_before(&eras[index + 1..]),
        };
        eras.iter().enumerate().map(era).collect()
    }

    /// The first moment for which `level` of this policy can still answer.
    pub(crate) fn first(&self, level: &LevelFacts) -> i64 {
        (self.until - level.retention_secs).max(self.forgotten_before)
    }
}

impl PolicyFacts {
    /// The facts of `policy`; an error if its archives' classes cannot be numbered.
    pub(crate) fn new(policy: &Policy, classes: &mut Classes) -> Result<Self, Error> {
        let archives = policy.archives();
        let level = |(index, archive): (usize, &Archive)| {
            Ok(LevelFacts {
                archive: *archive,
                class: classes.intern(*archive)?,
                step_secs: i64::from(archive.step_secs),
                retention_secs: i64::from(archive.retention_secs),
                next_step_secs: i64::from(archives.get(index + 1).unwrap_or(archive).step_secs),
            })
        };
        Ok(Self {
            levels: archives.iter().enumerate().map(level).collect::<Result<_, Error>>()?,
            x_files_factor: f64::from(policy.x_files_factor()),
            aggregation: policy.aggregation(),
        })
    }

    /// Seconds the coarsest archive reaches back.
    pub(crate) fn retention_secs_max(&self) -> i64 {
        self.levels.last().map_or(0, |level| level.retention_secs)
    }

    /// The day of arrival to file a point under: 0 while its bucket is alive, else the day of `now`. The coarsest
    /// archive has nothing to be rolled up into, so nothing in it is ever late-born.
    pub(crate) fn born_day(&self, level: usize, timestamp: i64, now: i64) -> u32 {
        let facts = &self.levels[level];
        if level + 1 < self.levels.len() && facts.expired(timestamp, now) {
            u32::try_from(now.div_euclid(DAY_SECS)).unwrap_or(u32::MAX).max(1)
        } else {
            0
        }
    }

    /// One coarser cell from the `known` cells among `slots`, or `None` if they are too few.
    pub(crate) fn roll_up(&self, known: &[f64], slots: usize) -> Option<f64> {
        let enough = !known.is_empty() && known.len() as f64 / slots as f64 >= self.x_files_factor;
        enough.then(|| self.aggregation.apply(known, slots))
    }
}
