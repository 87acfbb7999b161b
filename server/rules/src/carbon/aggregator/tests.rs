//! Buckets by example, and against a model that does what carbon's aggregator is known to do in the plainest way.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

fn rules(text: &str) -> AggregationRules {
    let (rules, warnings) = AggregationRules::parse(text, Path::new("a.conf"));
    assert!(warnings.is_empty(), "{warnings:?}");
    rules
}

/// The outputs of a name, as the pipeline finds them.
fn outputs(rules: &AggregationRules, name: &str) -> Vec<Output> {
    let found = |rule: &Arc<AggregationRule>| {
        let output = rule.output(name).expect("a search")?;
        Some(Output { name: Arc::from(output.as_str()), rule: rule.clone() })
    };
    rules.iter().filter_map(found).collect()
}

fn at(secs: i64) -> Moment {
    Moment { elapsed_ms: u64::try_from(secs).expect("a positive time") * 1000, now: secs }
}

fn feed(aggregator: &mut Aggregator, rules: &AggregationRules, name: &str, points: &[(i64, f64)], secs: i64) {
    for output in outputs(rules, name) {
        for (timestamp, value) in points {
            aggregator.add(&output, *timestamp, *value, at(secs)).expect("room");
        }
    }
}

fn flushed(aggregator: &mut Aggregator, secs: i64) -> Vec<(String, i64, f64)> {
    let mut given = Vec::new();
    aggregator.flush(at(secs), |name, start, value| given.push((name.to_string(), start, value)));
    given
}

fn given(name: &str, start: i64, value: f64) -> (String, i64, f64) {
    (name.to_owned(), start, value)
}

#[test]
fn a_bucket_is_given_out_whole_each_time_it_has_changed_until_it_is_too_old() {
    let rules = rules("sum (10) = sum a.*");
    let mut aggregator = Aggregator::new(AggregatorSettings::default(), 1);
    feed(&mut aggregator, &rules, "a.x", &[(1000, 1.0), (1003, 2.0), (1011, 5.0)], 1012);
    assert_eq!(flushed(&mut aggregator, 1021), []);
    assert_eq!(flushed(&mut aggregator, 1022), [given("sum", 1000, 3.0), given("sum", 1010, 5.0)]);
    assert_eq!(flushed(&mut aggregator, 1032), []);
    feed(&mut aggregator, &rules, "a.y", &[(1009, 4.0)], 1033);
    assert_eq!(flushed(&mut aggregator, 1042), [given("sum", 1000, 7.0)]);
    // At 1062 the oldest bucket kept starts at 1060 − 5 × 10.
    feed(&mut aggregator, &rules, "a.y", &[(1009, 1.0)], 1052);
    assert_eq!(flushed(&mut aggregator, 1062), [given("sum", 1000, 8.0)]);
    assert_eq!(aggregator.bucket_count(), 1);
    feed(&mut aggregator, &rules, "a.y", &[(1009, 1.0)], 1063);
    assert_eq!(flushed(&mut aggregator, 1072), [given("sum", 1000, 1.0)]);
    assert_eq!(aggregator.bucket_count(), 0);
}

#[test]
fn the_first_rule_to_touch_an_aggregate_fixes_it_until_it_closes() {
    let rules = rules("out (10) = sum a\nout (2) = count b");
    let mut aggregator = Aggregator::new(AggregatorSettings { intervals_max: 0, write_back_secs: None }, 1);
    feed(&mut aggregator, &rules, "b", &[(100, 7.0)], 100);
    feed(&mut aggregator, &rules, "a", &[(101, 7.0)], 100);
    assert_eq!(flushed(&mut aggregator, 102), [given("out", 100, 2.0)]);
    assert_eq!(aggregator.bucket_count(), 0);
    feed(&mut aggregator, &rules, "a", &[(101, 7.0)], 103);
    feed(&mut aggregator, &rules, "b", &[(102, 7.0)], 103);
    assert_eq!(flushed(&mut aggregator, 113), [given("out", 100, 14.0)]);
}

#[test]
fn writing_back_earlier_gives_out_buckets_that_are_being_filled() {
    let rules = rules("out (60) = avg a");
    let mut aggregator =
        Aggregator::new(AggregatorSettings { intervals_max: 5, write_back_secs: Some(5) }, 1);
    feed(&mut aggregator, &rules, "a", &[(600, 1.0)], 600);
    assert_eq!(flushed(&mut aggregator, 605), [given("out", 600, 1.0)]);
    feed(&mut aggregator, &rules, "a", &[(607, 2.0)], 607);
    // Moments that were missed are not made up for, and the rhythm stays.
    assert_eq!(flushed(&mut aggregator, 622), [given("out", 600, 1.5)]);
    feed(&mut aggregator, &rules, "a", &[(623, 3.0)], 623);
    assert_eq!(flushed(&mut aggregator, 624), []);
    assert_eq!(flushed(&mut aggregator, 625), [given("out", 600, 2.0)]);
}

