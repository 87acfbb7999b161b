//! Differences between two sets over a small history.

use std::ops::ControlFlow;

use plumbago_protocol::{Aggregation, limits};

use super::{Difference, Made};
use crate::backtest::check_made;
use crate::{Backtest, DerivedClass, MemorySource, NoEvents, RuleSet, load};

const START: i64 = 1_577_836_800;

fn rules(text: &str) -> RuleSet {
    load(&[("a.yaml", text)]).expect("rules").0
}

fn difference(old: &str, new: &str) -> Difference {
    let mut store = MemorySource::default();
    for slot in 0..60 {
        store.insert("web.a.hits", 10, START + slot * 10, (slot % 10) as f64);
    }
    let class_of =
        |_: &str| DerivedClass { step_secs: 10, aggregation: Aggregation::Average, x_files_factor: 0.0 };
    let backtest = Backtest {
        source: &store,
        from_secs: START,
        until_secs: START + 600,
        now_secs: START + 600,
        external_url: "",
        events: &NoEvents,
        class_of: &class_of,
    };
    let continue_always = &mut |_, _, _: &[_]| ControlFlow::Continue(());
    backtest.difference(&rules(old), &rules(new), continue_always).expect("a run").expect("to its end")
}

#[test]
fn the_same_rules_make_the_same() {
    let text = "groups: [{name: g, rules: [{record: all, expr: web.a.hits}, {event: e, expr: web.a.hits, when: '> 8'}]}]";
    let difference = difference(text, text);
    assert!(difference.is_none());
    assert_eq!((difference.points.same, difference.events.same), (60, 6));
}

#[test]
fn points_are_added_removed_and_changed() {
    let old = "groups: [{name: g, rules: [{record: all, expr: web.a.hits}, {record: b, expr: web.a.hits}]}]";
    let new = "groups: [{name: g, rules: [{record: all, expr: 'scale(web.a.hits, 2)'}, {record: c, expr: web.a.hits}]}]";
    let points = difference(old, new).points;
    // Twice nothing is nothing.
    assert_eq!((points.same, points.added, points.removed, points.changed), (6, 60, 60, 54));
    assert_eq!(points.examples.len(), 30);
    let first = points.examples.first().expect("examples");
    assert_eq!(
        (first.series.as_str(), first.slot_secs, first.old, first.new),
        ("all", START + 10, Some(1.0), Some(2.0))
    );
}

#[test]
fn events_are_told_apart_by_what_they_say() {
    let rule = |when: &str, text: &str| {
        format!(
            "groups: [{{name: g, rules: [{{event: e, expr: web.a.hits, when: '{when}', text: '{text}'}}]}}]"
        )
    };
    let events = difference(&rule("> 8", "a"), &rule("> 8", "b")).events;
    assert_eq!((events.same, events.added, events.removed, events.changed), (0, 0, 0, 6));
    let events = difference(&rule("> 8", "a"), &rule("> 7", "a")).events;
    assert_eq!((events.same, events.added, events.removed, events.changed), (0, 6, 6, 0));
}

#[test]
fn alarms_are_told_apart_by_their_beginning() {
    let rule = |when: &str, keep: &str| {
        format!(
            "groups: [{{name: g, rules: [{{alert: A, expr: web.a.hits, when: '{when}', keep_firing_for: {keep}}}]}}]"
        )
    };
    let between = |old: &str, new: &str| difference(old, new);
    let same = between(&rule("> 8", "0"), &rule("> 8", "0"));
    assert_eq!(
        (same.alarms.same, same.events.same, same.is_none()),
        (3, 0, true),
        "the third one is of its flapping"
    );
    let longer = between(&rule("> 8", "0"), &rule("> 8", "20s")).alarms;
    assert_eq!((longer.same, longer.changed), (1, 2));
    let earlier = between(&rule("> 8", "0"), &rule("> 6", "0")).alarms;
    assert!(earlier.added > 0 && earlier.removed > 0, "{earlier:?}");
}

#[test]
fn more_than_can_be_kept_is_refused() {
    let mut made = Made { point_count: limits::RULE_DIFFERENCE_POINTS_MAX, ..Made::default() };
    made.check().unwrap();
    made.point_count += 1;
    assert!(made.check().unwrap_err().message.contains("10000000 points"));
    check_made(limits::RULE_HISTORY_EVENTS_MAX as u64).unwrap();
    let refused = check_made(limits::RULE_HISTORY_EVENTS_MAX as u64 + 1).unwrap_err();
    assert!(refused.message.contains("500000 events and alarms"), "{}", refused.message);
}
