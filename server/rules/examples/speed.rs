//! How fast rules run over a store that costs next to nothing: `cargo run --release -p plumbago-rules --example speed`.
//!
//! `tick`: a thousand `record` rules of a hundred series each, at steps of ten seconds over 100,000 series; CPU time of
//! one tick. `alarms`: ten thousand alert rules of ten series each, of which one in a hundred changes a minute; CPU time of
//! a minute. `backtest`: one rule over 30 days and a thousand series at steps of a minute.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Selection, Source, SourceError};
use plumbago_rules::{
    Backtest, Core, DerivedClass, Group, Kind, Next, NoEvents, Options, RecordRule, Rule, RuleSet, World,
    load,
};

const START: i64 = 1_700_000_040;

/// Series `web.<rule>.<at>.hits` whose values are made when they are read.
struct Made {
    step: i64,
    /// Whether values change between two states rather than with time.
    changes: bool,
    /// By rule.
    names: Vec<Vec<Arc<str>>>,
}

impl Made {
    fn new(rules: usize, series: usize, step: i64) -> Made {
        let name = |rule: usize, at: usize| Arc::from(format!("web.r{rule}.s{at}.hits"));
        let of_rule = |rule: usize| (0..series).map(|at| name(rule, at)).collect();
        Made { step, changes: false, names: (0..rules).map(of_rule).collect() }
    }
}

impl Source for Made {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Ok(Vec::new())
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let Selection::Pattern(glob) = &request.selection else { return Ok(Box::new(Vec::new())) };
        let rule =
            glob.text().split('.').nth(1).and_then(|node| node.strip_prefix('r')?.parse::<usize>().ok());
        let names = rule.and_then(|rule| self.names.get(rule));
        let start = request.from - request.from.rem_euclid(self.step) + self.step;
        let end = request.until - request.until.rem_euclid(self.step) + self.step;
        let changing = |at: usize| {
            let phase = (rule.unwrap_or_default() * 10 + at) as i64 * 7 % 600;
            let high = |t: i64| if (t / 10 + phase) / 600 % 2 == 0 { 95.0 } else { 5.0 };
            (start..end).step_by(self.step as usize).map(high).collect::<Vec<f64>>()
        };
        let values = |at: usize| {
            if self.changes {
                return changing(at);
            }
            (start..end).step_by(self.step as usize).map(|t| (t % 977 + at as i64) as f64).collect()
        };
        let series = |(at, name): (usize, &Arc<str>)| FetchedSeries {
            name: Arc::clone(name),
            start,
            step: self.step,
            values: values(at),
            aggregation: Aggregation::Average,
            x_files_factor: 0.0,
            facts: None,
        };
        Ok(Box::new(names.into_iter().flatten().enumerate().map(series).collect::<Vec<_>>()))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Ok(Vec::new())
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        Ok(Vec::new())
    }

    fn series_by_tag(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        Ok(Vec::new())
    }
}

fn set(rules: usize) -> RuleSet {
    let rule = |at: usize| Rule {
        line: 1,
        name: Arc::from(format!("rate.r{at}.{{{{ node(2) }}}}")),
        expression: Arc::from(format!("perSecond(web.r{at}.*.hits)")),
        delay_ms: Some(0),
        limit: 10_000,
        labels: Default::default(),
        kind: Kind::Record(RecordRule::default()),
    };
    let (file, name) = (Arc::from("speed.yaml"), Arc::from("speed"));
    let rules = (0..rules).map(rule).collect();
    RuleSet {
        groups: vec![Group { file, name, interval_secs: None, window_secs: 300, delay_ms: Some(0), rules }],
    }
}

fn tick() {
    let made = Made::new(1000, 100, 10);
    let began = Instant::now();
    let mut core = Core::new(&set(1000), [], START * 1000, Options::default()).expect("the rules are right");
    println!("start: 1,000 rules compiled in {:?}", began.elapsed());
    for tick in 1..=6 {
        let now = START + tick * 10;
        let (began, mut points, mut rows) = (Instant::now(), 0, 0);
        while let Next::Step(step) = core.next(now * 1000) {
            let outcome = core.run(&step, &World::new(&made, now));
            points += outcome.points.len();
            rows += outcome.rows.len();
            core.commit(&step);
        }
        println!("tick {tick}: {points} points and {rows} rows in {:?}", began.elapsed());
    }
}

/// Series whose state changes once in a hundred minutes each, read by ten thousand alert rules.
fn alarms() {
    let made = Made { changes: true, ..Made::new(10_000, 10, 10) };
    let rule = |at: usize| {
        let rule = "when: {warning: '> 80', critical: '> 90'}, annotations: {summary: '{{ $value }}'}";
        format!("      - {{alert: High{at}, expr: 'web.r{at}.*.hits', {rule}}}\n")
    };
    let rules: String = (0..10_000).map(rule).collect();
    let text = format!("groups:\n  - name: speed\n    delay: 0\n    rules:\n{rules}");
    let (set, _) = load(&[("speed.yaml", &text)]).expect("the rules are right");
    let mut core = Core::new(&set, [], START * 1000, Options::default()).expect("the rules are right");
    for minute in 0..4 {
        let (began, mut told, mut rows) = (Instant::now(), 0, 0);
        for tick in 1..=6 {
            let now = START + minute * 60 + tick * 10;
            while let Next::Step(step) = core.next(now * 1000) {
                let outcome = core.run(&step, &World::new(&made, now));
                told += outcome.alarms.len();
                rows += outcome.rows.len();
                core.commit(&step);
            }
        }
        let cost = began.elapsed();
        println!("alarms, minute {minute}: {told} changes and {rows} rows in {cost:?}");
    }
}

fn backtest() {
    let made = Made::new(1, 1000, 60);
    let class =
        |_: &str| DerivedClass { step_secs: 60, aggregation: Aggregation::Average, x_files_factor: 0.0 };
    let until_secs = START + 30 * 86_400;
    let backtest = Backtest {
        source: &made,
        from_secs: START,
        until_secs,
        now_secs: until_secs,
        external_url: "",
        events: &NoEvents,
        class_of: &class,
    };
    let (began, mut points) = (Instant::now(), 0_u64);
    let mut each = |_: i64, outcome: &plumbago_rules::Outcome| {
        points += outcome.points.len() as u64;
        ControlFlow::Continue(())
    };
    let report = backtest.run(&set(1), &mut each).expect("the rule is right");
    println!("backtest: {points} points of {} evaluations in {:?}", report.evaluations, began.elapsed());
}

fn main() {
    tick();
    alarms();
    backtest();
}