#[test]
fn a_change_of_rules_closes_just_what_it_concerns() {
    let old = rules("a (10) = sum a\nb (10) = sum b\nc (10) = sum c");
    let new = rules("a (10) = sum a\nb (10) = avg b\nc (10) = sum c");
    let mut aggregator = Aggregator::new(AggregatorSettings::default(), 1);
    for name in ["a", "b", "c"] {
        feed(&mut aggregator, &old, name, &[(100, 1.0)], 100);
    }
    let mut closed = Vec::new();
    aggregator.change_rules(&old, &new, |name, start, value| closed.push(given(name, start, value)));
    // Of `c`, the changed rule before it might have been the first to touch it.
    assert_eq!(closed, [given("b", 100, 1.0), given("c", 100, 1.0)]);
    feed(&mut aggregator, &new, "a", &[(100, 1.0)], 101);
    feed(&mut aggregator, &new, "b", &[(100, 5.0), (101, 6.0)], 101);
    assert_eq!(flushed(&mut aggregator, 120), [given("a", 100, 2.0), given("b", 100, 5.5)]);
    aggregator.change_rules(&new, &rules(""), |_, _, _| {});
    assert_eq!((aggregator.bucket_count(), aggregator.due.len()), (0, 0));
}

#[test]
fn without_room_a_point_changes_nothing() {
    let rules = rules("p (10) = p50 a\ns (10) = sum a");
    let mut aggregator = Aggregator::new(AggregatorSettings::default(), 1);
    (aggregator.bucket_count_max, aggregator.value_count_max) = (3, 2);
    let [percentile, sum] = outputs(&rules, "a").try_into().expect("two outputs");
    for timestamp in [10, 11] {
        assert_eq!(aggregator.add(&percentile, timestamp, 1.0, at(10)), Ok(()));
    }
    assert_eq!(aggregator.add(&percentile, 12, 9.0, at(10)), Err(Full));
    aggregator.value_count_max = 3;
    for timestamp in [10, 20] {
        assert_eq!(aggregator.add(&sum, timestamp, 1.0, at(10)), Ok(()));
    }
    assert_eq!(aggregator.add(&sum, 30, 1.0, at(10)), Err(Full));
    assert_eq!(aggregator.add(&sum, 21, 1.0, at(10)), Ok(()));
    assert_eq!(flushed(&mut aggregator, 20), [given("p", 10, 1.0), given("s", 10, 1.0), given("s", 20, 2.0)]);
    flushed(&mut aggregator, 1000);
    assert_eq!((aggregator.bucket_count, aggregator.value_count, aggregator.due.len()), (0, 0, 0));
}

#[test]
fn no_timestamp_is_too_far_away() {
    let rules = rules("out (7) = max a");
    let mut aggregator =
        Aggregator::new(AggregatorSettings { intervals_max: u32::MAX, write_back_secs: Some(0) }, 3);
    for timestamp in [i64::MIN, -1, 0, i64::MAX] {
        feed(&mut aggregator, &rules, "a", &[(timestamp, 1.0)], 0);
    }
    let mut count = 0;
    aggregator.flush(Moment { elapsed_ms: u64::MAX, now: i64::MIN }, |_, _, _| count += 1);
    assert_eq!(count, 4);
}

const RULES: &str = "x.sum (5) = sum <x>.*\nx.p90 (3) = p90 a.*\n<y>.avg (4) = avg <y>.*\nx.sum (2) = count b.*\n\
                     x.min (7) = min *.1\nx.max (1) = max *.2";
const NAMES: [&str; 5] = ["a.1", "a.2", "b.1", "b.2", "c.3"];

static READ: LazyLock<AggregationRules> = LazyLock::new(|| rules(RULES));

/// One step of a run.
#[derive(Debug, Clone)]
enum Step {
    Point { name: usize, age_secs: i64, value: f64 },
    Wait { secs: i64 },
}

/// Every value of every interval, and a timer for each aggregate.
#[derive(Default)]
struct Model {
    /// Each with its rule, when it is due, and its intervals: their values, and whether one is new.
    aggregates: BTreeMap<String, (Arc<AggregationRule>, i64, Intervals)>,
}

type Intervals = BTreeMap<i64, (Vec<f64>, bool)>;

impl Model {
    fn add(&mut self, output: &Output, timestamp: i64, value: f64, now: i64) {
        let (rule, _, intervals) = self
            .aggregates
            .entry(output.name.to_string())
            .or_insert_with(|| (output.rule.clone(), now + output.rule.frequency_secs(), BTreeMap::new()));
        let interval = timestamp.div_euclid(rule.frequency_secs()) * rule.frequency_secs();
        let (values, is_active) = intervals.entry(interval).or_default();
        values.push(value);
        *is_active = true;
    }

    /// One second has passed.
    fn tick(&mut self, now: i64, given: &mut Vec<(String, i64, f64)>) {
        self.aggregates.retain(|name, (rule, due, intervals)| {
            let frequency = rule.frequency_secs();
            if now < *due {
                return true;
            }
            *due += frequency;
            for (interval, (values, is_active)) in intervals.iter_mut() {
                if std::mem::take(is_active) {
                    given.push((name.clone(), *interval, plain_aggregate(rule.method().name(), values)));
                }
            }
            intervals.retain(|interval, _| *interval >= now - now % frequency - 5 * frequency);
            !intervals.is_empty()
        });
    }
}

