//! What is restored, what is handed back, and texts that are not taken.

use std::path::Path;

use super::super::aggregator::AggregatorSettings;
use super::*;

fn rules(text: &str) -> AggregationRules {
    AggregationRules::parse(text, Path::new("a.conf")).0
}

fn saved(rules: &AggregationRules) -> SavedAggregates {
    let mut aggregator = Aggregator::new(AggregatorSettings::default(), 1);
    let moment = Moment { elapsed_ms: 0, now: 100 };
    for rule in rules.iter() {
        let output = Output { name: Arc::from(rule.definition().output.as_str()), rule: rule.clone() };
        for (timestamp, value) in [(100, 0.1), (101, 0.2), (112, 5.0)] {
            aggregator.add(&output, timestamp, value, moment).expect("room");
        }
    }
    let mut saved = SavedAggregates::default();
    saved.add(&aggregator);
    saved
}

#[test]
fn what_has_no_rule_any_more_is_given_out() {
    let saved = saved(&rules("a (10) = sum x\nb (10) = p50 x"));
    let mut home = [Box::new(Aggregator::new(AggregatorSettings::default(), 1))];
    let mut given = Vec::new();
    let moment = Moment { elapsed_ms: 5, now: 113 };
    saved.restore(
        &rules("a (10) = sum x\nb (20) = p50 x"),
        moment,
        |_| 0,
        &mut home,
        |name, start, value| {
            given.push((name.to_string(), start, value));
        },
    );
    assert_eq!(given, [("b".to_owned(), 100, 0.1 * 0.5 + 0.2 * 0.5), ("b".to_owned(), 110, 5.0)]);
    let mut flushed = Vec::new();
    home[0].flush(Moment { elapsed_ms: 10_005, now: 123 }, |name, start, value| {
        flushed.push((name.to_string(), start, value));
    });
    assert_eq!(flushed, [("a".to_owned(), 100, 0.1 + 0.2), ("a".to_owned(), 110, 5.0)]);
}

#[test]
fn a_damaged_text_and_another_version_are_errors() {
    let text = saved(&rules("a (10) = sum x")).to_text().expect("text");
    for length in 0..text.len() {
        assert!(SavedAggregates::from_text(&text[..length]).is_err(), "{length}");
    }
    let other = String::from_utf8(text).expect("text").replace("\"version\":1", "\"version\":2");
    let error = SavedAggregates::from_text(other.as_bytes()).expect_err("another version");
    assert_eq!(error.to_string(), "the saved buckets have the version 2, known is 1");
}

#[test]
fn hostile_numbers_are_harmless() {
    let text = r#"{"version":1,"aggregates":[{"name":"a","output":"a","frequency_secs":10,"method":"p50","input":"x",
        "buckets":[{"start":-9223372036854775808,"is_active":true,"count":18446744073709551615,"number_bits":0},
                   {"start":9223372036854775807,"is_active":true,"count":1,"number_bits":0,
                    "value_bits":[9221120237041090560,1]}]},
        {"name":"b","output":"b","frequency_secs":-1,"method":"no","input":"(","buckets":[]}]}"#;
    let saved = SavedAggregates::from_text(text.as_bytes()).expect("well-formed");
    let mut home = [Box::new(Aggregator::new(AggregatorSettings::default(), 1))];
    saved.restore(&rules("a (10) = p50 x"), Moment { elapsed_ms: 0, now: 0 }, |_| 7, &mut home, |_, _, _| {});
    assert_eq!(home[0].bucket_count(), 0);
    saved.restore(&rules("a (10) = p50 x"), Moment { elapsed_ms: 0, now: 0 }, |_| 0, &mut home, |_, _, _| {});
    assert_eq!(home[0].bucket_count(), 2);
    home[0].flush(Moment { elapsed_ms: u64::MAX, now: 100 }, |_, _, _| {});
}
