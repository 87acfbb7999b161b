//! The horizontal axis: at which times lines and labels are, and what the labels say.
//!
//! Invariant: lines are at round times of the picture's time zone, also where its clocks change; there are no more of them
//! than there is room for.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

use crate::error::PictureError;

/// Most lines of one kind.
const LINES_MAX: usize = 2000;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// A distance of two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many seconds, a whole part of a day.
    Seconds(i64),
    /// So many days, the first one being a Monday.
    Days(i64),
    /// So many months.
    Months(i64),
}

/// From fine to coarse: the distance of labels, and that of the lines between them.
const STEPS: &[(Step, Step)] = &[
    (Step::Seconds(1), Step::Seconds(1)),
    (Step::Seconds(2), Step::Seconds(1)),
    (Step::Seconds(5), Step::Seconds(1)),
    (Step::Seconds(10), Step::Seconds(5)),
    (Step::Seconds(15), Step::Seconds(5)),
    (Step::Seconds(30), Step::Seconds(10)),
    (Step::Seconds(MINUTE), Step::Seconds(15)),
    (Step::Seconds(2 * MINUTE), Step::Seconds(30)),
    (Step::Seconds(5 * MINUTE), Step::Seconds(MINUTE)),
    (Step::Seconds(10 * MINUTE), Step::Seconds(5 * MINUTE)),
    (Step::Seconds(15 * MINUTE), Step::Seconds(5 * MINUTE)),
    (Step::Seconds(30 * MINUTE), Step::Seconds(10 * MINUTE)),
    (Step::Seconds(HOUR), Step::Seconds(15 * MINUTE)),
    (Step::Seconds(2 * HOUR), Step::Seconds(30 * MINUTE)),
    (Step::Seconds(3 * HOUR), Step::Seconds(HOUR)),
    (Step::Seconds(4 * HOUR), Step::Seconds(HOUR)),
    (Step::Seconds(6 * HOUR), Step::Seconds(2 * HOUR)),
    (Step::Seconds(12 * HOUR), Step::Seconds(3 * HOUR)),
    (Step::Days(1), Step::Seconds(6 * HOUR)),
    (Step::Days(2), Step::Seconds(12 * HOUR)),
    (Step::Days(7), Step::Days(1)),
    (Step::Days(14), Step::Days(7)),
    (Step::Months(1), Step::Months(1)),
    (Step::Months(2), Step::Months(1)),
    (Step::Months(3), Step::Months(1)),
    (Step::Months(6), Step::Months(3)),
    (Step::Months(12), Step::Months(3)),
    (Step::Months(24), Step::Months(12)),
    (Step::Months(60), Step::Months(12)),
    (Step::Months(120), Step::Months(60)),
    (Step::Months(1200), Step::Months(120)),
    (Step::Months(12_000), Step::Months(1200)),
];

impl Step {
    /// About how many seconds it takes.
    fn seconds(self) -> i64 {
        match self {
            Step::Seconds(seconds) => seconds,
            Step::Days(days) => days * DAY,
            Step::Months(months) => months * 30 * DAY,
        }
    }

    /// The format of its labels.
    fn format(self) -> &'static str {
        match self {
            Step::Seconds(seconds) if seconds < MINUTE => "%H:%M:%S",
            Step::Seconds(_) => "%H:%M",
            Step::Days(_) => "%m/%d",
            Step::Months(months) if months < 12 => "%b",
            Step::Months(_) => "%Y",
        }
    }
}

/// The times of a picture.
#[derive(Clone, Debug)]
pub(crate) struct Times {
    /// Lines with a label.
    pub(crate) labels: Vec<(i64, String)>,
    /// Lines between those.
    pub(crate) between: Vec<i64>,
}

/// How wide labels are, by what they say.
pub(crate) struct Room<'a> {
    /// Pixels from the first to the last moment.
    pub(crate) width: f64,
    /// The width of a label in pixels, with the space that it needs around it.
    pub(crate) label_width: &'a dyn Fn(&str) -> f64,
    /// The format of labels, if the caller wishes one.
    pub(crate) format: Option<&'a str>,
}

