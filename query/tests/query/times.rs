//! Functions that read another range than the one asked for do not read that one too, and answer as if they did.

use std::sync::atomic::Ordering;

use plumbago_protocol::Aggregation;
use plumbago_query::{RenderRequest, RenderedSeries, render};

use crate::memory::{Class, Memory};

const NOW: i64 = 1_710_504_000;
const RANGE_SECS: i64 = 600;

/// Series with gaps, of one step below `a`, of two below `mixed`.
fn store() -> Memory {
    let mut memory = Memory::default();
    for seed in 0..6 {
        for (name, step) in [(format!("a.b{seed}"), 10), (format!("mixed.{seed}"), 10 + 20 * (seed % 2))] {
            let class = Class {
                archives: vec![(step, 86_400)],
                aggregation: Aggregation::Average,
                x_files_factor: 0.5,
            };
            let times = (0..200).map(|at| NOW - at * step).filter(|time| (time / step + seed) % 5 != 0);
            let value = |time: i64| ((time * 7919 + seed * 104_729) % 1000) as f64 / 7.0;
            let mut points: Vec<(i64, f64)> = times.map(|time| (time, value(time))).collect();
            points.reverse();
            memory.insert(&name, class, &points);
        }
    }
    memory
}

fn rendered(memory: &Memory, targets: &[&str]) -> (Vec<RenderedSeries>, usize) {
    let targets = targets.iter().map(|target| (*target).to_owned()).collect();
    memory.points_read.store(0, Ordering::Relaxed);
    let series = render(memory, &RenderRequest::new(targets, NOW - RANGE_SECS, NOW, NOW)).unwrap();
    (series, memory.points_read.load(Ordering::Relaxed))
}

const CALLS: [&str; 12] = [
    "movingAverage(READS, 5)",
    "movingAverage(READS, '1min')",
    "movingMedian(READS, 5)",
    "movingMax(movingSum(READS, 3), 4)",
    "movingWindow(READS, 500, 'sum')",
    "exponentialMovingAverage(READS, 4)",
    "rate(READS, '1min')",
    "timeShift(READS, '5min')",
    "timeShift(READS, '5min', false)",
    "timeStack(READS, '1min', 0, 3)",
    "holtWintersForecast(READS, '10min', '2min')",
    "holtWintersAberration(READS, 3, '10min', '2min')",
];

#[test]
fn the_answer_does_not_depend_on_whether_the_range_itself_was_read() {
    let memory = store();
    for call in CALLS {
        for reads in ["a.*", "mixed.*", "a.b3", "nothing.*"] {
            let call = call.replace("READS", reads);
            let (alone, _) = rendered(&memory, &[&call]);
            // A read with two uses is kept as a whole.
            let (mut both, _) = rendered(&memory, &[&call, &format!("group({reads})")]);
            both.truncate(alone.len());
            let facts = |series: &[RenderedSeries]| {
                let bits = |one: &RenderedSeries| one.values.iter().map(|value| value.to_bits()).collect();
                let one = |one: &RenderedSeries| {
                    (one.name.clone(), one.tags.to_map(), one.start, one.step, bits(one))
                };
                series.iter().map(one).collect::<Vec<(_, _, _, _, Vec<u64>)>>()
            };
            assert_eq!(alone.is_empty(), reads == "nothing.*", "{call}");
            assert_eq!(facts(&alone), facts(&both), "{call}");
        }
    }
}

#[test]
fn only_the_other_range_is_read() {
    let memory = store();
    let slots = |seconds: i64| 6 * usize::try_from(seconds / 10).unwrap();
    for (call, points) in [
        ("movingAverage(a.*, 5)", slots(RANGE_SECS + 50)),
        ("movingAverage(a.*, '1min')", slots(RANGE_SECS + 60)),
        ("exponentialMovingAverage(a.*, 5)", slots(RANGE_SECS + 50)),
        ("rate(a.*, '2min')", slots(RANGE_SECS + 120)),
        ("timeShift(a.*, '5min')", slots(RANGE_SECS)),
        ("holtWintersForecast(a.*, '10min', '2min')", slots(RANGE_SECS + 600)),
        // It compares the values of the range with the band.
        ("holtWintersAberration(a.*, 3, '10min', '2min')", slots(RANGE_SECS + RANGE_SECS + 600)),
    ] {
        assert_eq!(rendered(&memory, &[call]).1, points, "{call}");
    }
}
