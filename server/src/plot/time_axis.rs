//! Owns the horizontal axis: which moments get a mark, and how times are written.
//!
//! Invariant: marks lie on round local times of the given zone, also across a change of the clocks; labels never
//! touch each other. A moment that no calendar knows is written as its number of seconds.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Distances between marks that people find round, in seconds, shortest first.
const STEPS: [i64; 26] = [
    1,
    2,
    5,
    10,
    15,
    30,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    28 * DAY,
    91 * DAY,
    182 * DAY,
    364 * DAY,
    3640 * DAY,
];

/// Blank columns between two labels.
const LABEL_GAP: usize = 4;

/// The shown range of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeAxis {
    /// The left edge, in seconds since the epoch.
    pub(crate) from: i64,
    /// The right edge; not before `from`.
    pub(crate) until: i64,
}

/// A mark: its column and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Column of the canvas.
    pub(crate) column: usize,
    /// Time to write below it.
    pub(crate) label: String,
}

impl TimeAxis {
    /// Which of `places` places, counted from the left, shows the moment `at`.
    pub(crate) fn place(&self, at: i64, places: usize) -> usize {
        let span = i128::from(self.until) - i128::from(self.from);
        if span <= 0 || places < 2 {
            return 0;
        }
        let way = (i128::from(at) - i128::from(self.from)).clamp(0, span);
        let last = places as i128 - 1;
        usize::try_from((way * last * 2 + span) / (span * 2)).unwrap_or(0)
    }

    /// Marks for a canvas of so many columns.
    pub(crate) fn marks(&self, columns: usize, zone: &TimeZone) -> Vec<Mark> {
        let span = self.until.saturating_sub(self.from);
        let fits = |step: i64| {
            let room = columns as i128 * i128::from(step);
            room >= i128::from(span) * (label_width(step) + LABEL_GAP) as i128
        };
        let Some(step) = STEPS.into_iter().find(|step| fits(*step)) else {
            return Vec::new();
        };
        let mut marks = Vec::new();
        let mut local = first_round(local_second(self.from, zone), step);
        let mut at = moment_of(local, self.from.saturating_sub(1), zone);
        let mut last = None;
        while at <= self.until {
            // A time that the clocks skip is the same moment as the next one.
            if last.replace(at) == Some(at) {
                marks.pop();
            }
            marks.push(Mark { column: self.place(at, columns), label: label(at, step, zone) });
            let Some(next_local) = local.checked_add(step) else {
                break;
            };
            local = next_local;
            at = moment_of(local, at, zone);
        }
        marks
    }
}

/// The first multiple of `step` that is not before `local`; weeks begin on Mondays.
fn first_round(local: i64, step: i64) -> i64 {
    // The epoch was a Thursday.
    let missing = -(local.saturating_add(3 * DAY)).rem_euclid(step);
    local.saturating_add((missing + step) % step)
}

/// The clock's reading at `at`, as if it were seconds since the epoch.
fn local_second(at: i64, zone: &TimeZone) -> i64 {
    at.saturating_add(offset_seconds(at, zone))
}

/// The moment after `before` at which the clock reads `local`; where the clocks skip that time, the moment they do.
fn moment_of(local: i64, before: i64, zone: &TimeZone) -> i64 {
    let without_change = local.saturating_sub(offset_seconds(before, zone));
    let with_change = local.saturating_sub(offset_seconds(without_change, zone));
    if with_change > before { with_change } else { without_change }
}

fn offset_seconds(at: i64, zone: &TimeZone) -> i64 {
    Timestamp::from_second(at).map_or(0, |at| i64::from(zone.to_offset(at).seconds()))
}

fn label_width(step: i64) -> usize {
    match step {
        ..MINUTE => 8,
        MINUTE..DAY => 6,
        _ => 10,
    }
}

/// The time of a mark; between midnights the day is told once, at midnight itself.
fn label(at: i64, step: i64, zone: &TimeZone) -> String {
    let format = match step {
        ..MINUTE => "%H:%M:%S",
        MINUTE..DAY if local_second(at, zone).rem_euclid(DAY) == 0 => "%b %d",
        MINUTE..DAY => "%H:%M",
        _ => "%Y-%m-%d",
    };
    write_time(at, format, zone)
}

/// `at` in the zone's local time, as `2026-03-15T10:00:00+01:00`.
pub(crate) fn full_time(at: i64, zone: &TimeZone) -> String {
    write_time(at, "%Y-%m-%dT%H:%M:%S%:z", zone)
}