impl Times {
    /// Where lines and labels are between two moments; `from` is before `until`.
    ///
    /// # Errors
    /// A format that cannot be used.
    pub(crate) fn new(
        from: i64,
        until: i64,
        zone: &TimeZone,
        room: &Room<'_>,
    ) -> Result<Times, PictureError> {
        let seconds_per_pixel = (until.saturating_sub(from)) as f64 / room.width.max(1.0);
        let mut chosen = None;
        for (step, minor) in STEPS {
            let sample = match room.format {
                Some(format) => written(format, from, zone)?,
                None => written(step.format(), from, zone)?,
            };
            let pixels = step.seconds() as f64 / seconds_per_pixel;
            chosen = Some((*step, *minor));
            if pixels >= (room.label_width)(&sample) {
                break;
            }
        }
        let (step, minor) = chosen.unwrap_or((Step::Months(12_000), Step::Months(1200)));
        let label = |time: &i64| text(step, *time, zone, room.format).map(|text| (*time, text));
        let major = moments(step, from, until, zone);
        let labels = major.iter().map(label).collect::<Result<Vec<_>, _>>()?;
        let mut between = moments(minor, from, until, zone);
        between.retain(|time| major.binary_search(time).is_err());
        Ok(Times { labels, between })
    }
}

/// What the label of a time says.
fn text(step: Step, time: i64, zone: &TimeZone, format: Option<&str>) -> Result<String, PictureError> {
    if let Some(format) = format {
        return written(format, time, zone);
    }
    let at = zoned(time, zone);
    // A day that begins, and a year, tell more than midnight and January.
    let format = match step {
        Step::Seconds(seconds) if seconds >= MINUTE && at.time() == Time::midnight() => "%m/%d",
        Step::Months(months) if months < 12 && at.month() == 1 => "%Y",
        _ => step.format(),
    };
    written(format, time, zone)
}

/// A time in a format of `strftime`.
fn written(format: &str, time: i64, zone: &TimeZone) -> Result<String, PictureError> {
    jiff::fmt::strtime::format(format, &zoned(time, zone)).map_err(|_| {
        PictureError::parameter("xFormat", "a format of times as strftime takes it, such as %H:%M", format)
    })
}

fn zoned(time: i64, zone: &TimeZone) -> Zoned {
    let limits = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let time = Timestamp::from_second(time.clamp(limits.0, limits.1)).unwrap_or_default();
    time.to_zoned(zone.clone())
}

/// The round times from `from` to `until`, both included.
fn moments(step: Step, from: i64, until: i64, zone: &TimeZone) -> Vec<i64> {
    let first = floor(step, zoned(from, zone).datetime());
    let span = match step {
        Step::Seconds(seconds) => seconds.seconds(),
        Step::Days(days) => days.days(),
        Step::Months(months) => months.months(),
    };
    let mut moments: Vec<i64> = Vec::new();
    for place in 0..=LINES_MAX as i64 {
        let at = first.and_then(|first| stepped(first, span, place));
        let Some(at) = at else { break };
        let time = zone.to_ambiguous_zoned(at).compatible();
        let Ok(time) = time else { break };
        let seconds = time.timestamp().as_second();
        if seconds > until {
            break;
        }
        // An hour that clocks leave out has no lines.
        if seconds >= from && time.datetime() == at && moments.last().is_none_or(|last| *last < seconds) {
            moments.push(seconds);
        }
    }
    moments
}

fn stepped(first: DateTime, span: Span, times: i64) -> Option<DateTime> {
    first.checked_add(span.checked_mul(times).ok()?).ok()
}

