//! Times and intervals inside expressions, with errors that name them.

use jiff::tz::TimeZone;
use plumbago_protocol::{at_time, limits, parse_interval};

use crate::error::QueryError;

/// The seconds since the epoch that an at-style time means.
pub(crate) fn at(text: &str, zone: &TimeZone, now: i64) -> Result<i64, QueryError> {
    at_time::parse(text, now, zone)
        .map_err(|fault| QueryError::bad_request(format!("the time {text:?} is malformed: {fault}")))
}

/// The seconds of an interval, negative with a leading minus.
pub(crate) fn interval(text: &str) -> Result<i64, QueryError> {
    parse_interval(text).map_err(|fault| QueryError::bad_request(fault.to_string()))
}

/// The seconds of an interval that must be longer than nothing.
pub(crate) fn positive_interval(text: &str) -> Result<i64, QueryError> {
    match interval(text)? {
        seconds @ 1.. => Ok(seconds),
        _ => Err(QueryError::bad_request(format!("the interval {text:?} is not positive"))),
    }
}

/// Refuses a range that reaches beyond the times that can be written; all arithmetic on ranges relies on it.
pub(crate) fn check_range(from: i64, until: i64) -> Result<(), QueryError> {
    let possible = limits::TIME_SECONDS_MIN..=limits::TIMESTAMP_SECONDS_MAX;
    if possible.contains(&from) && possible.contains(&until) {
        return Ok(());
    }
    Err(QueryError::bad_request(format!(
        "the range from {from} until {until} reaches beyond the years 1 to 9999"
    )))
}

/// The step of a series that a function makes, if it is a possible one.
pub(crate) fn check_step(function: &str, step: i64) -> Result<(), QueryError> {
    if (1..=limits::INTERVAL_SECONDS_MAX).contains(&step) {
        return Ok(());
    }
    Err(QueryError::bad_request(format!("{function}: a step of {step} s is not possible")))
}
