//! The state machine of an alarm against a simple reference: what a person would write down who reads values one by one.
//!
//! `PLUMBAGO_RULES_RUNS=20000` asks for more runs; the seed of one that fails is in its message.

use plumbago_rules::MemorySource as Memory;
use plumbago_rules::{
    AlarmChange, AlertCheck, Condition, Core, Kind, Next, Options, RuleSet, Severity, Threshold, Truth, World,
};

use crate::random::Random;
use crate::rules::{alert, set};

const START: i64 = 1_700_000_040;
const SLOTS: i64 = 120;

/// What one run is about.
struct Case {
    levels: Vec<(&'static str, &'static str)>,
    for_secs: i64,
    keep_secs: i64,
    values: Vec<Option<f64>>,
}

impl Case {
    fn of(seed: u64) -> Case {
        let mut random = Random::new(seed);
        let levels = random.pick(&[
            &[("> 50", "<= 50")][..],
            &[("> 60", "< 40")],
            &[("> 50", "<= 50"), ("> 70", "<= 70")],
            &[("> 50", "< 30"), ("> 70", "< 60")],
        ]);
        let wildness = random.pick(&[10, 40, 90]);
        let gaps = random.pick(&[1000, 10, 3]);
        let mut value = 50;
        let values = (0..SLOTS).map(|_| {
            value = (value + random.below(wildness * 2 + 1) - wildness as i64).clamp(0, 100);
            (!random.one_in(gaps)).then_some(value as f64)
        });
        Case {
            values: values.collect(),
            levels: levels.to_vec(),
            for_secs: random.pick(&[0, 0, 20, 60]),
            keep_secs: random.pick(&[0, 0, 20, 60]),
        }
    }

    fn set(&self) -> RuleSet {
        let severities = match self.levels.len() {
            1 => vec![None],
            _ => vec![Some(Severity::Warning), Some(Severity::Critical)],
        };
        let condition = |text: &str| Condition::parse(text).unwrap();
        let whens = self.levels.iter().map(|(when, _)| condition(when));
        let levels = severities.into_iter().zip(whens).collect();
        let clear = self.levels.iter().map(|(_, clear)| condition(clear)).collect();
        let mut rule = alert("A", "web.a", AlertCheck::Level(Threshold { levels, clear }));
        if let Kind::Alert(alert) = &mut rule.kind {
            (alert.for_secs, alert.keep_firing_for_secs) = (self.for_secs, self.keep_secs);
            alert.nodata_after_secs = Some(0);
        }
        set(vec![rule])
    }

    /// By slot: how many levels fire and how many wait, as far as any value was known.
    fn standings(&self) -> Vec<(i64, usize, usize)> {
        let condition = |text: &str| Condition::parse(text).unwrap();
        let mut all = Vec::new();
        let mut firing: Vec<bool> = vec![false; self.levels.len()];
        let mut since: Vec<Option<i64>> = vec![None; self.levels.len()];
        let mut cleared: Vec<Option<i64>> = vec![None; self.levels.len()];
        for (slot, value) in
            (0..).map(|slot| slot * 10).zip(&self.values).filter(|(_, value)| value.is_some())
        {
            for (at, (when, clear)) in self.levels.iter().enumerate() {
                let holds = condition(when).holds(*value) == Truth::True;
                let is_clear = condition(clear).holds(*value) == Truth::True;
                if firing[at] {
                    cleared[at] = if holds { None } else { cleared[at].or(is_clear.then_some(slot)) };
                    if is_clear && slot - cleared[at].unwrap() >= self.keep_secs {
                        (firing[at], cleared[at]) = (false, None);
                        since[at] = None;
                    }
                } else {
                    since[at] = if holds { since[at].or(Some(slot)) } else { None };
                    firing[at] = since[at].is_some_and(|since| slot - since >= self.for_secs);
                }
            }
            let highest = firing.iter().rposition(|firing| *firing).map_or(0, |at| at + 1);
            let waiting = since.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
            all.push((slot, highest, waiting));
        }
        all
    }

