//! carbon's four files about points: any text gives rules and warnings with lines that exist, and what is made of a name
//! and of its points is never a panic.

#![no_main]

use std::path::Path;

use libfuzzer_sys::{Corpus, fuzz_target};
use plumbago_rules::carbon::{
    AggregationRules, Aggregator, AggregatorSettings, CarbonRules, Moment, NameList, RewriteRules,
    SavedAggregates, Warning,
};

/// Longer files compile slower and mean nothing new.
const BYTES_MAX: usize = 512;

fn check(text: &str, warnings: &[Warning]) {
    let lines = text.lines().count();
    assert!(warnings.iter().all(|warning| (1..=lines).contains(&warning.line) && !warning.message.is_empty()));
}

fuzz_target!(|text: &str| -> Corpus {
    if text.len() > BYTES_MAX {
        return Corpus::Reject;
    }
    // The first line is a name, the rest one file.
    let (name, text) = text.split_once('\n').unwrap_or(("a.b_1.c", text));
    let file = Path::new("f");
    let (list, list_warnings) = NameList::parse(text, file);
    let (rewrite, rewrite_warnings) = RewriteRules::parse(text, file);
    let (aggregation, aggregation_warnings) = AggregationRules::parse(text, file);
    for warnings in [&list_warnings, &rewrite_warnings, &aggregation_warnings] {
        check(text, warnings);
    }
    let rules =
        CarbonRules { blacklist: Some(list), whitelist: None, rewrite, aggregation, forward_all: true };
    let decision = rules.decide(name);
    let allowed = CarbonRules { blacklist: None, ..rules };
    let mut aggregator = Aggregator::new(AggregatorSettings::default(), 1);
    for output in decision.outputs.iter().chain(&allowed.decide(name).outputs) {
        for (timestamp, value) in [(100, 1.5), (i64::MAX, -0.0), (101, 1e300)] {
            let _ = aggregator.add(output, timestamp, value, Moment { elapsed_ms: 0, now: 100 });
        }
    }
    let mut saved = SavedAggregates::default();
    saved.add(&aggregator);
    let again = saved.to_text().ok().and_then(|text| SavedAggregates::from_text(&text).ok());
    assert_eq!(again, Some(saved));
    aggregator.flush(Moment { elapsed_ms: u64::MAX, now: 1_000 }, |_, _, _| {});
    let _ = SavedAggregates::from_text(text.as_bytes());
    Corpus::Keep
});