fn write_time(at: i64, format: &str, zone: &TimeZone) -> String {
    match Timestamp::from_second(at) {
        Ok(moment) => moment.to_zoned(zone.clone()).strftime(format).to_string(),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone of the bundled database")
    }

    fn labels(from: &str, until: &str, columns: usize, zone: &TimeZone) -> Vec<String> {
        let second = |text: &str| text.parse::<Timestamp>().expect("a time").as_second();
        let axis = TimeAxis { from: second(from), until: second(until) };
        axis.marks(columns, zone).into_iter().map(|mark| mark.label).collect()
    }

    #[test]
    fn marks_lie_on_round_times() {
        let utc = TimeZone::UTC;
        assert_eq!(
            labels("2026-03-15T10:01:40Z", "2026-03-15T10:16:40Z", 60, &utc),
            ["10:05", "10:10", "10:15"]
        );
        assert_eq!(
            labels("2026-03-15T10:00:00Z", "2026-03-15T10:00:09Z", 60, &utc),
            ["10:00:00", "10:00:02", "10:00:04", "10:00:06", "10:00:08"]
        );
    }

    #[test]
    fn midnight_tells_the_day() {
        assert_eq!(
            labels("2026-03-15T10:00:00Z", "2026-03-16T10:00:00Z", 60, &TimeZone::UTC),
            ["12:00", "18:00", "Mar 16", "06:00"]
        );
    }

    #[test]
    fn times_are_those_of_the_given_zone() {
        let kathmandu = zone("Asia/Kathmandu");
        assert_eq!(
            labels("2026-03-15T10:00:00Z", "2026-03-15T14:00:00Z", 60, &kathmandu),
            ["16:00", "17:00", "18:00", "19:00"]
        );
        assert_eq!(full_time(1_773_568_800, &zone("Europe/Berlin")), "2026-03-15T11:00:00+01:00");
    }

    #[test]
    fn marks_stay_round_when_the_clocks_change() {
        let berlin = zone("Europe/Berlin");
        // On 29 March 2026 the clocks go from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
        assert_eq!(
            labels("2026-03-28T20:00:00Z", "2026-03-29T12:00:00Z", 60, &berlin),
            ["21:00", "Mar 29", "03:00", "06:00", "09:00", "12:00"]
        );
        assert_eq!(
            labels("2026-10-24T19:00:00Z", "2026-10-25T11:00:00Z", 60, &berlin),
            ["21:00", "Oct 25", "03:00", "06:00", "09:00", "12:00"]
        );
        assert_eq!(
            labels("2026-03-27T12:00:00Z", "2026-03-31T12:00:00Z", 70, &berlin),
            ["2026-03-28", "2026-03-29", "2026-03-30", "2026-03-31"]
        );
        // The hour that does not exist is not told, nor the one that exists twice told twice.
        assert_eq!(
            labels("2026-03-28T23:30:00Z", "2026-03-29T03:30:00Z", 60, &berlin),
            ["01:00", "03:00", "04:00", "05:00"]
        );
        assert_eq!(
            labels("2026-10-24T22:30:00Z", "2026-10-25T03:30:00Z", 60, &berlin),
            ["01:00", "02:00", "03:00", "04:00"]
        );
    }

    #[test]
    fn labels_have_room() {
        for columns in 10..200 {
            for span in [9, 700, 5000, 86_400, 3_000_000, 400_000_000] {
                let marks = TimeAxis { from: 1_000_000_007, until: 1_000_000_007 + span }
                    .marks(columns, &TimeZone::UTC);
                for pair in marks.windows(2) {
                    let room = pair[1].column - pair[0].column;
                    assert!(room > pair[0].label.len() + 1, "{columns} columns, {span} s: {pair:?}");
                }
            }
        }
    }

    #[test]
    fn the_range_fills_the_places() {
        let axis = TimeAxis { from: 100, until: 200 };
        assert_eq!((axis.place(100, 51), axis.place(150, 51), axis.place(200, 51)), (0, 25, 50));
        assert_eq!(TimeAxis { from: 100, until: 100 }.place(100, 51), 0);
    }

    #[test]
    fn moments_outside_every_calendar_are_numbers() {
        assert_eq!(full_time(i64::MAX, &TimeZone::UTC), i64::MAX.to_string());
        assert!(TimeAxis { from: i64::MIN, until: i64::MAX }.marks(80, &TimeZone::UTC).is_empty());
    }
}
