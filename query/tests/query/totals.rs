//! An aggregate that is computed while its series are read answers as one over series that were read before.

use plumbago_protocol::Aggregation;
use plumbago_query::{Limits, RenderRequest, RenderedSeries, render};

use crate::memory::{Class, Memory};

const NOW: i64 = 1_710_504_000;

fn class(step: i64) -> Class {
    Class { archives: vec![(step, 86_400)], aggregation: Aggregation::Average, x_files_factor: 0.5 }
}

/// Series with gaps, of one step below `a` and `t`, of two below `mixed`.
fn store() -> Memory {
    let mut memory = Memory::default();
    let points = |step: i64, seed: i64| -> Vec<(i64, f64)> {
        let times = (0..30).map(|at| NOW - 300 + at * step).filter(|time| (time / step + seed) % 4 != 0);
        times.map(|time| (time, ((time * 7919 + seed * 104_729) % 1000) as f64 / 7.0)).collect()
    };
    for seed in 0..7 {
        memory.insert(&format!("a.b{seed}"), class(10), &points(10, seed));
        memory.insert(&format!("t;dc=x;host={seed}"), class(10), &points(10, seed));
        memory.insert(
            &format!("mixed.{seed}"),
            class(10 + 20 * (seed % 2)),
            &points(10 + 20 * (seed % 2), seed),
        );
    }
    memory
}

fn rendered(memory: &Memory, targets: &[&str], limits: Limits) -> Vec<RenderedSeries> {
    let targets = targets.iter().map(|target| (*target).to_owned()).collect();
    let mut request = RenderRequest::new(targets, NOW - 300, NOW, NOW);
    (request.x_files_factor, request.limits) = (Some(0.4), limits);
    render(memory, &request).unwrap()
}

#[test]
fn the_answer_does_not_depend_on_how_it_was_read() {
    let memory = store();
    for function in ["sumSeries", "averageSeries", "maxSeries", "minSeries", "sum", "avg"] {
        for reads in
            ["a.*", "mixed.*", "a.b3", "nothing.*", "a.*,mixed.0", "seriesByTag('dc=x')", "a/*", "a.*,a.*"]
        {
            let target = format!("{function}({reads})");
            let streamed = rendered(&memory, &[&target], Limits::default());
            // A read with two uses is kept as a whole.
            let ahead = format!("group({reads})");
            let both = rendered(&memory, &[&target, &ahead], Limits::default());
            assert_eq!(streamed.len(), usize::from(reads != "nothing.*"), "{target}");
            for (one, other) in streamed.iter().zip(&both) {
                let facts = |series: &RenderedSeries| {
                    let bits: Vec<u64> = series.values.iter().map(|value| value.to_bits()).collect();
                    (series.name.clone(), series.tags.to_map(), series.start, series.step, bits)
                };
                assert_eq!(facts(one), facts(other), "{target}");
            }
        }
    }
}

#[test]
fn limits_hold_for_the_reads_of_all_aggregates_together() {
    let memory = store();
    let limits = Limits { series_max: 14, points_max: 100_000, ..Limits::default() };
    rendered(&memory, &["sumSeries(a.*)", "sumSeries(mixed.*)"], limits);
    let targets = ["sumSeries(a.*)", "maxSeries(mixed.*)", "minSeries(t*)", "sumSeries(a.b*)"];
    let request = RenderRequest::new(targets.map(str::to_owned).to_vec(), NOW - 300, NOW, NOW);
    assert!(render(&memory, &RenderRequest { limits, ..request }).is_err());
}
