//! Lists as carbon and whisper read them, and every rule they can break.

use super::*;

fn pairs(list: &str) -> Vec<(u32, u32)> {
    let list = parse(list).unwrap_or_else(|error| panic!("{list}: {error}"));
    list.archives.iter().map(|archive| (archive.step_secs, points_of(*archive))).collect()
}

fn messages(list: &str) -> Vec<String> {
    parse(list).expect(list).remarks.into_iter().map(|remark| remark.message).collect()
}

#[test]
fn lists_are_read() {
    for (list, expected) in [
        ("10s:1d, 1m:30d", vec![(10, 8_640), (60, 43_200)]),
        ("10s:6h,60s:7d,10m:1y", vec![(10, 2_160), (60, 10_080), (600, 52_560)]),
        ("60:1440", vec![(60, 1_440)]),
        ("60:1d", vec![(60, 1_440)]),
        ("60s:1440", vec![(60, 1_440)]),
        ("1h:2y,1s:3h", vec![(1, 10_800), (3_600, 17_520)]),
        ("1m:1w", vec![(60, 10_080)]),
        ("10sec:5minutes", vec![(10, 30)]),
        ("1min:2hours,1hour:3days,1day:1year", vec![(60, 120), (3_600, 72), (86_400, 365)]),
        ("10s:25s", vec![(10, 2)]),
        ("1s:2,\n2s:2", vec![(1, 2), (2, 2)]),
        ("1:4294967295", vec![(1, u32::MAX)]),
    ] {
        assert_eq!(pairs(list), expected, "{list}");
    }
}

#[test]
fn the_retention_is_a_multiple_of_the_step() {
    let list = parse("7s:1d").expect("a valid list");
    assert_eq!(list.archives, [Archive { step_secs: 7, retention_secs: 86_394 }]);
}

#[test]
fn broken_rules_are_named() {
    let text = str::to_owned;
    for (list, expected) in [
        ("", RetentionError::Empty),
        (" , ", RetentionError::Empty),
        ("10s", RetentionError::NoColon(text("10s"))),
        ("10s:", RetentionError::NotATime(text(""))),
        (":1d", RetentionError::NotATime(text(""))),
        ("10s:1d:2d", RetentionError::NotATime(text("1d:2d"))),
        ("ten:1d", RetentionError::NotATime(text("ten"))),
        ("-10s:1d", RetentionError::NotATime(text("-10s"))),
        ("1.5s:1d", RetentionError::NotATime(text("1.5s"))),
        ("10S:1d", RetentionError::NotATime(text("10S"))),
        ("10s:1month", RetentionError::NotATime(text("1month"))),
        ("10 s:1d", RetentionError::NotATime(text("10 s"))),
        ("10s:1d # note", RetentionError::NotATime(text("1d # note"))),
        ("0s:1d", RetentionError::ZeroPrecision(text("0s:1d"))),
        ("10s:0", RetentionError::NoPoints(text("10s:0"))),
        ("10s:9s", RetentionError::NoPoints(text("10s:9s"))),
        ("99999999999999999999s:1d", RetentionError::TooLong(text("99999999999999999999s"))),
        ("1s:9999999999999y", RetentionError::TooLong(text("1s:9999999999999y"))),
        ("10s:200y", RetentionError::TooLong(text("10s:200y"))),
        ("10:500000000", RetentionError::TooLong(text("10:500000000"))),
        ("1m:1d,60s:2d", RetentionError::SamePrecision(60)),
        ("10s:1d,25s:2d", RetentionError::NotDividing(10, 25)),
        ("10s:1d,1m:1d", RetentionError::NotGrowing(86_400, 86_400)),
        ("10s:2d,1m:1d", RetentionError::NotGrowing(172_800, 86_400)),
        ("1s:30s,1m:1d", RetentionError::TooFewPoints { step_secs: 1, points: 30, needed: 60 }),
    ] {
        assert_eq!(parse(list), Err(expected), "{list}");
    }
}

#[test]
fn at_most_sixteen_archives() {
    let list = |count: u32| (0..count).map(|n| format!("{}:{}", 1_u32 << n, 4)).collect::<Vec<_>>().join(",");
    assert_eq!(pairs(&list(16)).len(), 16);
    assert_eq!(parse(&list(17)), Err(RetentionError::TooMany));
}

#[test]
fn other_readings_are_remarked() {
    assert_eq!(messages("10s:6h,60:1440,1h:1y"), [""; 0]);
    assert_eq!(messages("60s:1440"), ["`60s:1440` keeps 1440 points"]);
    assert_eq!(messages("60s: 1d"), ["white space around the colon of `60s: 1d` is left out"]);
    assert_eq!(messages("60s:1d,"), ["an empty item in the retentions is left out"]);
}

#[test]
fn errors_are_sentences() {
    for (list, expected) in [
        ("10s", "`10s` is no precision:length"),
        ("10s:1d,25s:2d", "10 s does not divide 25 s"),
        ("1s:30s,1m:1d", "the archive of 1 s has 30 points, but one coarser point takes 60"),
        ("10s:x", "`x` is not a number, alone or with one of the units s, m, h, d, w and y"),
    ] {
        assert_eq!(parse(list).expect_err(list).to_string(), expected);
    }
}
