//! Nights in which clocks are set, ends of months, leap days.

use super::*;
use crate::config::{NoSecrets, load};

/// Intervals from what stands under `time_intervals` for one of them.
fn intervals(yaml: &str) -> Result<TimeIntervals, String> {
    let text = format!(
        "route: {{receiver: a}}\nreceivers: [{{name: a}}]\ntime_intervals: [{{name: t, time_intervals: [{yaml}]}}]\n"
    );
    let (alerting, _) = load("a.yml", &text, &NoSecrets)
        .map_err(|errors| errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; "))?;
    Ok(alerting.time_intervals["t"].clone())
}

/// Whether each moment is in the interval.
fn check(yaml: &str, moments: &[(&str, bool)]) {
    let intervals = intervals(yaml).expect(yaml);
    for (moment, expected) in moments {
        let at: Timestamp = moment.parse().expect("a moment");
        assert_eq!(intervals.contain(at.as_millisecond()), *expected, "{moment} in {yaml}");
    }
}

#[test]
fn parts_must_all_hold() {
    check(
        "{times: [{start_time: '09:00', end_time: '17:00'}], weekdays: ['monday:friday'], months: ['march'], years: ['2026:2027']}",
        &[
            ("2026-03-02T09:00:00Z", true),
            ("2026-03-02T16:59:59.999Z", true),
            ("2026-03-02T17:00:00Z", false),
            ("2026-03-02T08:59:59Z", false),
            ("2026-03-01T12:00:00Z", false),
            ("2026-04-01T12:00:00Z", false),
            ("2027-03-01T12:00:00Z", true),
            ("2028-03-01T12:00:00Z", false),
        ],
    );
    check("{}", &[("1970-01-01T00:00:00Z", true), ("2100-02-28T23:59:59Z", true)]);
    check(
        "{weekdays: ['saturday', sunday]}",
        &[("2026-11-21T00:00:00Z", true), ("2026-11-22T23:59:59Z", true), ("2026-11-23T00:00:00Z", false)],
    );
    check(
        "{times: [{start_time: 22:00, end_time: 24:00}]}",
        &[("2026-11-21T23:59:59Z", true), ("2026-11-22T00:00:00Z", false)],
    );
}

#[test]
fn the_night_in_which_an_hour_is_left_out() {
    // Berlin, 2026-03-29: after 01:59:59 +01 comes 03:00:00 +02.
    check(
        "{times: [{start_time: '02:00', end_time: '03:00'}], location: Europe/Berlin}",
        &[
            ("2026-03-28T01:30:00Z", true),
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", false),
            ("2026-03-29T01:30:00Z", false),
            ("2026-03-30T00:30:00Z", true),
        ],
    );
    check(
        "{times: [{start_time: '01:30', end_time: '03:30'}], location: Europe/Berlin}",
        &[
            ("2026-03-29T00:29:59Z", false),
            ("2026-03-29T00:30:00Z", true),
            ("2026-03-29T01:29:59Z", true),
            ("2026-03-29T01:30:00Z", false),
        ],
    );
}

#[test]
fn the_night_in_which_an_hour_comes_twice() {
    // New York, 2026-11-01: after 01:59:59 -04 comes 01:00:00 -05.
    check(
        "{times: [{start_time: '01:00', end_time: '02:00'}], location: America/New_York}",
        &[
            ("2026-11-01T04:59:59Z", false),
            ("2026-11-01T05:00:00Z", true),
            ("2026-11-01T05:59:59Z", true),
            ("2026-11-01T06:00:00Z", true),
            ("2026-11-01T06:59:59Z", true),
            ("2026-11-01T07:00:00Z", false),
            ("2026-11-02T05:30:00Z", false),
            ("2026-11-02T06:30:00Z", true),
        ],
    );
    // A whole weekend, local midnights included, though it has 49 hours.
    check(
        "{weekdays: [saturday, sunday], location: America/New_York}",
        &[
            ("2026-10-31T03:59:59Z", false),
            ("2026-10-31T04:00:00Z", true),
            ("2026-11-02T04:59:59Z", true),
            ("2026-11-02T05:00:00Z", false),
        ],
    );
}

#[test]
fn days_counted_from_the_end_of_a_month() {
    check(
        "{days_of_month: ['-1']}",
        &[
            ("2026-01-31T12:00:00Z", true),
            ("2026-01-30T12:00:00Z", false),
            ("2026-04-30T12:00:00Z", true),
            ("2026-02-28T12:00:00Z", true),
            ("2028-02-28T12:00:00Z", false),
            ("2028-02-29T12:00:00Z", true),
            ("2100-02-28T12:00:00Z", true),
        ],
    );
    check(
        "{days_of_month: ['29:31']}",
        &[("2026-02-28T00:00:00Z", false), ("2028-02-29T00:00:00Z", true), ("2026-06-30T00:00:00Z", true)],
    );
    check(
        "{days_of_month: ['-31:-28', '5']}",
        &[
            ("2026-02-01T00:00:00Z", true),
            ("2026-02-02T00:00:00Z", false),
            ("2026-02-05T00:00:00Z", true),
            ("2026-03-04T00:00:00Z", true),
            ("2026-03-06T00:00:00Z", false),
        ],
    );
    check(
        "{days_of_month: ['28:-1'], location: Asia/Tokyo}",
        &[("2026-01-27T14:59:59Z", false), ("2026-01-27T15:00:00Z", true), ("2026-01-31T15:00:00Z", false)],
    );
}

#[test]
fn the_leap_day() {
    check(
        "{days_of_month: [29], months: [february]}",
        &[
            ("2028-02-28T23:59:59.999Z", false),
            ("2028-02-29T00:00:00Z", true),
            ("2028-02-29T23:59:59.999Z", true),
            ("2028-03-01T00:00:00Z", false),
            ("2027-03-01T00:00:00Z", false),
        ],
    );
}

#[test]
fn what_is_no_interval_is_refused() {
    for (yaml, expected) in [
        ("{days_of_month: [0]}", "a day of a month is from 1 to 31, or from -1 to -31 from its end"),
        ("{days_of_month: ['5:3']}", "\"5:3\" ends before it begins"),
        ("{days_of_month: ['-3:5']}", "\"-3:5\" ends before it begins"),
        ("{days_of_month: ['1:32']}", "a day of a month is from 1 to 31, or from -1 to -31 from its end"),
        ("{weekdays: [mondy]}", "\"mondy\" is no weekday: did you mean \"monday\"?"),
        ("{weekdays: ['friday:monday']}", "\"friday:monday\" ends before it begins"),
        ("{months: ['13']}", "\"13\" is no month"),
        ("{times: [{start_time: '17:00', end_time: '09:00'}]}", "a time interval ends after it begins"),
        (
            "{times: [{start_time: '9', end_time: '10:00'}]}",
            "start_time is a time such as 09:30, up to 24:00",
        ),
        ("{location: Europe/Berln}", "there is no time zone \"Europe/Berln\""),
        ("{location: Local}", "name the time zone: which one the machine has is not looked at"),
        ("{weekday: [monday]}", "unknown key \"weekday\" of a time interval: did you mean \"weekdays\"?"),
    ] {
        assert_eq!(intervals(yaml).map(|_| ()), Err(expected.to_owned()), "{yaml}");
    }
}
