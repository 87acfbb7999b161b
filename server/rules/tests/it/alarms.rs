//! Alert rules over a store in memory: what is told of alarms, slot by slot.

use std::collections::BTreeMap;

use plumbago_rules::MemorySource as Memory;
use plumbago_rules::{AlarmChange, Core, Next, Options, Outcome, RuleSet, Transition, World, load};

const START: i64 = 1_700_000_040;
const NONE: f64 = f64::NAN;

/// Rules, each a mapping in YAML.
fn rules(texts: &[&str]) -> RuleSet {
    let rules = texts.iter().map(|text| format!("      - {text}\n")).collect::<String>();
    let text = format!("groups:\n  - name: g\n    delay: 0\n    labels: {{team: web}}\n    rules:\n{rules}");
    load(&[("r.yaml", &text)]).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}")).0
}

fn values(memory: &mut Memory, name: &str, values: &[f64]) {
    memory.create(name, 10);
    for (slot, value) in (0..).zip(values).filter(|(_, value)| !value.is_nan()) {
        memory.insert(name, 10, START + slot * 10, *value);
    }
}

/// A core with what it wants kept, slot after slot.
struct Run<'a> {
    set: &'a RuleSet,
    memory: &'a Memory,
    core: Core,
    rows: BTreeMap<String, Vec<u8>>,
    now: i64,
    listening_since_secs: i64,
    outcomes: Vec<Outcome>,
}

impl<'a> Run<'a> {
    fn new(set: &'a RuleSet, memory: &'a Memory) -> Run<'a> {
        let core = Core::new(set, [], START * 1000, Options::default()).unwrap();
        let (rows, outcomes) = (BTreeMap::new(), Vec::new());
        Run { set, memory, core, rows, now: START, listening_since_secs: i64::MIN, outcomes }
    }

    fn restart(&mut self, set: &'a RuleSet) {
        self.set = set;
        let rows = self.rows.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
        self.core = Core::new(self.set, rows, self.now * 1000, Options::default()).unwrap();
    }

    /// Until so many seconds after the start.
    fn until(&mut self, seconds: i64) -> &mut Self {
        self.now = START + seconds;
        while let Next::Step(step) = self.core.next(self.now * 1000) {
            let listening_since_secs = self.listening_since_secs;
            let world = World { listening_since_secs, ..World::new(self.memory, self.now) };
            let outcome = self.core.run(&step, &world);
            assert_eq!(self.core.run(&step, &world), outcome, "a step that is run twice has one outcome");
            self.core.commit(&step);
            for (key, value) in &outcome.rows {
                match value {
                    Some(value) => _ = self.rows.insert(key.clone(), value.clone()),
                    None => _ = self.rows.remove(key),
                }
            }
            self.outcomes.push(outcome);
        }
        self
    }

    fn told(&self) -> Vec<&Transition> {
        self.outcomes.iter().flat_map(|outcome| &outcome.alarms).collect()
    }

    /// When, which alarm, and what happened: `30 web.a Fired`.
    fn story(&self) -> Vec<String> {
        self.told().into_iter().map(line).collect()
    }
}

fn line(told: &Transition) -> String {
    let at = told.at_ms / 1000 - START;
    let name = &told.labels["alertname"];
    let what = told.labels.get("series").or(told.labels.get("prefix")).map_or("-", String::as_str);
    let severity = told.labels.get("severity").map(|level| format!(" {level}")).unwrap_or_default();
    let change = match &told.change {
        AlarmChange::Resolved { ends_at_ms, by } => {
            assert_eq!(*ends_at_ms, told.at_ms);
            by.as_ref().map_or("Resolved".to_owned(), |by| format!("Resolved: {by}"))
        }
        other => format!("{other:?}"),
    };
    let flapping = if told.labels.contains_key("flapping") { " flapping" } else { "" };
    format!("{at} {name} {what}{severity}{flapping} {change}")
}

fn story(set: &RuleSet, memory: &Memory, seconds: i64) -> Vec<String> {
    let mut run = Run::new(set, memory);
    run.until(seconds);
    run.story()
}

