//! Owns how a series is kept: its archives, its xFilesFactor and its aggregation method.
//!
//! Invariant: archives run from fine to coarse, each step divides the next, retention strictly grows. Which policy a
//! name gets is decided outside, behind `PolicyRules`.

use plumbago_protocol::Aggregation;
use plumbago_protocol::limits::ARCHIVES_PER_SERIES_MAX;

use crate::Error;

/// One archive: points of `step_secs`, kept for `retention_secs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Archive {
    /// Seconds a slot covers.
    pub step_secs: u32,
    /// Seconds a slot is kept; a multiple of the step.
    pub retention_secs: u32,
}

/// How one series is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    archives: Vec<Archive>,
    x_files_factor: f32,
    aggregation: Aggregation,
}

/// Chooses the policy of a name, from configuration. Pure: one name, one answer, until the fingerprint changes.
pub trait PolicyRules: Send + Sync {
    /// The policy for the canonical `name`.
    fn policy_for(&self, name: &str) -> Policy;

    /// Changes whenever some name's policy may have changed, also across restarts.
    fn fingerprint(&self) -> u64;
}

impl Policy {
    /// Checks the archives against the invariant; the xFilesFactor must lie in 0..=1.
    pub fn new(archives: Vec<Archive>, x_files_factor: f32, aggregation: Aggregation) -> Result<Self, Error> {
        if archives.is_empty() || archives.len() > ARCHIVES_PER_SERIES_MAX {
            let found = archives.len();
            return Err(Error::Caller(format!(
                "a policy has 1 to {ARCHIVES_PER_SERIES_MAX} archives, not {found}"
            )));
        }
        for archive in &archives {
            let Archive { step_secs, retention_secs } = *archive;
            if step_secs == 0 || retention_secs < step_secs || retention_secs % step_secs != 0 {
                return Err(Error::Caller(format!(
                    "an archive's retention is a multiple of its step: {step_secs} s, {retention_secs} s"
                )));
            }
        }
        for pair in archives.windows(2) {
            let [fine, coarse] = pair else { continue };
            if coarse.step_secs <= fine.step_secs || coarse.step_secs % fine.step_secs != 0 {
                return Err(Error::Caller(format!(
                    "each step divides the next: {} s, {} s",
                    fine.step_secs, coarse.step_secs
                )));
            }
            if coarse.retention_secs <= fine.retention_secs {
                return Err(Error::Caller(format!(
                    "each retention exceeds the one before: {} s, {} s",
                    fine.retention_secs, coarse.retention_secs
                )));
            }
        }
        if !(0.0..=1.0).contains(&x_files_factor) {
            return Err(Error::Caller(format!("xFilesFactor lies in 0..=1, not {x_files_factor}")));
        }
        Ok(Self { archives, x_files_factor, aggregation })
    }

    /// Archives, finest first; at least one.
    pub fn archives(&self) -> &[Archive] {
        &self.archives
    }

    /// Share of known points that a coarser slot needs, as the float32 that whisper stores.
    pub fn x_files_factor(&self) -> f32 {
        self.x_files_factor
    }

    /// How points become one coarser point.
    pub fn aggregation(&self) -> Aggregation {
        self.aggregation
    }

    /// Seconds the coarsest archive reaches back.
    pub fn retention_secs_max(&self) -> i64 {
        self.archives.last().map_or(0, |archive| i64::from(archive.retention_secs))
    }
}
