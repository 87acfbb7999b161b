//! Times against what graphite-web answers.

use proptest::prelude::*;

use super::*;

/// Friday, 2024-03-15, 12:00 UTC.
const NOW: i64 = 1_710_504_000;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
const MIDNIGHT: i64 = NOW - 12 * HOUR;

fn parsed(text: &str, now: i64, zone: &str) -> Result<i64, String> {
    parse(text, now, &time_zone(zone).expect("a known zone")).map_err(|error| error.to_string())
}

#[test]
fn references_and_offsets_in_utc() {
    for (text, seconds) in [
        ("", NOW),
        (" ", NOW),
        ("now", NOW),
        ("-1d", NOW - DAY),
        ("-1d2h", NOW - 26 * HOUR),
        ("-3600seconds", NOW - HOUR),
        ("-1year", NOW - 365 * DAY),
        ("+1h", NOW + HOUR),
        ("now -6h", NOW - 6 * HOUR),
        ("now_-_6h", NOW - 6 * HOUR),
        ("NOW-6H", NOW - 6 * HOUR),
        ("today", MIDNIGHT),
        ("yesterday", MIDNIGHT - DAY),
        ("tomorrow", MIDNIGHT + DAY),
        ("midnight", MIDNIGHT),
        ("noon", NOW),
        ("teatime", MIDNIGHT + 16 * HOUR),
        ("noon yesterday", NOW - DAY),
        ("midnight_yesterday", MIDNIGHT - DAY),
        ("yesterday-2h", MIDNIGHT - 26 * HOUR),
        ("6pm", MIDNIGHT + 18 * HOUR),
        ("6pm_today", MIDNIGHT + 18 * HOUR),
        ("11am", MIDNIGHT + 11 * HOUR),
        ("12am", NOW),
        ("12pm", MIDNIGHT),
        ("11:45am", MIDNIGHT + 11 * HOUR + 2700),
        ("1:15pm yesterday", MIDNIGHT - DAY + 13 * HOUR + 900),
        ("7:5", MIDNIGHT + 7 * HOUR + 300),
        ("8am monday", MIDNIGHT - 4 * DAY + 8 * HOUR),
        ("thursday", MIDNIGHT - DAY),
        ("fri", MIDNIGHT),
        ("sunday", MIDNIGHT - 5 * DAY),
        ("Sat", MIDNIGHT - 6 * DAY),
        ("mar1", MIDNIGHT - 14 * DAY),
        ("march_10", MIDNIGHT - 5 * DAY),
        ("january 5", 1_704_412_800),
        ("dec 31", 1_735_603_200),
        ("10:00 mar 14", MIDNIGHT - DAY + 10 * HOUR),
        ("3/14/24", MIDNIGHT - DAY),
        ("03/14/99", 921_369_600),
        ("12:00_03/14/2024", NOW - DAY),
        ("20240314", MIDNIGHT - DAY),
        ("noon_20240314", NOW - DAY),
        ("20240314-6h", MIDNIGHT - 30 * HOUR),
        ("4am tomorrow-2d", MIDNIGHT - DAY + 4 * HOUR),
        ("1710460000", 1_710_460_000),
        ("2024031", 2_024_031),
        ("202403141", 202_403_141),
        ("20241314", 20_241_314),
        ("18991231", 18_991_231),
        ("19000101", 19_000_101),
        ("0", 0),
        ("-100y", NOW - 36_500 * DAY),
    ] {
        assert_eq!(parsed(text, NOW, "UTC"), Ok(seconds), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "-1m",
        "--1h",
        "-1h-1h",
        "-1.5h",
        "-1",
        "24:00",
        "10:60",
        "25am",
        "february",
        "feb30",
        "mar 14 noon",
        "20240230",
        "20240314_12:30",
        "20240314noon",
        "bogus",
        "yesterdayy",
        "-1fortnight",
        "now-bogus",
        "-1d+2h",
        "2024-03-14T12:00:00Z",
        "1710460000000",
        "13/01/24",
        "1/2/99999",
        "//",
        "+/1/2",
        "7:",
        "x:10",
        "ам",
        "m\u{e4}r1",
        "-99999999999999999999s",
        "-9999y",
        "+9999y",
        "99999999999999999999999",
    ] {
        assert!(parsed(text, NOW, "UTC").is_err(), "{text}");
    }
    assert_eq!(
        parsed("now-5m", NOW, "UTC").unwrap_err(),
        "the time's offset \"-5m\" is wrong: expected a unit (s, min, h, d, w, mon, y), found \"m\""
    );
    assert_eq!(
        parsed("bogus", NOW, "UTC").unwrap_err(),
        "the time is wrong: expected a day such as today, monday, mar 14, 03/14/24 or 20240314, found \"bogus\""
    );
}

#[test]
fn zones_move_wall_clocks_only() {
    for (text, zone, seconds) in [
        ("-6h", "America/New_York", NOW - 6 * HOUR),
        ("midnight", "America/New_York", MIDNIGHT + 4 * HOUR),
        ("today", "Asia/Kolkata", 1_710_441_000),
        ("20240314", "Europe/Berlin", MIDNIGHT - DAY - HOUR),
        ("monday", "Australia/Lord_Howe", 1_710_075_600),
        ("1710460000", "Asia/Kolkata", 1_710_460_000),
    ] {
        assert_eq!(parsed(text, NOW, zone), Ok(seconds), "{text} {zone}");
    }
}

#[test]
fn clocks_that_change() {
    // 2023-10-29: Berlin's clocks go back at 01:00 UTC, so that 02:30 comes twice.
    let now = 1_698_570_000;
    assert_eq!(parsed("midnight", now, "Europe/Berlin"), Ok(1_698_530_400));
    assert_eq!(parsed("noon", now, "Europe/Berlin"), Ok(1_698_577_200));
    assert_eq!(parsed("2:30", now, "Europe/Berlin"), Ok(1_698_543_000));
    assert_eq!(parsed("midnight-1d", now, "Europe/Berlin"), Ok(1_698_530_400 - DAY));
    // 2024-03-10: New York's clocks skip from 02:00 to 03:00.
    let now = 1_710_108_000;
    assert_eq!(parsed("2am", now, "America/New_York"), parsed("3am", now, "America/New_York"));
    assert_eq!(parsed("2:30", now, "America/New_York"), Ok(1_710_055_800));
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "([-+0-9:/]|am|pm|noon|today|mon|jan|min|h|y|[a-z ö]){0,8}", now in -1_000_000_000_000..1_000_000_000_000i64) {
        for zone in ["UTC", "America/New_York"] {
            if let Ok(seconds) = parsed(&text, now, zone) {
                prop_assert!(text.trim().is_empty() || (TIME_SECONDS_MIN..=TIMESTAMP_SECONDS_MAX).contains(&seconds));
            }
        }
    }
}
