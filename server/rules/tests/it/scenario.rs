//! Single rules over a few points: what comes out, and when.

use std::collections::BTreeMap;

use plumbago_rules::{
    Check, Condition, Core, Event, EventChange, Kind, Next, Options, Outcome, RuleSet, Severity, Status,
    Threshold, Work, World,
};

use crate::live::{Events, apply};
use crate::rules::{changed, event, level, record, set};
use plumbago_rules::MemorySource as Memory;

const START: i64 = 1_700_000_040;

/// A series with one value a slot from `START` on; NaN: none.
fn values(memory: &mut Memory, name: &str, step: i64, values: &[f64]) {
    memory.create(name, step);
    for (at, value) in (0_i64..).zip(values).filter(|(_, value)| !value.is_nan()) {
        memory.insert(name, step, START + at * step, *value);
    }
}

/// Runs rules from `START` for a number of seconds over a store that has all points already; derived points are kept
/// at steps of ten seconds.
fn run(set: &RuleSet, memory: &mut Memory, seconds: i64) -> (Core, Vec<(i64, Outcome)>) {
    let mut core = Core::new(set, [], START * 1000, Options::default()).unwrap();
    let mut outcomes = Vec::new();
    let now_ms = (START + seconds) * 1000;
    while let Next::Step(step) = core.next(now_ms) {
        let outcome = core.run(&step, &World::new(&*memory, START + seconds));
        for point in &outcome.points {
            memory.insert(&point.name, 10, point.timestamp, point.value);
        }
        core.commit(&step);
        match step.work() {
            Work::Begin => {}
            Work::Evaluate { at_secs, .. } | Work::Recompute { at_secs, .. } => {
                outcomes.push((at_secs, outcome))
            }
        }
    }
    (core, outcomes)
}

/// The events of one rule over one series `web.a` at steps of ten seconds; times are slots from `START`.
fn events(rule: plumbago_rules::Rule, points: &[f64]) -> Vec<(i64, Option<i64>, Severity)> {
    let mut memory = Memory::default();
    values(&mut memory, "web.a", 10, points);
    let (_, outcomes) = run(&set(vec![rule]), &mut memory, points.len() as i64 * 10);
    let mut events = Events::new();
    outcomes.iter().for_each(|(_, outcome)| apply(&mut events, &outcome.events));
    let slot = |ms: i64| (ms / 1000 - START) / 10;
    let told = |event: &Event| (slot(event.start_ms), event.end_ms.map(slot), event.severity);
    let mut told: Vec<_> = events.values().map(told).collect();
    told.sort_unstable();
    told
}

const NONE: f64 = f64::NAN;

#[test]
fn a_mashup_of_mashups_is_there_within_one_tick() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a.hits", 10, &[1.0, 2.0, NONE]);
    values(&mut memory, "web.b.hits", 10, &[10.0, 20.0, 30.0]);
    // The reader stands first in the file: order is told by what is read.
    let rules = set(vec![
        record("total", "sumSeries(twice.*)"),
        record("twice.{{ node(1) }}", "scale(web.*.hits, 2)"),
        record("peak", "maxSeries(total)"),
    ]);
    let (core, outcomes) = run(&rules, &mut memory, 30);
    assert_eq!(memory.points("twice.a"), [(START, 2.0), (START + 10, 4.0)]);
    let total = [(START, 22.0), (START + 10, 44.0), (START + 20, 60.0)];
    assert_eq!(memory.points("total"), total);
    assert_eq!(memory.points("peak"), total);
    let per_tick: Vec<i64> =
        outcomes.iter().filter(|(_, o)| !o.points.is_empty()).map(|(at, _)| *at).collect();
    assert!(per_tick.is_sorted(), "{per_tick:?}");
    assert!(core.statuses((START + 30) * 1000).iter().all(|rule| rule.lag_ms == 0 && rule.error.is_none()));
}

#[test]
fn a_rule_with_two_results_of_one_name_stores_nothing() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a.hits", 10, &[1.0]);
    values(&mut memory, "web.b.hits", 10, &[2.0]);
    let (core, _) = run(&set(vec![record("hits", "web.*.hits")]), &mut memory, 10);
    assert_eq!(memory.points("hits"), []);
    let status = &core.statuses(0)[0];
    assert_eq!(status.error.as_ref().unwrap().message, "two results have the name hits; none is stored");
    assert_eq!((status.failures, status.evaluated_until_secs), (1, START + 10));
}

