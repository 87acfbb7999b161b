//! `[query]`: what one query may cost, and whose noon `noon` is.

use std::time::Duration;

use jiff::tz::TimeZone;
use plumbago_protocol::limits::{
    QUERIES_RUNNING_MAX, QUERIES_WAITING_MAX, QUERY_MEMORY_BYTES_MAX, QUERY_POINTS_MAX, QUERY_SERIES_MAX,
};

use super::document::Section;
use super::values;

/// Bounds on one query; whatever goes beyond is refused with a sentence that names the bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueryLimits {
    /// Series one query may fetch.
    pub series_max: usize,
    /// Points one query may fetch, over all of its series.
    pub points_max: usize,
    /// Bytes that the columns of one query may take, those that functions make included.
    pub memory_max: usize,
    /// Queries that run at once; `None`: as many as the machine has use for.
    pub running_max: Option<usize>,
    /// Queries that wait for their turn; the next one is refused at once.
    pub waiting_max: usize,
    /// How long one query may wait and run.
    pub timeout: Duration,
    /// The time zone of times such as `noon yesterday`, and of day boundaries, where a query names none.
    pub time_zone: TimeZone,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self {
            series_max: 100_000,
            points_max: 50_000_000,
            memory_max: 2 << 30,
            running_max: None,
            waiting_max: 64,
            timeout: Duration::from_secs(60),
            time_zone: TimeZone::UTC,
        }
    }
}

impl QueryLimits {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            series_max: section.take_size(
                "series_max",
                defaults.series_max,
                values::integer(1..=QUERY_SERIES_MAX as u64),
            ),
            points_max: section.take_size(
                "points_max",
                defaults.points_max,
                values::integer(1..=QUERY_POINTS_MAX as u64),
            ),
            memory_max: section.take_size(
                "memory_max",
                defaults.memory_max,
                values::bytes(1 << 20..=QUERY_MEMORY_BYTES_MAX as u64),
            ),
            running_max: section.take("running_max", defaults.running_max, |value| {
                let count = values::integer(0..=QUERIES_RUNNING_MAX as u64)(value)?;
                Ok(usize::try_from(count).ok().filter(|count| *count > 0))
            }),
            waiting_max: section.take_size(
                "waiting_max",
                defaults.waiting_max,
                values::integer(0..=QUERIES_WAITING_MAX as u64),
            ),
            timeout: section.take_interval("timeout_secs", defaults.timeout, 1..=3_600),
            time_zone: section.take("time_zone", defaults.time_zone, values::time_zone),
        }
    }
}