#[test]
fn an_alarm_is_pending_fires_and_is_resolved() {
    let set = rules(&[
        "{alert: High, expr: web.*, when: '> 5', for: 20s, annotations: {summary: 'is {{ $value }}'}}",
    ]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[1.0, 7.0, 7.0, 8.0, 9.0, 2.0, 6.0, 1.0]);
    values(&mut memory, "web.b", &[1.0; 8]);
    let mut run = Run::new(&set, &memory);
    run.until(80);
    assert_eq!(
        run.story(),
        [
            "10 High web.a Pending",
            "30 High web.a Fired",
            "50 High web.a Resolved",
            "60 High web.a Pending",
            "70 High web.a Calmed",
        ]
    );
    let fired = run.told()[1];
    assert_eq!((fired.starts_at_ms / 1000 - START, fired.value), (10, Some(8.0)));
    let labels: Vec<_> = fired.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(labels, ["alertgroup=g", "alertname=High", "name=web.a", "series=web.a", "team=web"]);
    assert_eq!(fired.annotations["summary"], "is 8");
    assert_eq!((&*fired.rule, &*fired.expression), ("r.yaml/g/High", "web.*"));
    assert_eq!(run.told()[2].value, Some(2.0));
}

#[test]
fn levels_are_one_alarm_that_is_raised_and_lowered() {
    let set = rules(&[
        "{alert: Full, expr: web.*, when: {warning: '> 80', critical: '> 90'}, clear: {warning: '< 75', critical: '< 88'}}",
    ]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[85.0, 95.0, 89.0, 87.0, 78.0, 76.0, 70.0]);
    let mut run = Run::new(&set, &memory);
    run.until(70);
    assert_eq!(
        run.story(),
        [
            "0 Full web.a warning Fired",
            "10 Full web.a critical Raised",
            "30 Full web.a warning Lowered",
            "60 Full web.a warning Resolved",
        ]
    );
    let fingerprints: std::collections::BTreeSet<_> =
        run.told().iter().map(|told| told.fingerprint).collect();
    assert_eq!(fingerprints.len(), 1);
    assert!(run.told().iter().all(|told| told.starts_at_ms == START * 1000));
    let changes: Vec<_> = run.outcomes.iter().flat_map(|outcome| &outcome.events).collect();
    assert_eq!(changes.len(), 4, "{changes:#?}");
}

#[test]
fn what_is_unknown_neither_fires_nor_resolves_nor_begins_anew() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5', for: 40s, nodata_after: 0}"]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[7.0, NONE, NONE, 7.0, 7.0, NONE, NONE, NONE, NONE, 1.0]);
    assert_eq!(
        story(&set, &memory, 120),
        ["0 High web.a Pending", "40 High web.a Fired", "90 High web.a Resolved"]
    );
}

#[test]
fn without_a_condition_what_is_not_in_the_answer_is_over() {
    let set = rules(&[
        "{alert: Errors, expr: 'removeEmptySeries(removeBelowValue(web.*, 1))', keep_firing_for: 20s}",
    ]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[3.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0]);
    values(&mut memory, "web.b", &[0.0; 8]);
    let mut run = Run::new(&set, &memory);
    run.until(80);
    // The window still holds the value of the first slot: what is null in the last one is unknown.
    assert_eq!(run.story(), ["0 Errors removeBelowValue(web.a, 1) Fired"]);
    let window = "groups: [{name: g, delay: 0, window: 10s, rules: [{alert: Errors, keep_firing_for: 20s, \
                  expr: 'removeEmptySeries(removeBelowValue(web.*, 1))'}]}]";
    let (set, _) = load(&[("r.yaml", window)]).unwrap();
    assert_eq!(
        story(&set, &memory, 80),
        ["0 Errors removeBelowValue(web.a, 1) Fired", "60 Errors removeBelowValue(web.a, 1) Resolved"]
    );
}

#[test]
fn a_rule_goes_on_after_a_restart_and_ends_its_alarms_when_it_is_gone() {
    let text = |when: &str, summary: &str| {
        format!("{{alert: High, expr: web.*, when: '{when}', for: 20s, annotations: {{summary: {summary}}}}}")
    };
    let (first, second) = (rules(&[&text("> 5", "one")]), rules(&[&text("> 4", "two")]));
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[1.0, 7.0, 7.0, 8.0, 9.0, 5.0, 5.0, 5.0]);
    let mut run = Run::new(&first, &memory);
    run.until(20).restart(&first);
    run.until(50).restart(&second);
    run.until(70);
    let empty = RuleSet::default();
    run.restart(&empty);
    run.until(80);
    assert_eq!(
        run.story(),
        [
            "10 High web.a Pending",
            "30 High web.a Fired",
            "50 High web.a Reworded",
            "70 High web.a Resolved: rule removed",
        ]
    );
    assert_eq!(run.told()[2].annotations["summary"], "two");
    assert_eq!(run.rows, BTreeMap::new());
}