#[test]
fn a_limit_is_on_results_and_an_invalid_name_is_an_error_of_the_rule() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a.hits", 10, &[1.0]);
    values(&mut memory, "web.b.hits", 10, &[2.0]);
    let mut limited = record("x.{{ node(1) }}", "web.*.hits");
    limited.limit = 1;
    let invalid = record("y.{{ series }}", "alias(web.a.hits, 'two words')");
    let failing = record("z", "asPercent(web.a.hits, web.*.hits)");
    let (core, _) = run(&set(vec![limited, invalid, failing]), &mut memory, 10);
    let errors: Vec<String> =
        core.statuses(0).iter().map(|status| status.error.as_ref().unwrap().message.clone()).collect();
    assert!(errors[0].contains("2 results exceed the limit of 1"), "{errors:?}");
    assert!(errors[1].contains("has no valid name") && errors[1].contains("two words"), "{errors:?}");
    assert!(errors[2].starts_with("target 1, column 1: asPercent"), "{errors:?}");
}

#[test]
fn labels_and_kept_tags_become_tags() {
    let mut memory = Memory::default();
    values(&mut memory, "cpu;host=a;zone=eu", 10, &[1.0]);
    let mut rule = record("busy", "seriesByTag('name=cpu')");
    rule.labels.insert("team".to_owned(), "ops-{{ tag('host') }}".to_owned());
    if let Kind::Record(record) = &mut rule.kind {
        record.keep_tags = vec!["zone".to_owned(), "rack".to_owned()];
    }
    run(&set(vec![rule]), &mut memory, 10);
    assert_eq!(memory.points("busy;team=ops-a;zone=eu"), [(START, 1.0)]);
}

#[test]
fn an_interval_takes_only_its_own_slots_and_each_step_its_own_times() {
    let mut memory = Memory::default();
    values(&mut memory, "web.fast", 10, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    values(&mut memory, "web.slow", 60, &[60.0]);
    let rules = set(vec![record("each.{{ node(1) }}", "web.*")]);
    run(&rules, &mut memory, 70);
    assert_eq!(memory.points("each.slow"), [(START, 60.0)]);
    assert_eq!(memory.points("each.fast").len(), 7);
    let mut rules = set(vec![record("some.{{ node(1) }}", "web.*")]);
    rules.groups[0].interval_secs = Some(30);
    run(&rules, &mut memory, 70);
    // 1700000040 is a multiple of 60: T are 30 and 60 s after it.
    assert_eq!(memory.points("some.fast"), [(START + 20, 2.0), (START + 50, 5.0)]);
    assert_eq!(memory.points("some.slow"), [(START, 60.0)]);
}

#[test]
fn a_late_point_computes_records_and_what_reads_them_again_and_fires_nothing() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a", 10, &[1.0, NONE, 3.0, 4.0, 5.0, 6.0]);
    let rules = set(vec![
        record("sum", "movingSum(web.a, 2)"),
        record("more", "scale(sum, 10)"),
        event("high", "web.a", level("> 90", "<= 90")),
    ]);
    let (mut core, _) = run(&rules, &mut memory, 60);
    let now_ms = (START + 60) * 1000;
    memory.insert("web.a", 10, START + 10, 99.0);
    assert_eq!(core.touched("web.a", START + 10, START + 10), 3);
    assert_eq!(core.touched("web.other", START + 10, START + 10), 0);
    let mut seen = Vec::new();
    while let Next::Step(step) = core.next(now_ms) {
        let outcome = core.run(&step, &World::new(&memory, START + 60));
        assert_eq!(outcome.events, []);
        for point in &outcome.points {
            memory.insert(&point.name, 10, point.timestamp, point.value);
            seen.push(point.name.to_string());
        }
        core.commit(&step);
    }
    assert_eq!(memory.points("sum")[1..3], [(START + 10, 100.0), (START + 20, 102.0)]);
    assert_eq!(memory.points("more")[1..3], [(START + 10, 1000.0), (START + 20, 1020.0)]);
    assert_eq!(seen.iter().filter(|name| *name == "more").count(), 3);
    // What is older than an hour stays as it was.
    assert_eq!(core.touched("web.a", START - 7200, START - 7200), 0);
}

