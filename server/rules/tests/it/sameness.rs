//! One rule set over one span, live, restarted and killed, and as a backtest: the same points, events and alarms, byte for
//! byte.
//!
//! `PLUMBAGO_RULES_SEED=7` repeats one run; `PLUMBAGO_RULES_RUNS=20000` asks for more of them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use plumbago_protocol::Aggregation;
use plumbago_rules::{
    AlertCheck, Backtest, Check, Condition, DerivedClass, Group, Kind, NoEvents, Options, Rule, RuleSet,
    Severity, Threshold,
};

use crate::live::{Events, Server, Told, Written, apply, tell};
use crate::random::Random;
use crate::rules::{alert, changed, event, group, level, record};
use plumbago_rules::MemorySource as Memory;

const START: i64 = 1_700_000_040;

/// What all runs of a seed share.
struct Scenario {
    set: RuleSet,
    /// Slot end in milliseconds plus how late it is, name, step, slot, value.
    points: Vec<(i64, &'static str, i64, i64, f64)>,
    until: i64,
}

const SOURCES: [(&str, i64); 7] = [
    ("src.a.cpu", 10),
    ("src.b.cpu", 10),
    ("src.c.cpu", 10),
    ("src.a.count", 10),
    ("src.b.count", 10),
    ("slow.a.load", 60),
    ("fast.a.rate", 5),
];

const FIRST: [(&str, &str); 13] = [
    ("d1.{{ node(1) }}.twice", "scale(src.*.cpu, 2)"),
    ("d1.total.cpu", "sumSeries(src.*.cpu)"),
    ("d1.{{ node(1) }}.rate", "perSecond(src.*.count)"),
    ("d1.{{ node(1) }}.smooth", "movingAverage(src.*.cpu, 3)"),
    ("d1.{{ node(1) }}.share", "asPercent(src.*.cpu, sumSeries(src.*.cpu))"),
    ("d1.{{ node(1) }}.top", "highestCurrent(src.*.cpu, 2)"),
    ("d1.{{ node(1) }}.kept", "keepLastValue(src.*.cpu, 2)"),
    ("d1.{{ node(1) }}.minute", "summarize(src.*.cpu, '1min', 'sum')"),
    ("d1.all.mixed", "sumSeries(src.*.cpu, slow.*.load, fast.*.rate)"),
    ("d1.{{ node(0) }}.{{ node(1) }}", "group(src.a.cpu, slow.a.load, fast.a.rate)"),
    ("d1.{{ node(1) }}.then", "timeShift(src.*.cpu, '1min')"),
    ("d1.{{ node(1) }}.window", "movingMax(derivative(src.*.count), '45s')"),
    ("d1.delayed.x", "diffSeries(src.a.cpu, delay(src.a.cpu, 2))"),
];

const SECOND: [(&str, &str); 5] = [
    ("d2.sum", "sumSeries(d1.*.*)"),
    ("d2.{{ node(1) }}.smooth", "movingSum(d1.*.twice, '30s')"),
    ("d2.{{ node(1) }}.worst", "maxSeries(d1.*.*, slow.a.load)"),
    ("d2.ratio", "divideSeries(d1.total.cpu, src.a.cpu)"),
    ("d2.rest", "nonNegativeDerivative(integral(d1.total.cpu))"),
];

const THIRD: [(&str, &str); 2] =
    [("d3.sum", "sumSeries(d2.*)"), ("d3.{{ node(1) }}.high", "highestMax(d2.*.*, 1)")];

impl Scenario {
    fn of(seed: u64) -> Scenario {
        let mut random = Random::new(seed);
        let lateness_max = random.pick(&[0, 1500]);
        let length = 120 + 60 * random.below(6);
        let mut points = Vec::new();
        for (name, step) in SOURCES {
            let gaps = random.pick(&[1000, 10, 3]);
            let mut value = 50.0;
            // An outage that is long enough to be one.
            let outage = random.below(600) - 100..random.below(600);
            for slot in (START - 600..START + length + 60).step_by(step as usize) {
                value += random.below(41) as f64 - 20.0;
                value = if name.ends_with("count") { value.abs() } else { value };
                if random.one_in(gaps) || outage.contains(&(slot - START)) {
                    continue;
                }
                let late = if lateness_max == 0 { 0 } else { random.below(lateness_max) };
                points.push(((slot + step) * 1000 + late, name, step, slot, value / 4.0));
            }
        }
        points.sort_by_key(|(arrival, ..)| *arrival);
        let set = RuleSet { groups: groups(&mut random, lateness_max) };
        Scenario { set, points, until: START + length }
    }