#[test]
fn what_was_due_before_the_start_is_replayed() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5'}"]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[1.0, 7.0, 1.0, 8.0, 8.0, 8.0, 2.0]);
    let mut run = Run::new(&set, &memory);
    run.until(10);
    run.now = START + 60;
    run.restart(&set);
    run.until(80);
    let told: Vec<_> = run.told().iter().map(|told| (line(told), told.is_replayed)).collect();
    let expected = [
        ("10 High web.a Fired", true),
        ("20 High web.a Resolved", true),
        ("30 High web.a Fired", true),
        ("60 High web.a Resolved", false),
    ];
    assert_eq!(told, expected.map(|(line, is_replayed)| (line.to_owned(), is_replayed)));
}

#[test]
fn a_silent_series_is_an_alarm_of_its_own() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5', labels: {severity: critical}}"]);
    let mut memory = Memory::default();
    let mut silent = vec![7.0; 3];
    silent.extend([NONE; 20]);
    silent.extend([1.0; 5]);
    values(&mut memory, "web.a", &silent);
    values(&mut memory, "web.b", &[1.0; 28]);
    let mut run = Run::new(&set, &memory);
    run.until(280);
    assert_eq!(
        run.story(),
        [
            "0 High web.a critical Fired",
            "150 NoData web.a critical Fired",
            "230 NoData web.a critical Resolved",
            "230 High web.a critical Resolved",
        ]
    );
    let fired = run.told()[1];
    assert_eq!((fired.labels["rulename"].as_str(), fired.starts_at_ms), ("High", (START + 30) * 1000));
    assert_eq!(fired.annotations["summary"], "web.a has had no value for 2m");
}

#[test]
fn time_in_which_nobody_listened_and_one_patience_is_no_silence() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5'}"]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[1.0, 1.0]);
    let mut run = Run::new(&set, &memory);
    run.listening_since_secs = START + 100;
    run.until(600);
    assert_eq!(run.story(), ["340 NoData web.a Fired"]);
}

#[test]
fn a_series_is_forgotten_after_a_while_and_its_alarms_end() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5', nodata_forget: 5m}"]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[7.0, 7.0]);
    let mut run = Run::new(&set, &memory);
    run.until(600);
    assert_eq!(
        run.story(),
        [
            "0 High web.a Fired",
            "140 NoData web.a Fired",
            "320 High web.a Resolved: no value for 5m",
            "320 NoData web.a Resolved: no value for 5m",
        ]
    );
    assert!(run.rows.keys().all(|key| !key.starts_with("rules/alarm/")), "{:?}", run.rows.keys());
}

#[test]
fn a_source_that_is_silent_as_a_whole_is_one_alarm() {
    let set = rules(&["{alert: High, expr: '{web,db}.*', when: '> 5'}"]);
    let mut memory = Memory::default();
    for at in 0..20 {
        // Twelve fall silent within two steps, one much later, one comes back early.
        let stop = match at {
            0..12 => 10 + at % 3,
            12 => 20,
            _ => 60,
        };
        let mut own = vec![1.0; stop];
        own.resize(60, if at == 3 { 1.0 } else { NONE });
        own[stop..40.max(stop)].fill(NONE);
        own[55..].fill(if at == 5 { NONE } else { 1.0 });
        values(&mut memory, &format!("web.h{at:02}"), &own);
        values(&mut memory, &format!("db.h{at:02}"), &[1.0; 60]);
    }
    let mut run = Run::new(&set, &memory);
    run.until(600);
    assert_eq!(
        run.story(),
        ["220 SourceSilent web Fired", "550 SourceSilent web Resolved", "550 NoData web.h05 Fired",]
    );
    assert_eq!(run.told()[0].annotations["summary"], "13 of 20 series below web have no values");
}