#[test]
fn an_event_begins_with_the_first_true_slot_and_ends_with_the_slot_that_clears() {
    let rule =
        |seconds| changed(event("high", "web.a", level("> 90", "< 80")), |event| event.for_secs = seconds);
    let points = [50.0, 95.0, 96.0, 85.0, 99.0, 79.0, 99.0];
    let warning = Severity::Warning;
    assert_eq!(events(rule(0), &points), [(1, Some(5), warning), (6, None, warning)]);
    // Held for ten seconds once the slot ten seconds later is true, too.
    assert_eq!(events(rule(10), &points), [(1, Some(5), warning)]);
    assert_eq!(events(rule(20), &points), []);
}

#[test]
fn null_neither_fires_nor_resolves_nor_starts_anew() {
    let rule = changed(event("high", "web.a", level("> 90", "<= 90")), |event| event.for_secs = 30);
    let points = [95.0, NONE, NONE, 95.0, NONE, NONE, 50.0];
    assert_eq!(events(rule, &points), [(0, Some(6), Severity::Warning)]);
    let low = event("low", "web.a", level("< 5", ">= 5"));
    assert_eq!(events(low, &[10.0, NONE, NONE, 10.0]), []);
}

#[test]
fn levels_are_one_event_that_is_raised_and_lowered() {
    let condition = |text| Condition::parse(text).unwrap();
    let check = Check::Level(Threshold {
        levels: vec![
            (Some(Severity::Warning), condition("> 80")),
            (Some(Severity::Critical), condition("> 90")),
        ],
        clear: vec![condition("<= 70"), condition("<= 85")],
    });
    let points = [85.0, 95.0, 88.0, 85.0, 75.0, 70.0];
    assert_eq!(events(event("high", "web.a", check.clone()), &points[..2]), [(0, None, Severity::Critical)]);
    assert_eq!(events(event("high", "web.a", check.clone()), &points[..3]), [(0, None, Severity::Critical)]);
    assert_eq!(events(event("high", "web.a", check.clone()), &points[..5]), [(0, None, Severity::Warning)]);
    assert_eq!(events(event("high", "web.a", check), &points), [(0, Some(5), Severity::Warning)]);
}

#[test]
fn without_a_condition_being_in_the_answer_is_what_counts() {
    let warning = Severity::Warning;
    let high = |seconds| {
        let rule = event("high", "currentAbove(web.a, 90)", Check::Present);
        changed(rule, |event| event.for_secs = seconds)
    };
    let points = [50.0, 95.0, 96.0, 85.0, 99.0, 50.0];
    assert_eq!(events(high(0), &points), [(1, Some(3), warning), (4, Some(5), warning)]);
    assert_eq!(events(high(10), &points), [(1, Some(3), warning)]);
    // In the answer without a value: unknown, which ends nothing.
    let seen = event("seen", "web.a", Check::Present);
    assert_eq!(events(seen, &[NONE, 1.0, NONE, 2.0]), [(1, None, warning)]);
}

#[test]
fn changes_are_from_one_known_value_to_the_next() {
    let moment = |slot| (slot, Some(slot), Severity::Warning);
    let any = event("version", "web.a", Check::Change { by: None, percent: false });
    assert_eq!(events(any, &[1.0, 1.0, NONE, 2.0, NONE, 2.0, 1.0]), [moment(3), moment(6)]);
    let by = Some(Condition::parse("> 10").unwrap());
    let large = event("jump", "web.a", Check::Change { by, percent: true });
    assert_eq!(events(large, &[100.0, 105.0, 90.0, 110.0]), [moment(2), moment(3)]);
    let down = Check::Change { by: Some(Condition::parse("< -4").unwrap()), percent: false };
    assert_eq!(events(event("drop", "web.a", down), &[10.0, 20.0, 15.0, 12.0]), [moment(2)]);
}

#[test]
fn presence_is_of_what_was_there_once() {
    let points = [1.0, NONE, 1.0, NONE, NONE, NONE, 1.0];
    let warning = Severity::Warning;
    let absent = changed(event("absent", "web.a", Check::Absent), |event| event.for_secs = 20);
    assert_eq!(events(absent, &points), [(3, Some(6), warning)]);
    let vanishes = changed(event("gone", "web.a", Check::Vanishes), |event| event.for_secs = 10);
    assert_eq!(events(vanishes, &points), [(3, Some(6), warning)]);
    let appears = changed(event("back", "web.a", Check::Appears), |event| event.for_secs = 20);
    assert_eq!(events(appears, &points), [(6, Some(6), warning)]);
    // Never seen: nothing is known of it, so nothing is missing.
    assert_eq!(events(event("absent", "web.a", Check::Absent), &[NONE, NONE, NONE]), []);
    let new = event("new", "web.a", Check::Appears);
    assert_eq!(events(new, &[NONE, NONE, 1.0]), [(2, Some(2), warning)]);
}

