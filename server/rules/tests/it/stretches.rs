//! Out of a stretch or T by T, over a few slots or the whole window: the same points, byte for byte, for random expressions.

use std::collections::BTreeMap;

use plumbago_query::locality;
use plumbago_rules::{Core, Next, Options, World};

use crate::random::Random;
use crate::rules::{record, set};
use plumbago_rules::MemorySource as Memory;

const START: i64 = 1_700_000_040;
const SLOTS: i64 = 40;

fn store(random: &mut Random, several_steps: bool) -> Memory {
    let mut memory = Memory::default();
    for (at, host) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let step = if several_steps { random.pick(&[10, 20, 60]) } else { 10 };
        for metric in ["x", "y"] {
            let name = format!("web.{host}.{metric}");
            memory.create(&name, step);
            let gaps = random.pick(&[3, 10, 1000]);
            for slot in -60..SLOTS {
                if !random.one_in(gaps) {
                    let value = (random.below(2000) - 1000) as f64 / 7.0 + at as f64;
                    memory.insert(&name, step, START + slot * 10, value);
                }
            }
        }
    }
    memory
}

/// A random expression, of which most are known to depend on a few slots only.
fn expression(random: &mut Random, depth: u32) -> String {
    if depth == 0 || random.one_in(6) {
        return random.pick(&["web.*.x", "web.a.*", "web.*.*", "web.{b,c}.y", "web.a.x"]).to_owned();
    }
    let of = |random: &mut Random| expression(random, depth - 1);
    let one = of(random);
    match random.below(22) {
        0 => format!("scale({one}, 0.3)"),
        1 => format!("absolute({one})"),
        2 => format!("sumSeries({one})"),
        3 => format!("averageSeries({one}, {})", of(random)),
        4 => format!("maxSeries({one})"),
        5 => format!("derivative({one})"),
        6 => format!("nonNegativeDerivative({one})"),
        7 => format!("perSecond({one})"),
        8 => format!("movingAverage({one}, {})", random.below(5) + 1),
        9 => format!("movingMedian({one}, '{}s')", random.below(70) + 1),
        10 => format!("movingSum({one}, '1min')"),
        11 => format!("delay({one}, {})", random.below(4)),
        12 => format!("asPercent({one})"),
        13 => format!("asPercent({one}, sumSeries({}))", of(random)),
        14 => format!("timeShift({one}, '{}s')", random.below(90) + 1),
        15 => format!("groupByNode({one}, 1, 'avg')"),
        16 => format!("transformNull({one}, -1)"),
        17 => format!("removeBelowValue({one}, 0)"),
        18 => format!("group({one}, {})", of(random)),
        19 => format!("diffSeries({one}, {})", of(random)),
        20 => format!("percentileOfSeries({one}, 50, true)"),
        _ => format!("round({one}, 1)"),
    }
}

type Points = BTreeMap<(String, i64), u64>;

fn points(expression: &str, memory: &Memory, ahead_values_max: usize) -> (Points, u64) {
    // Blanks and signs are no part of names; results that then have one name are an error in every way.
    let named = format!("aliasSub({expression}, '[^A-Za-z0-9.]+', '_')");
    let rules = set(vec![record("out.{{ series }}", &named)]);
    let options = Options { ahead_values_max, ..Options::default() };
    let mut core = Core::new(&rules, [], START * 1000, options).unwrap();
    let now = START + SLOTS * 10;
    let mut points = Points::new();
    while let Next::Step(step) = core.next(now * 1000) {
        let outcome = core.run(&step, &World::new(memory, now));
        let bits = |point: plumbago_rules::DerivedPoint| {
            ((point.name.to_string(), point.timestamp), point.value.to_bits())
        };
        points.extend(outcome.points.into_iter().map(bits));
        core.commit(&step);
    }
    (points, core.statuses(0)[0].failures)
}

#[test]
fn a_stretch_is_what_its_slots_are_one_by_one() {
    let runs = std::env::var("PLUMBAGO_RULES_RUNS").map_or(300, |text| text.parse().unwrap());
    let (mut local, mut compared) = (0, 0);
    for seed in 0..runs {
        let mut random = Random::new(seed);
        let memory = store(&mut random, seed % 4 == 0);
        let expression = expression(&mut random, 3);
        local += u64::from(locality(&expression).is_some());
        let (all, failures) = points(&expression, &memory, 1 << 20);
        compared += all.len() as u64;
        let context = format!("PLUMBAGO_RULES_RUNS={}: {expression}", seed + 1);
        let one_by_one = points(&expression, &memory, 0);
        assert_eq!((&all, failures), (&one_by_one.0, one_by_one.1), "{context}");
        // The same, of which nothing is known.
        let whole_window = points(&format!("limit({expression}, 1000)"), &memory, 0);
        assert_eq!((&all, failures), (&whole_window.0, whole_window.1), "{context}");
    }
    assert!(
        local * 2 > runs && compared > 20 * runs,
        "{local} of {runs} were local, {compared} points compared"
    );
}