fn plain_aggregate(method: &str, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    match method {
        "sum" => values.iter().fold(0.0, |sum, value| sum + value),
        "avg" => values.iter().fold(0.0, |sum, value| sum + value) / count,
        "count" => count,
        "min" => sorted[0],
        "max" => sorted[sorted.len() - 1],
        _ => {
            let rank = 0.9 * (count - 1.0);
            let (left, right) = (rank.floor(), rank.ceil());
            let (below, above) = (sorted[left as usize], sorted[right as usize]);
            if left == right { below } else { below * (right - rank) + above * (rank - left) }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..NAMES.len(), -5i64..45, -1000i32..1000).prop_map(|(name, age_secs, eighths)| Step::Point {
            name,
            age_secs,
            value: f64::from(eighths) / 8.0,
        }),
        1 => (1i64..9).prop_map(|secs| Step::Wait { secs }),
    ]
}

/// Runs the steps; `restart_at` saves everything before that step and goes on from the text.
fn run(steps: &[Step], shares: usize, restart_at: Option<usize>) -> Vec<(String, i64, f64)> {
    let rules = &*READ;
    let fresh = || -> Vec<Box<Aggregator>> {
        (0..shares).map(|_| Box::new(Aggregator::new(AggregatorSettings::default(), shares))).collect()
    };
    let share_of = |name: &str| name.len() % shares;
    let mut aggregators = fresh();
    let (mut now, mut all) = (100_000, Vec::new());
    for (index, step) in steps.iter().enumerate() {
        if restart_at == Some(index) {
            let mut saved = super::super::saved::SavedAggregates::default();
            aggregators.iter().for_each(|aggregator| saved.add(aggregator));
            aggregators = fresh();
            let text = saved.to_text().expect("text");
            let restored = super::super::saved::SavedAggregates::from_text(&text).expect("the same");
            assert_eq!(restored, saved);
            let lost = |_: &Arc<str>, _, _| panic!("every rule is still there");
            restored.restore(rules, at(now), share_of, &mut aggregators, lost);
        }
        match step {
            Step::Point { name, age_secs, value } => {
                for output in outputs(rules, NAMES[*name]) {
                    let home = &mut aggregators[share_of(&output.name)];
                    home.add(&output, now - age_secs, *value, at(now)).expect("room");
                }
            }
            Step::Wait { secs } => {
                for _ in 0..*secs {
                    now += 1;
                    for aggregator in &mut aggregators {
                        all.extend(flushed(aggregator, now));
                    }
                }
            }
        }
    }
    aggregators.iter_mut().for_each(|aggregator| {
        aggregator.give_all(|name, start, value| all.push(given(name, start, value)));
    });
    all
}

/// What a store has after these points, in their order.
fn stored(given: &[(String, i64, f64)]) -> BTreeMap<(String, i64), u64> {
    given.iter().map(|(name, start, value)| ((name.clone(), *start), value.to_bits())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn points_come_out_as_the_model_says(steps in prop::collection::vec(step(), 1..120)) {
        let rules = &*READ;
        let mut aggregator = Aggregator::new(AggregatorSettings::default(), 1);
        let mut model = Model::default();
        let mut now = 100_000;
        for step in &steps {
            match step {
                Step::Point { name, age_secs, value } => {
                    for output in outputs(rules, NAMES[*name]) {
                        aggregator.add(&output, now - age_secs, *value, at(now)).expect("room");
                        model.add(&output, now - age_secs, *value, now);
                    }
                }
                Step::Wait { secs } => {
                    for _ in 0..*secs {
                        now += 1;
                        let mut expected = Vec::new();
                        model.tick(now, &mut expected);
                        let mut found = flushed(&mut aggregator, now);
                        found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
                        prop_assert_eq!(found, expected);
                    }
                }
            }
            let open: usize = model.aggregates.values().map(|(_, _, intervals)| intervals.len()).sum();
            prop_assert_eq!(aggregator.bucket_count(), open);
        }
    }

    #[test]
    fn sharing_aggregates_out_changes_nothing(steps in prop::collection::vec(step(), 1..80)) {
        prop_assert_eq!(stored(&run(&steps, 1, None)), stored(&run(&steps, 4, None)));
    }

    #[test]
    fn a_restart_within_the_reach_of_buckets_changes_nothing(
        steps in prop::collection::vec(step(), 2..80),
        restart in 0usize..80,
    ) {
        // Without late points that meet the edge of a bucket's age, which a restart moves by less than a frequency.
        let timely = |step: &Step| match step {
            Step::Point { name, age_secs, value } => Step::Point { name: *name, age_secs: age_secs % 3, value: *value },
            wait => wait.clone(),
        };
        let steps: Vec<Step> = steps.iter().map(timely).collect();
        let restarted = run(&steps, 2, Some(restart % steps.len()));
        prop_assert_eq!(stored(&run(&steps, 2, None)), stored(&restarted));
    }
}