    /// What is told, flapping included.
    fn expected(&self) -> Vec<String> {
        let window = 10 * self.for_secs.max(60);
        let (mut lines, mut changes) = (Vec::new(), Vec::new());
        let (mut before, mut told, mut flapping) = (0, "idle", None);
        let mut told_level = 0;
        for (slot, level, waiting) in self.standings() {
            let mut say = |what: &str| lines.push(format!("{slot} {what}"));
            let has_changed = level != before;
            if has_changed {
                changes.push(slot);
            }
            let is_steady = changes.last().is_some_and(|last| slot - last >= window);
            let last_five = changes.len().checked_sub(5).map(|at| changes[at]);
            match flapping {
                Some(_) if is_steady => {
                    say("flapping Resolved");
                    (flapping, changes) = (None, Vec::new());
                }
                Some(highest) if has_changed && self.levels.len() > 1 && level > highest => {
                    say("flapping Raised");
                    flapping = Some(level);
                }
                None if has_changed && last_five.is_some_and(|first| slot - first <= window) => {
                    match told {
                        "firing" => say("Resolved"),
                        "pending" => say("Calmed"),
                        _ => {}
                    }
                    told = "idle";
                    say("flapping Fired");
                    flapping = Some(level.max(before));
                }
                None if is_steady => changes.clear(),
                _ => {}
            }
            before = level;
            if flapping.is_some() {
                continue;
            }
            let target = if level > 0 {
                "firing"
            } else if waiting > 0 {
                "pending"
            } else {
                "idle"
            };
            match (told, target) {
                ("pending", "idle") => say("Calmed"),
                ("firing", "idle") => say("Resolved"),
                ("firing", "pending") => {
                    say("Resolved");
                    say("Pending");
                }
                ("idle", "pending") => say("Pending"),
                ("idle" | "pending", "firing") => say("Fired"),
                ("firing", "firing") if level > told_level => say("Raised"),
                ("firing", "firing") if level < told_level => say("Lowered"),
                _ => {}
            }
            (told, told_level) = (target, level);
        }
        lines
    }

    fn found(&self) -> Vec<String> {
        let mut memory = Memory::default();
        memory.create("web.a", 10);
        for (slot, value) in (0..).zip(&self.values) {
            if let Some(value) = value {
                memory.insert("web.a", 10, START + slot * 10, *value);
            }
        }
        let set = self.set();
        let mut core = Core::new(&set, [], START * 1000, Options::default()).unwrap();
        let now = START + SLOTS * 10;
        let mut lines = Vec::new();
        while let Next::Step(step) = core.next(now * 1000) {
            let outcome = core.run(&step, &World::new(&memory, now));
            core.commit(&step);
            for told in outcome.alarms.iter().filter(|told| told.change != AlarmChange::Reworded) {
                let slot = told.at_ms / 1000 - START;
                let flapping = if told.labels.contains_key("flapping") { "flapping " } else { "" };
                let change = match &told.change {
                    AlarmChange::Resolved { .. } => "Resolved".to_owned(),
                    other => format!("{other:?}"),
                };
                lines.push(format!("{slot} {flapping}{change}"));
            }
        }
        lines
    }
}

#[test]
fn alarms_are_what_a_simple_reference_says() {
    let runs = std::env::var("PLUMBAGO_RULES_RUNS").map_or(2000, |text| text.parse().unwrap());
    let (mut told, mut flaps) = (0, 0);
    for seed in 0..runs {
        let case = Case::of(seed);
        let expected = case.expected();
        let context = || {
            format!(
                "seed {seed}: {:?}, for {}, keep {}, {:?}",
                case.levels, case.for_secs, case.keep_secs, case.values
            )
        };
        assert_eq!(case.found(), expected, "{}", context());
        told += expected.len() as u64;
        flaps += expected.iter().filter(|line| line.ends_with("flapping Fired")).count() as u64;
    }
    assert!(told > 5 * runs && flaps * 10 > runs, "{told} changes and {flaps} flapping alarms are too few");
}
