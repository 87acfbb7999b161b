//! Time intervals by the calendar: hours of a day, weekdays, days of a month, months, years, in a time zone.
//!
//! Invariant: an interval is asked about a moment, so a night whose clocks are set needs no rule of its own: an hour that
//! comes twice is in it twice, one that is left out is not. A part that says nothing excludes nothing.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Intervals under one name; a moment is in them if it is in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeIntervals {
    /// As the file names them.
    pub name: Arc<str>,
    /// Each of them.
    pub intervals: Vec<TimeInterval>,
}

impl TimeIntervals {
    /// Whether they contain a moment, in milliseconds since the epoch.
    pub fn contain(&self, at_ms: i64) -> bool {
        self.intervals.iter().any(|interval| interval.contains(at_ms))
    }
}

/// One interval: a moment is in it if every part that it has holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeInterval {
    /// Minutes of the day.
    pub(crate) times: Vec<MinuteRange>,
    /// Days of the week, from 0: Sunday.
    pub(crate) weekdays: Vec<Range>,
    /// Days of the month from 1, or from its end: -1 is the last one.
    pub(crate) days_of_month: Vec<Range>,
    /// Months, from 1.
    pub(crate) months: Vec<Range>,
    /// Years.
    pub(crate) years: Vec<Range>,
    /// Whose calendar and clock count.
    pub(crate) zone: Zone,
}

/// From the one to the other, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: i32,
    pub(crate) last: i32,
}

impl Range {
    fn contains(self, value: i32) -> bool {
        (self.first..=self.last).contains(&value)
    }
}

/// Minutes of a day, the last one not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MinuteRange {
    pub(crate) start: i32,
    pub(crate) end: i32,
}

/// A time zone of the bundled database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Zone(pub(crate) TimeZone);

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.iana_name().unwrap_or("?"))
    }
}

impl TimeInterval {
    /// Whether it contains a moment, in milliseconds since the epoch.
    pub fn contains(&self, at_ms: i64) -> bool {
        // Beyond the calendar, in the year 9999, nothing is.
        let Ok(moment) = Timestamp::from_millisecond(at_ms) else { return false };
        let local = moment.to_zoned(self.zone.0.clone());
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let weekday = i32::from(local.weekday().to_sunday_zero_offset());
        let (day, days) = (i32::from(local.day()), i32::from(local.days_in_month()));
        let within =
            |ranges: &[Range], value| ranges.is_empty() || ranges.iter().any(|range| range.contains(value));
        let of_day = |range: &MinuteRange| (range.start..range.end).contains(&minute);
        (self.times.is_empty() || self.times.iter().any(of_day))
            && (self.days_of_month.is_empty()
                || self.days_of_month.iter().any(|range| in_month(*range, day, days)))
            && within(&self.weekdays, weekday)
            && within(&self.months, i32::from(local.month()))
            && within(&self.years, i32::from(local.year()))
    }
}

/// Whether a day is in a range that may count from the end of its month, which has `days`. A range that begins after the
/// end is empty; one that ends after it, or begins before the month, is cut.
fn in_month(range: Range, day: i32, days: i32) -> bool {
    let from_start = |place: i32| if place < 0 { days + 1 + place } else { place };
    (from_start(range.first).max(1)..=from_start(range.last).min(days)).contains(&day)
}

#[cfg(test)]
mod tests;
