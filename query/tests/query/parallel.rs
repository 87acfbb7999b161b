//! With help or without, a request has one answer, down to the last bit; and it can be ended, and refused, on the way.

use std::sync::Arc;

use plumbago_protocol::Aggregation;
use plumbago_query::{Cancel, Helpers, Limits, QueryError, RenderRequest, RenderedSeries, render};
use proptest::prelude::*;

use crate::memory::{Class, Memory};

const NOW: i64 = 1_710_504_000;
const POINTS: i64 = 2_000;

/// So many series that their reads are shared out, with gaps, and of values whose sums depend on the order.
fn store(seed: i64) -> Memory {
    let class = |step| Class {
        archives: vec![(step, 86_400)],
        aggregation: Aggregation::Average,
        x_files_factor: 0.5,
    };
    let mut memory = Memory::default();
    for series in 0..160_i64 {
        let times = (0..POINTS).map(|at| NOW - POINTS + at).filter(|time| (time + series) % 7 != seed % 7);
        let value = |time: i64| {
            ((time * 7919 + series * 104_729 + seed) % 1_000_003) as f64 / 7.0
                * 1e3_f64.powi((series % 5) as i32)
        };
        let points: Vec<(i64, f64)> = times.map(|time| (time, value(time))).collect();
        memory.insert(&format!("a.g{}.s{series:03}", series % 9), class(1), &points);
    }
    memory.insert("odd.g1.x", class(10), &[(NOW - 100, 3.5)]);
    memory
}

fn request(targets: &[&str], helpers: usize) -> RenderRequest {
    let targets = targets.iter().map(|target| (*target).to_owned()).collect();
    let helpers = Arc::new(Helpers::new(helpers));
    RenderRequest { helpers, ..RenderRequest::new(targets, NOW - POINTS, NOW, NOW) }
}

fn facts(series: &[RenderedSeries]) -> Vec<(Arc<str>, i64, i64, Vec<u64>)> {
    let bits = |one: &RenderedSeries| one.values.iter().map(|value| value.to_bits()).collect();
    series.iter().map(|one| (one.name.clone(), one.start, one.step, bits(one))).collect()
}

const TARGETS: [&str; 12] = [
    "sumSeries(a.*.*)",
    "averageSeries(a.*.*)",
    "groupByNode(a.*.*, 1, 'sum')",
    "groupByNodes(*.*.*, 'averageSeries', 0, 1)",
    "maxSeries(a.g1.*, a.g2.*)",
    "sumSeries(*.g1.*)",
    "a.*.*",
    "highestAverage(movingAverage(a.g3.*, 5), 3)",
    "stacked(a.g4.*)",
    "setXFilesFactor(a.g5.*, 0.9)",
    "sumSeries(nothing.*)",
    "summarize(a.g6.*, '1min')",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn help_changes_nothing(
        chosen in prop::collection::vec(0..TARGETS.len(), 1..6),
        seed in 0_i64..1000,
        helpers in 1_usize..4,
    ) {
        let memory = store(seed);
        let targets: Vec<&str> = chosen.iter().map(|at| TARGETS[*at]).collect();
        let alone = render(&memory, &request(&targets, 0)).unwrap();
        let helped = render(&memory, &request(&targets, helpers)).unwrap();
        prop_assert_eq!(facts(&alone), facts(&helped));
    }
}

#[test]
fn groups_are_the_same_read_at_once_or_one_by_one() {
    let memory = store(1);
    for call in [
        "groupByNode(READS, 1, 'sum')",
        "groupByNode(READS, -2, 'max')",
        "groupByNode(READS, 7, 'averageSeries')",
        "groupByNode(READS, 1)",
        "groupByNode(READS, 1, 'avg')",
        "groupByNode(READS, 1, 'count')",
        "groupByNode(READS, 1, 'last')",
        "groupByNode(READS, 1, 'median')",
        "groupByNodes(READS, 'minSeries', 1, 0)",
        "groupByNodes(READS, 'sum')",
    ] {
        for reads in ["a.g1.*", "*.g1.*", "*.*.*", "nothing.*"] {
            let call = call.replace("READS", reads);
            let streamed = render(&memory, &request(&[&call], 0)).unwrap();
            // A read with two uses is kept as a whole.
            let mut both = render(&memory, &request(&[&call, &format!("group({reads})")], 0)).unwrap();
            both.truncate(streamed.len());
            assert_eq!(facts(&streamed), facts(&both), "{call}");
            let tags =
                |series: &[RenderedSeries]| series.iter().map(|one| one.tags.to_map()).collect::<Vec<_>>();
            assert_eq!(tags(&streamed), tags(&both), "{call}");
        }
    }
}

#[test]
fn a_query_that_is_not_wanted_has_no_answer() {
    let memory = store(2);
    for target in TARGETS {
        let cancel = Cancel::new();
        cancel.cancel();
        let error = render(&memory, &RenderRequest { cancel, ..request(&[target], 1) }).unwrap_err();
        assert!(matches!(error, QueryError::Cancelled) && !error.is_callers_fault(), "{target}: {error}");
    }
}

#[test]
fn a_refusal_tells_the_cost_of_the_whole_request() {
    let memory = store(3);
    let refused = |limits: Limits| {
        let request = RenderRequest { limits, ..request(&["a.g1.*", "sumSeries(a.g2.*)"], 1) };
        render(&memory, &request).unwrap_err().to_string()
    };
    let cost = format!("the request reads about 36 series and {} points (limit ", 36 * POINTS);
    let series = refused(Limits { series_max: 20, ..Limits::default() });
    assert_eq!(series, format!("{cost}20 series)"));
    let points = refused(Limits { points_max: 50_000, ..Limits::default() });
    assert_eq!(points, format!("{cost}50000 points)"));
    let memory = refused(Limits { memory_max: 200_000, ..Limits::default() });
    assert_eq!(
        memory,
        format!(
            "the request reads about 36 series and {} points, which take about 286 KiB of memory (limit 196 KiB)",
            36 * POINTS
        )
    );
}

#[test]
fn what_functions_make_counts_as_memory() {
    let memory = store(4);
    // What is read is 18 series of 2,000 points: some 290 kB.
    let limits = Limits { memory_max: 1_000_000, ..Limits::default() };
    for (target, is_within) in [
        ("a.g1.*", true),
        ("scale(scale(scale(scale(a.g1.*, 2), 2), 2), 2)", true),
        ("sumSeries(a.*.*)", true),
        ("group(a.g1.*, a.g1.*)", true),
        ("group(a.g1.*, a.g1.*, a.g1.*, a.g1.*)", false),
        ("timeStack(a.g1.*, '1min', 0, 5)", false),
        ("groupByNode(*.*.*, 2, 'sum')", false),
        ("sumSeries(timeShift(a.*.*, '1s'))", false),
    ] {
        let outcome = render(&memory, &RenderRequest { limits, ..request(&[target], 0) });
        match outcome {
            Ok(_) => assert!(is_within, "{target}"),
            Err(error) => {
                assert!(matches!(error, QueryError::OverLimit { .. }) && !is_within, "{target}: {error}");
                assert!(error.to_string().contains("memory"), "{error}");
            }
        }
    }
}
