//! How fast rules run over a store that costs next to nothing: `cargo run --release -p plumbago-rules --example speed`.
//!
//! `tick`: a thousand `record` rules of a hundred series each, at steps of ten seconds over 100,000 series; CPU time of
//! one tick. `backtest`: one rule over 30 days and a thousand series at steps of a minute.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{FetchRequest, FetchedSeries, Node, Reading, Selection, Source, SourceError};
use plumbago_rules::{
    Backtest, Core, DerivedClass, Group, Kind, Next, Options, RecordRule, Rule, RuleSet, World,
};

const START: i64 = 1_700_000_040;

/// Series `web.<rule>.<at>.hits` whose values are made when they are read.
struct Made {
    step: i64,
    /// By rule.
    names: Vec<Vec<Arc<str>>>,
}

impl Made {
    fn new(rules: usize, series: usize, step: i64) -> Made {
        let name = |rule: usize, at: usize| Arc::from(format!("web.r{rule}.s{at}.hits"));
        let of_rule = |rule: usize| (0..series).map(|at| name(rule, at)).collect();
        Made { step, names: (0..rules).map(of_rule).collect() }
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
        let values = |at: usize| {
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
    backtest();
}
