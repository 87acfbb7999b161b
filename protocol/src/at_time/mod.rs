//! Times as Graphite's users write them: `-1h`, `noon yesterday`, `20260315`, `6pm_today+2h`, epoch seconds.
//!
//! Owns the grammar, which is that of at(1) with Graphite's additions and its two oddities (`12am` is noon and `12pm`
//! midnight). Blanks, commas and underscores count for nothing, and neither does case. A time is a reference and an
//! offset; only references to a wall clock depend on the zone. It reads no clock: `now` and the zone are arguments.

mod clock_time;
mod day;
mod error;
mod zone;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::interval::parse_interval;
use crate::limits::{AT_TIME_BYTES_MAX, TIME_SECONDS_MIN, TIMESTAMP_SECONDS_MAX};

pub use error::AtTimeError;
pub use zone::time_zone;

/// The seconds since the epoch that a text stands for; an empty text is now.
///
/// # Errors
/// The part of the text that could not be read, and what was expected there.
///
/// ```
/// use plumbago_protocol::at_time;
/// let zone = at_time::time_zone("Europe/Berlin").unwrap();
/// let now = 1_710_504_000; // Friday, 2024-03-15, 13:00 in Berlin
/// assert_eq!(at_time::parse("-90min", now, &zone), Ok(now - 5400));
/// assert_eq!(at_time::parse("noon yesterday", now, &zone), Ok(1_710_414_000));
/// assert_eq!(at_time::parse("00:00_20240301", now, &zone), Ok(1_709_247_600));
/// ```
pub fn parse(text: &str, now: i64, zone: &TimeZone) -> Result<i64, AtTimeError> {
    if text.len() > AT_TIME_BYTES_MAX {
        return Err(AtTimeError::new(format!("at most {AT_TIME_BYTES_MAX} bytes"), text));
    }
    let mut compact = text.trim().to_ascii_lowercase();
    compact.retain(|character| !matches!(character, '_' | ',' | ' '));
    if !compact.is_ascii() {
        return Err(AtTimeError::new("a time in ASCII characters", text));
    }
    if is_epoch(&compact) {
        return in_range(compact.parse().ok(), text);
    }
    let at = compact.find('+').or_else(|| compact.find('-')).unwrap_or(compact.len());
    let (reference, offset) = compact.split_at(at);
    let start = parse_reference(reference, now, zone)?;
    let offset = parse_interval(offset).map_err(|error| AtTimeError {
        expected: error.expected,
        found: error.found,
        offset: Some(offset.to_owned()),
    })?;
    in_range(start.checked_add(offset), text)
}

/// Digits are epoch seconds, except for eight that look like a date.
fn is_epoch(text: &str) -> bool {
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits && !day::looks_like_date(text)
}

/// What stands before the offset: a time of day, a day, or both.
fn parse_reference(text: &str, now: i64, zone: &TimeZone) -> Result<i64, AtTimeError> {
    if text.is_empty() || text == "now" {
        return Ok(now);
    }
    let out_of_range = || AtTimeError::new("a time between the years 1 and 9999", text);
    let today = Timestamp::from_second(now).map_err(|_| out_of_range())?.to_zoned(zone.clone()).date();
    let (time, rest) = clock_time::parse(text)?;
    let date = day::parse(rest, today)?;
    to_seconds(date.to_datetime(time), zone).ok_or_else(out_of_range)
}

/// The moment at which a zone's clocks show a time. Of the two in autumn it is the later one, in standard time; a
/// time that the clocks skip in spring is taken as standard time too.
fn to_seconds(local: DateTime, zone: &TimeZone) -> Option<i64> {
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } => before,
        AmbiguousOffset::Fold { after, .. } => after,
    };
    offset.to_timestamp(local).ok().map(Timestamp::as_second)
}

fn in_range(seconds: Option<i64>, text: &str) -> Result<i64, AtTimeError> {
    seconds
        .filter(|seconds| (TIME_SECONDS_MIN..=TIMESTAMP_SECONDS_MAX).contains(seconds))
        .ok_or_else(|| AtTimeError::new("a time between the years 1 and 9999", text))
}

#[cfg(test)]
mod tests;