#[test]
fn an_alarm_that_changes_too_often_is_one_alarm() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5', annotations: {summary: '{{ $value }}'}}"]);
    let mut memory = Memory::default();
    let mut wild: Vec<f64> = (0..12).map(|slot| if slot % 2 == 0 { 9.0 } else { 1.0 }).collect();
    wild.extend([8.0; 80]);
    values(&mut memory, "web.a", &wild);
    let mut run = Run::new(&set, &memory);
    run.until(900);
    let story = run.story();
    let begin =
        ["0 High web.a Fired", "10 High web.a Resolved", "20 High web.a Fired", "30 High web.a Resolved"];
    assert_eq!(story[..4], begin);
    let end = ["720 High web.a flapping Resolved", "720 High web.a Fired"];
    let (first, rest) = story[4..].split_first().unwrap();
    assert_eq!(
        (first.as_str(), &rest[rest.len() - 2..]),
        ("40 High web.a flapping Fired", &end.map(str::to_owned)[..])
    );
    assert!(rest[..rest.len() - 2].iter().all(|line| line.ends_with("flapping Reworded")), "{story:?}");
    let told = run.told();
    let (flapping, last) = (told[4], told[told.len() - 3]);
    assert_eq!((flapping.labels["flapping"].as_str(), flapping.starts_at_ms), ("5", START * 1000));
    assert_eq!(
        (last.annotations["flapping"].as_str(), last.fingerprint),
        ("13 changes", flapping.fingerprint)
    );
    assert_eq!(told.last().map(|told| told.starts_at_ms), Some((START + 120) * 1000));
}

#[test]
fn events_are_counted() {
    // Nothing is stored here; tests of rule files and of the server count stored ones.
    let set = rules(&["{alert: Deploys, on: {match: 'kind:deploy', within: 5m}}"]);
    assert_eq!(story(&set, &Memory::default(), 60), [""; 0]);
}

#[test]
fn results_with_equal_labels_decide_nothing() {
    let set = rules(&["{alert: High, expr: 'group(web.a, web.*)', when: '> 5'}"]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[9.0]);
    values(&mut memory, "web.b", &[9.0]);
    let mut run = Run::new(&set, &memory);
    run.until(10);
    assert_eq!(run.story(), [""; 0]);
    let status = &run.core.statuses(0)[0];
    assert!(
        status.error.as_ref().unwrap().message.contains("two results have the labels of web.a"),
        "{status:?}"
    );
    assert_eq!((status.health(), status.state()), ("err", "inactive"));
}

#[test]
fn quiet_series_cost_no_rows() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5'}"]);
    let mut memory = Memory::default();
    (0..100).for_each(|at| values(&mut memory, &format!("web.h{at}"), &[1.0; 10]));
    let mut run = Run::new(&set, &memory);
    run.until(100);
    let rows: Vec<usize> = run.outcomes.iter().map(|outcome| outcome.rows.len()).collect();
    // The beginning, the steps, what is there; then the cursor alone.
    assert!(rows[3..].iter().all(|count| *count == 1), "{rows:?}");
    assert!(rows.contains(&101), "{rows:?}");
}

#[test]
fn rules_that_are_behind_are_an_alarm_that_a_restart_remembers() {
    let set = rules(&["{alert: High, expr: web.*, when: '> 5'}"]);
    let mut memory = Memory::default();
    values(&mut memory, "web.a", &[1.0; 10]);
    let mut run = Run::new(&set, &memory);
    run.until(20);
    assert_eq!(run.core.watch_lag((START + 50) * 1000), None, "two steps are no lag");
    let outcome = run.core.watch_lag((START + 51) * 1000).expect("an alarm");
    assert_eq!((outcome.alarms.len(), outcome.events.len(), outcome.rows.len()), (1, 1, 1));
    assert_eq!(run.core.alarms().len(), 1);
    let (key, value) = outcome.rows.into_iter().next().unwrap();
    run.rows.insert(key, value.unwrap());
    run.restart(&set);
    assert_eq!(run.core.alarms().len(), 1);
    run.until(60);
    let outcome = run.core.watch_lag((START + 60) * 1000).expect("it is over");
    assert!(matches!(outcome.alarms[0].change, AlarmChange::Resolved { .. }));
    assert_eq!(run.core.watch_lag((START + 60) * 1000), None);
    assert!(run.core.alarms().is_empty());
}