#[test]
fn what_vanished_is_forgotten_after_a_day() {
    let mut points = vec![NONE; 2 + 8640 + 2];
    points[0] = 1.0;
    let vanishes = changed(event("gone", "web.a", Check::Vanishes), |event| event.for_secs = 10);
    assert_eq!(events(vanishes, &points), [(1, Some(1 + 8640), Severity::Warning)]);
}

#[test]
fn by_makes_the_series_of_a_host_one() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a.x", 10, &[95.0, 50.0, NONE, 50.0]);
    values(&mut memory, "web.a.y", 10, &[50.0, 95.0, 50.0, 50.0]);
    let rule = changed(event("{{ node(1) }} is busy", "web.*.*", level("> 90", "<= 90")), |event| {
        event.by = Some("{{ node(1) }}".to_owned());
    });
    let (_, outcomes) = run(&set(vec![rule]), &mut memory, 40);
    let changes: Vec<_> =
        outcomes.iter().flat_map(|(at, outcome)| outcome.events.iter().map(|c| (*at, c))).collect();
    let [(first, EventChange::Store(event)), (last, EventChange::Close { end_ms, .. })] = changes[..] else {
        panic!("{changes:?}");
    };
    assert_eq!((event.title.as_str(), event.series.as_deref()), ("a is busy", Some("web.a.x")));
    assert_eq!((event.text.as_str(), event.value), ("web.a.x is 95", Some(95.0)));
    assert_eq!(
        (event.status, event.rule.as_deref()),
        (Status::Open, Some("rules.yaml/g/{{ node(1) }} is busy"))
    );
    // One of the two is unknown in the third slot: that clears nothing.
    assert_eq!((first, last, *end_ms), (START + 10, START + 40, (START + 30) * 1000));
}

#[test]
fn a_rule_that_is_gone_ends_its_events_and_leaves_no_rows() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a", 10, &[95.0]);
    let rules = set(vec![event("high", "web.a", level("> 90", "<= 90"))]);
    let mut rows = std::collections::BTreeMap::new();
    let mut first = Core::new(&rules, [], START * 1000, Options::default()).unwrap();
    while let Next::Step(step) = first.next((START + 10) * 1000) {
        let outcome = first.run(&step, &World::new(&memory, START + 10));
        first.commit(&step);
        rows.extend(outcome.rows.into_iter().filter_map(|(key, value)| Some((key, value?))));
    }
    assert_eq!(rows.len(), 2);
    let saved = || rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    let mut second =
        Core::new(&RuleSet::default(), saved(), (START + 50) * 1000, Options::default()).unwrap();
    let Next::Step(step) = second.next(0) else { panic!("nothing to begin with") };
    let outcome = second.run(&step, &World::new(&memory, START + 50));
    let [EventChange::Close { end_ms, .. }] = &outcome.events[..] else { panic!("{:?}", outcome.events) };
    assert_eq!(*end_ms, (START + 10) * 1000);
    assert!(outcome.rows.iter().all(|(key, value)| value.is_none() && rows.contains_key(key)));
    assert_eq!(outcome.rows.len(), rows.len());
    second.commit(&step);
    assert_eq!(second.next(i64::MAX), Next::At(i64::MAX));
}

#[test]
fn a_rule_waits_for_the_delay_of_what_it_reads() {
    let mut rules = set(vec![record("a", "web.a"), record("b", "scale(a, 2)")]);
    rules.groups[0].rules[0].delay_ms = Some(5000);
    let core = Core::new(&rules, [], START * 1000, Options::default()).unwrap();
    assert_eq!(core.statuses(0).iter().map(|status| status.delay_ms).collect::<Vec<_>>(), [5000, 5000]);
}

