//! Golden plots and tables: what a user sees, kept as plain text under `golden/`.
//!
//! To accept a changed picture, look at it and copy the text that the failing test prints into its file.

use super::*;

static UTC: TimeZone = TimeZone::UTC;

/// 15 March 2026, 10:00 UTC.
const START: i64 = 1_773_568_800;

fn wave(count: usize, period: f64, amplitude: f64, middle: f64) -> Vec<f64> {
    (0..count)
        .map(|index| middle + amplitude * (index as f64 / period * std::f64::consts::TAU).sin())
        .collect()
}

fn series<'a>(name: &'a str, values: &'a [f64]) -> PlotSeries<'a> {
    PlotSeries { name, start: START, step: 10, values }
}

fn options(zone: &TimeZone) -> PlotOptions<'_> {
    PlotOptions { width: 72, height: 10, zone, color: false }
}

#[track_caller]
fn assert_golden(actual: &str, expected: &str) {
    assert_eq!(actual, expected, "\n--- this was drawn:\n{actual}--- this was expected:\n{expected}");
}

#[test]
fn one_series_with_a_gap() {
    let mut values = wave(90, 45.0, 500.0, 700.0);
    values[40..48].fill(f64::NAN);
    values[44] = 900.0;
    let text = plot(&[series("hosts.web1.cpu.total.used", &values)], &options(&UTC));
    assert_golden(&text, include_str!("golden/one_series_with_a_gap.txt"));
}

#[test]
fn several_series_without_colours_have_their_own_characters() {
    let (first, second) = (wave(90, 45.0, 2.0, 2.0), wave(90, 30.0, 1.0, -1.0));
    let zone = TimeZone::get("Europe/Berlin").expect("a zone of the bundled database");
    let text = plot(&[series("a.b", &first), series("c.d", &second)], &options(&zone));
    assert_golden(&text, include_str!("golden/several_series.txt"));
}

#[test]
fn a_table_of_different_steps() {
    let (fine, coarse) = ([1.0, 2.5, f64::NAN, 1e20, 5.0, -6.0], [0.1, 0.2]);
    let coarse = PlotSeries { name: "slow", start: START, step: 30, values: &coarse };
    assert_golden(&table(&[series("fast", &fine), coarse], &UTC), include_str!("golden/table.txt"));
}

#[test]
fn long_names_head_a_table_by_number() {
    let values = [1.0];
    let name = "sumSeries(hosts.*.network.*.rx_bytes_per_second)";
    let text = table(&[series(name, &values), series("b", &values)], &UTC);
    assert_golden(&text, include_str!("golden/table_with_long_names.txt"));
}

#[test]
fn colours_tell_series_apart_and_are_always_switched_off() {
    let (first, second) = (wave(30, 15.0, 1.0, 1.0), wave(30, 10.0, 1.0, 5.0));
    let options = PlotOptions { color: true, ..options(&UTC) };
    let text = plot(&[series("a", &first), series("b", &second)], &options);
    assert!(text.contains("\x1b[36m──\x1b[0m a") && text.contains("\x1b[33m──\x1b[0m b"));
    for line in text.lines().filter(|line| line.contains('\x1b')) {
        let last = line.rfind("\x1b[").expect("a colour");
        assert!(line[last..].starts_with("\x1b[0m"), "the colour leaks out of {line:?}");
    }
}

#[test]
fn no_line_is_wider_than_asked() {
    let values = wave(500, 45.0, 1e9, 1e9);
    let name = "n".repeat(300);
    for width in [45, 60, 80, 200] {
        let options = PlotOptions { width, ..options(&UTC) };
        // The range of time has its own width, and is the only line that has.
        for line in plot(&[series(&name, &values)], &options).lines().filter(|line| !line.contains(" to ")) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn a_lone_value_between_gaps_is_seen() {
    let values = [f64::NAN, 3.0, f64::NAN];
    let text = plot(&[series("a", &values)], &options(&UTC));
    let dots = text.chars().filter(|character| ('\u{2801}'..='\u{28ff}').contains(character)).count();
    assert_eq!(dots, 1, "{text}");
}

#[test]
fn nothing_to_show_is_said_plainly() {
    assert_eq!(plot(&[], &options(&UTC)), "No series match.\n");
    assert_eq!(table(&[], &UTC), "No series match.\n");
    let values = [f64::NAN, f64::INFINITY];
    let text = plot(&[series("a", &values)], &options(&UTC));
    assert_eq!(text, "No values in this range of time.\n── a (no values)\n");
}

#[test]
fn hostile_input_neither_panics_nor_disturbs_the_terminal() {
    let absurd = [f64::MAX, f64::MIN, 5e-324, 0.0, f64::NAN, f64::INFINITY];
    let all = [
        PlotSeries { name: "\x1b]0;x\x07", start: i64::MAX, step: i64::MAX, values: &absurd },
        PlotSeries { name: "b", start: i64::MIN, step: -1, values: &absurd },
        PlotSeries { name: "", start: 0, step: 0, values: &[] },
    ];
    for (width, height) in [(0, 0), (1, 1), (80, 24), (usize::MAX, usize::MAX)] {
        let text = plot(&all, &PlotOptions { width, height, ..options(&UTC) });
        assert!(!text.contains('\x1b') && !text.contains('\x07'));
    }
    assert!(!table(&all, &UTC).contains('\x1b'));
}