    /// The store before anything happened: all sources exist.
    fn empty(&self) -> Memory {
        let mut memory = Memory::default();
        SOURCES.iter().for_each(|(name, step)| memory.create(name, *step));
        memory
    }
}

fn groups(random: &mut Random, lateness_max: u64) -> Vec<Group> {
    let mut rules: Vec<Rule> = Vec::new();
    for pool in [&FIRST[..], &SECOND, &THIRD] {
        for (name, expression) in pool {
            if random.one_in(3) {
                rules.push(record(name, expression));
            }
        }
    }
    for _ in 0..3 {
        rules.push(random_event(random, rules.len()));
    }
    for _ in 0..2 {
        rules.push(random_alert(random, rules.len()));
    }
    let mut groups: Vec<Group> = ["one", "two", "three"].map(|name| group(name, Vec::new())).into();
    for one in &mut groups {
        one.interval_secs = random.pick(&[None, None, Some(20), Some(60)]);
        one.window_secs = random.pick(&[60, 300]);
        let delays: &[i64] =
            if lateness_max == 0 { &[0, 0, 2000, 7000] } else { &[1500, 1500, 4000, 20_000] };
        one.delay_ms = Some(random.pick(delays));
    }
    for rule in rules {
        let group = random.below(3) as usize;
        groups[group].rules.push(rule);
    }
    groups
}

fn random_event(random: &mut Random, number: usize) -> Rule {
    let expression = random.pick(&[
        "src.*.cpu",
        "d1.*.*",
        "sumSeries(src.*.cpu)",
        "movingAverage(src.*.cpu, 2)",
        "fast.a.rate",
        "maximumAbove(src.*.cpu, 12)",
    ]);
    let condition = |text| Condition::parse(text).unwrap();
    let levels = levels();
    let check = match random.below(8) {
        0 => level("> 12", "<= 12"),
        1 => level("< 5", "> 9"),
        2 => Check::Level(levels),
        3 => Check::Change { by: Some(condition("> 4")), percent: false },
        4 => Check::Absent,
        5 => Check::Appears,
        6 => Check::Present,
        _ => Check::Vanishes,
    };
    let for_secs = random.pick(&[0, 0, 20, 60]);
    let by = random.pick(&[None, None, Some("{{ node(1) }}")]);
    let rule = event(&format!("e{number} {{{{ series }}}}"), expression, check);
    changed(rule, |event| (event.for_secs, event.by) = (for_secs, by.map(str::to_owned)))
}

fn levels() -> Threshold {
    let condition = |text| Condition::parse(text).unwrap();
    Threshold {
        levels: vec![
            (Some(Severity::Warning), condition("> 10")),
            (Some(Severity::Critical), condition("> 14")),
        ],
        clear: vec![condition("< 8"), condition("< 13")],
    }
}

fn random_alert(random: &mut Random, number: usize) -> Rule {
    let expression = random.pick(&[
        "src.*.cpu",
        "d1.*.*",
        "sumSeries(src.*.cpu)",
        "fast.a.rate",
        "maximumAbove(src.*.cpu, 12)",
        "removeBelowValue(src.*.cpu, 11)",
    ]);
    let condition = |text| Condition::parse(text).unwrap();
    let one =
        |when, clear| Threshold { levels: vec![(None, condition(when))], clear: vec![condition(clear)] };
    let check = match random.below(4) {
        0 => AlertCheck::Level(one("> 12", "<= 12")),
        1 => AlertCheck::Level(one("< 5", "> 9")),
        2 => AlertCheck::Level(levels()),
        _ => AlertCheck::Present,
    };
    let mut rule = alert(&format!("A{number}"), expression, check);
    rule.labels.insert("node".to_owned(), "{{ node(1) }}".to_owned());
    if let Kind::Alert(alert) = &mut rule.kind {
        alert.for_secs = random.pick(&[0, 0, 20, 60]);
        alert.keep_firing_for_secs = random.pick(&[0, 0, 20, 60]);
        alert.nodata_after_secs = random.pick(&[None, Some(0), Some(20), Some(60)]);
        alert.nodata_forget_secs = random.pick(&[86_400, 120, 240]);
    }
    rule
}

/// The step of a derived series: ten seconds, which is what most results have, so that they can be read side by side.
fn class_of(_: &str) -> i64 {
    10
}

fn live(scenario: &Scenario, random: &mut Random, deaths: bool) -> (Written, Events, Told) {
    let options = Options { ahead_values_max: 1 << random.below(14), ..Options::default() };
    let mut server = Server::new(&scenario.set, scenario.empty(), &class_of, options, scenario.until);
    let mut now_ms = START * 1000;
    let mut points = scenario.points.iter().peekable();
    // The first core is there from the beginning of the span.
    while points.peek().is_some_and(|(arrival, ..)| *arrival <= now_ms) {
        let (_, name, step, slot, value) = points.next().unwrap();
        server.memory.insert(name, *step, *slot, *value);
    }
    server.work(now_ms, &mut || false);
    while now_ms < (scenario.until + 21) * 1000 {
        now_ms += random.pick(&[300, 1000, 5000, 10_000]) + random.below(1000);
        if deaths && random.one_in(12) {
            server.crash();
            now_ms += random.below(100_000);
        }
        while points.peek().is_some_and(|(arrival, ..)| *arrival <= now_ms) {
            let (_, name, step, slot, value) = points.next().unwrap();
            server.memory.insert(name, *step, *slot, *value);
        }
        server.work(now_ms, &mut || deaths && random.one_in(60));
    }
    (server.written, server.events, server.told)
}

fn backtested(scenario: &Scenario) -> (Written, Events, Told) {
    let mut memory = scenario.empty();
    for (_, name, step, slot, value) in &scenario.points {
        memory.insert(name, *step, *slot, *value);
    }
    let class = |name: &str| DerivedClass {
        step_secs: class_of(name),
        aggregation: Aggregation::Average,
        x_files_factor: 0.0,
    };
    let backtest = Backtest {
        source: &memory,
        from_secs: START,
        until_secs: scenario.until,
        now_secs: scenario.until + 100,
        external_url: "",
        events: &NoEvents,
        class_of: &class,
    };
    let (mut written, mut events, mut told) = (Written::new(), Events::new(), Told::new());
    let mut each = |_: i64, outcome: &plumbago_rules::Outcome| {
        for point in &outcome.points {
            let slot = (point.name.to_string(), point.timestamp);
            assert_eq!(written.insert(slot, point.value.to_bits()), None, "{point:?} was made twice");
        }
        apply(&mut events, &outcome.events);
        tell(&mut told, &outcome.alarms);
        ControlFlow::Continue(())
    };
    backtest.run(&scenario.set, &mut each).unwrap();
    (written, events, told)
}

/// Answers how many points, events and transitions were compared.
fn check(seed: u64) -> (usize, usize, usize) {
    let scenario = Scenario::of(seed);
    let mut random = Random::new(seed ^ 0x5eed);
    let expected = backtested(&scenario);
    for deaths in [false, true] {
        let found = live(&scenario, &mut random, deaths);
        compare(seed, deaths, &scenario, &expected, &found);
    }
    (expected.0.len(), expected.1.len(), expected.2.values().map(Vec::len).sum())
}

fn compare(
    seed: u64,
    deaths: bool,
    scenario: &Scenario,
    expected: &(Written, Events, Told),
    found: &(Written, Events, Told),
) {
    let way = if deaths { "restarted" } else { "live" };
    let context = || format!("PLUMBAGO_RULES_SEED={seed}, {way}, {:#?}", scenario.set);
    let sorted = |written: &Written| written.clone().into_iter().collect::<BTreeMap<_, _>>();
    let (want, got) = (sorted(&expected.0), sorted(&found.0));
    for (slot, bits) in &want {
        let value = f64::from_bits(*bits);
        let other = got.get(slot).map(|bits| f64::from_bits(*bits));
        assert_eq!(other.map(f64::to_bits), Some(*bits), "{slot:?}: {value} is {other:?}; {}", context());
    }
    let surplus = got.keys().find(|slot| !want.contains_key(*slot));
    assert_eq!(surplus, None, "only in the {way} run; {}", context());
    assert_eq!(found.1, expected.1, "{}", context());
    for (fingerprint, story) in &expected.2 {
        assert_eq!(found.2.get(fingerprint), Some(story), "{}", context());
    }
    assert_eq!(found.2.len(), expected.2.len(), "{}", context());
}

#[test]
fn live_restarted_and_backtested_runs_agree() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("PLUMBAGO_RULES_SEED") {
        println!("{:?} points, events and transitions", check(seed));
        return;
    }
    let runs = number("PLUMBAGO_RULES_RUNS").unwrap_or(2000);
    let seeds = AtomicU64::new(0);
    let next = || seeds.fetch_add(1, Relaxed);
    let [points, events, told] = [const { AtomicUsize::new(0) }; 3];
    let work = || {
        for seed in (0..).map(|_| next()).take_while(|seed| *seed < runs) {
            let (some_points, some_events, some_told) = check(seed);
            points.fetch_add(some_points, Relaxed);
            events.fetch_add(some_events, Relaxed);
            told.fetch_add(some_told, Relaxed);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    // Agreeing on nothing would prove nothing.
    let [points, events, told] = [points, events, told].map(|count| count.into_inner() as u64);
    println!("{runs} seeds: {points} points, {events} events, {told} transitions");
    assert!(
        points > 50 * runs && events > runs && told > runs,
        "{points} points, {events} events and {told} transitions are too few"
    );
}
