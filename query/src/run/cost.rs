//! What a request will read, known before any of it is read.
//!
//! Invariant: what a refusal says is what was counted, series and points, for all reads of the request so far.

use std::fmt;

use crate::error::QueryError;

use super::Limits;
use super::memory::{column_bytes, shown};

/// Series and values, missing ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) series: usize,
    pub(super) points: usize,
}

impl Cost {
    pub(super) fn and(self, other: Cost) -> Cost {
        Cost {
            series: self.series.saturating_add(other.series),
            points: self.points.saturating_add(other.points),
        }
    }

    /// The bytes of the columns, if all are kept.
    pub(super) fn bytes(self) -> usize {
        column_bytes(self.series, self.points)
    }

    /// Refuses to read more than the request may.
    pub(super) fn check(self, limits: &Limits) -> Result<(), QueryError> {
        let over = |limit: String| {
            Err(QueryError::over_limit(format!("the request reads about {self} (limit {limit})")))
        };
        if self.series > limits.series_max {
            return over(format!("{} series", limits.series_max));
        }
        if self.points > limits.points_max {
            return over(format!("{} points", limits.points_max));
        }
        Ok(())
    }

    /// Refuses to keep more columns than memory is for; `self` is all that is read, `kept` what is kept of it.
    pub(super) fn check_memory(self, kept: Cost, limits: &Limits) -> Result<(), QueryError> {
        let (bytes, bytes_max) = (kept.bytes(), limits.memory_max);
        if bytes <= bytes_max {
            return Ok(());
        }
        Err(QueryError::over_limit(format!(
            "the request reads about {self}, which take about {} of memory (limit {})",
            shown(bytes),
            shown(bytes_max)
        )))
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} series and {} points", self.series, self.points)
    }
}