/// The last round time up to `at`.
fn floor(step: Step, at: DateTime) -> Option<DateTime> {
    match step {
        Step::Seconds(seconds) => {
            let of_day =
                i64::from(at.hour()) * HOUR + i64::from(at.minute()) * MINUTE + i64::from(at.second());
            let midnight = DateTime::from_parts(at.date(), Time::midnight());
            midnight.checked_add((of_day - of_day % seconds).seconds()).ok()
        }
        Step::Days(days) => {
            let past = if days == 7 || days == 14 {
                // Counted from a Monday, so that weeks begin where weeks do.
                let monday = Date::constant(1970, 1, 5);
                (at.date() - monday).get_days()
            } else {
                i32::from(at.date().day()) - 1
            };
            let back = i64::from(past).rem_euclid(days);
            Some(DateTime::from_parts(at.date().checked_sub(back.days()).ok()?, Time::midnight()))
        }
        Step::Months(months) => {
            let past = i64::from(at.year()) * 12 + i64::from(at.month()) - 1;
            let first = at.date().first_of_month().checked_sub(past.rem_euclid(months).months()).ok()?;
            Some(DateTime::from_parts(first, Time::midnight()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22 22:13:20 UTC.
    const NOW: i64 = 1_795_385_600;

    fn shown(from: i64, until: i64, zone: &str, format: Option<&str>) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let label_width = |text: &str| text.len() as f64 * 8.0 + 10.0;
        let room = Room { width: 300.0, label_width: &label_width, format };
        let times = Times::new(from, until, &zone, &room).unwrap();
        times.labels.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn labels_are_at_round_times_of_the_zone() {
        assert_eq!(shown(NOW - 60, NOW, "UTC", None), "22:12:30 22:12:45 22:13:00 22:13:15");
        assert_eq!(shown(NOW - 3600, NOW, "UTC", None), "21:20 21:30 21:40 21:50 22:00 22:10");
        assert_eq!(shown(NOW - 86_400, NOW, "UTC", None), "11/22 04:00 08:00 12:00 16:00 20:00");
        assert_eq!(shown(NOW - 86_400, NOW, "Asia/Kolkata", None), "04:00 08:00 12:00 16:00 20:00 11/23");
        assert_eq!(shown(NOW - 7 * 86_400, NOW, "UTC", None), "11/17 11/19 11/21");
        assert_eq!(shown(NOW - 365 * 86_400, NOW, "UTC", None), "2026 Mar May Jul Sep Nov");
        assert_eq!(shown(NOW - 40 * 365 * 86_400, NOW, "UTC", None), "1990 2000 2010 2020");
        assert_eq!(shown(NOW - 3600, NOW, "UTC", Some("%d %H:%M")), "22 21:15 22 21:30 22 21:45 22 22:00");
    }

    #[test]
    fn clocks_that_change_leave_out_or_repeat_no_line() {
        // Clocks in Berlin went forward from 02:00 to 03:00 on 2026-03-29, and back from 03:00 to 02:00 on 2026-10-25.
        let forward = 1_774_738_800;
        assert_eq!(
            shown(forward, forward + 5 * 3600, "Europe/Berlin", None),
            "03/29 01:00 03:00 04:00 05:00 06:00"
        );
        let back = 1_792_879_200;
        assert_eq!(shown(back, back + 5 * 3600, "Europe/Berlin", None), "10/25 01:00 02:00 03:00 04:00");
    }

    #[test]
    fn a_wrong_format_is_refused_and_any_range_is_not() {
        let label_width = |text: &str| text.len() as f64 * 8.0;
        for format in ["%", "%!"] {
            let room = Room { width: 300.0, label_width: &label_width, format: Some(format) };
            let error = Times::new(0, 60, &TimeZone::UTC, &room).unwrap_err();
            assert!(error.to_string().starts_with("xFormat: expected a format"), "{error}");
        }
        for (from, until) in
            [(i64::MIN, i64::MAX), (0, 1), (-62_135_596_800, 253_402_300_799), (253_402_300_000, i64::MAX)]
        {
            for width in [0.0, 1.0, 8192.0] {
                let room = Room { width, label_width: &label_width, format: None };
                let times = Times::new(from, until, &TimeZone::UTC, &room).unwrap();
                assert!(times.labels.len() <= LINES_MAX && times.between.len() <= LINES_MAX + 1);
            }
        }
    }
}