#[test]
fn delays_are_learned_and_kept() {
    let mut rules = set(vec![record("a", "web.*")]);
    rules.groups[0].delay_ms = None;
    let mut memory = Memory::default();
    let feed = |core: &mut Core| {
        for slot in 0..100 {
            // In the middle of a slot that ends seven seconds later.
            let at = START + slot * 10 + 3;
            core.arrived("web.a", at, (at + 7) * 1000 + 750);
            core.arrived("other.a", at, (at + 7) * 1000 + 50_000);
        }
        core.statuses(0)[0].delay_ms
    };
    let (mut core, _) = run(&rules, &mut memory, 30);
    assert_eq!(feed(&mut core), 10_000, "without a step, nobody knows when a slot ends");
    values(&mut memory, "web.a", 10, &[1.0]);
    let (mut core, _) = run(&rules, &mut memory, 30);
    assert_eq!(feed(&mut core), 800);
    let Next::Step(step) = core.next((START + 60) * 1000) else { panic!("nothing to do") };
    let rows = core.run(&step, &World::new(&memory, START)).rows;
    let rows: Vec<_> = rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let saved = rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    let again = Core::new(&rules, saved, START * 1000, Options::default()).unwrap();
    assert_eq!(again.statuses(0)[0].delay_ms, 800);
}

/// What is kept for the next start.
type Rows = BTreeMap<String, Vec<u8>>;

/// The points that a core makes when it goes on from these rows, and the rows at its end.
fn resumed(set: &RuleSet, rows: &Rows, memory: &Memory) -> (Vec<(i64, f64)>, Rows) {
    let mut kept = rows.clone();
    let saved = rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
    let mut core = Core::new(set, saved, (START + 30) * 1000, Options::default()).unwrap();
    let mut points = Vec::new();
    while let Next::Step(step) = core.next((START + 40) * 1000) {
        let outcome = core.run(&step, &World::new(memory, START + 40));
        core.commit(&step);
        points.extend(outcome.points.iter().map(|point| (point.timestamp - START, point.value)));
        keep(&mut kept, outcome);
    }
    let Next::At(next_ms) = core.next(0) else { panic!("all was done") };
    let Next::Step(step) = core.next(next_ms) else { panic!("that is when it is due") };
    keep(&mut kept, core.run(&step, &World::new(memory, START + 50)));
    (points, kept)
}

fn keep(rows: &mut Rows, outcome: Outcome) {
    for (key, value) in outcome.rows {
        match value {
            Some(value) => _ = rows.insert(key, value),
            None => _ = rows.remove(&key),
        }
    }
}

#[test]
fn a_restart_goes_on_with_late_points() {
    let mut memory = Memory::default();
    values(&mut memory, "web.a", 10, &[1.0, NONE, 3.0, 4.0]);
    let rules = set(vec![record("total", "sumSeries(web.*)")]);
    let (mut core, outcomes) = run(&rules, &mut memory, 30);
    let mut rows = Rows::new();
    outcomes.into_iter().for_each(|(_, outcome)| keep(&mut rows, outcome));
    memory.insert("web.a", 10, START + 10, 2.0);

    assert_eq!(resumed(&rules, &rows, &memory).0, [(30, 4.0)], "nobody knows of the late point");

    assert!(core.touched("web.a", START + 10, START + 10) > 0);
    let Next::Step(step) = core.next((START + 30) * 1000) else { panic!("there is a late point") };
    assert!(matches!(step.work(), Work::Recompute { .. }));
    // The process dies before the points are stored, but not before the rows of this moment were.
    keep(&mut rows, core.run(&step, &World::new(&memory, START + 30)));
    assert!(rows.keys().any(|key| key.contains("late")), "{rows:?}");
    let (points, kept) = resumed(&rules, &rows, &memory);
    assert_eq!(points[..2], [(30, 4.0), (10, 2.0)]);
    assert!(kept.keys().all(|key| !key.contains("late")), "{kept:?}");
}

#[test]
fn an_event_is_cut_to_the_limits_of_events() {
    let rule = event("e{{ series }}", "web.*", level("> 0", "<= 0"));
    let rule = changed(rule, |event| event.tags = vec!["t".repeat(300); 80]);
    let mut memory = Memory::default();
    values(&mut memory, &format!("web.{}", "a".repeat(2000)), 10, &[1.0]);
    let (_, outcomes) = run(&set(vec![rule]), &mut memory, 10);
    let told: Vec<_> = outcomes.iter().flat_map(|(_, outcome)| &outcome.events).collect();
    let [EventChange::Store(event)] = told[..] else { panic!("{told:?}") };
    let longest = event.tags.iter().map(String::len).max();
    assert_eq!((event.title.len(), event.tags.len(), longest), (1024, 64, Some(256)));
}
