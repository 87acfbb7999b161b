//! Measures the way of a point into the store: parsing lines and pickle frames, and accepting points into log and hot
//! window, of known series in usual and in random order, of new ones, and of new ones that a limit refuses.
//!
//! One element is one point. `PLUMBAGO_BENCH_SERIES` points make a step, and one iteration is one step. No socket is
//! measured, and the disk is memory.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use plumbago_benches::{
    Load, START, feed, lines, open, pickle_frames, policy, quick, series_count, shuffled, time_of,
};
use plumbago_engine::{
    Arrivals, CardinalityLimits, CardinalityRule, Engine, MemoryDisk, Options, Policy, PolicyRules,
    PrefixPattern, Writer,
};
use plumbago_protocol::pickle::{Decoder, Frames, RefusedItem};
use plumbago_protocol::{Lines, Point, line};

/// Points a frame of carbon-relay holds at most unless configured otherwise.
const FRAME_POINTS: usize = 500;
/// Points committed at once.
const BATCH_POINTS: usize = 1000;
/// Steps after which the hot window is flushed, outside of what is measured.
const FLUSH_STEPS: usize = 60;

/// Points in a buffer of lines, and the sum of their values: nothing of them can be left out.
fn parsed_lines(buffer: &[u8], now: i64) -> (usize, f64) {
    let points = Lines::new(buffer).filter_map(|text| line::parse(text, now).ok());
    points.fold((0, 0.0), |(count, sum), point| {
        (count + black_box(&point.name).len().min(1), sum + point.value)
    })
}

fn parsed_frames(decoder: &mut Decoder, buffer: &[u8], now: i64) -> (usize, f64) {
    let (mut count, mut sum) = (0, 0.0);
    for frame in Frames::new(buffer, 1 << 20) {
        let emit = &mut |point: Result<Point<'_>, RefusedItem<'_>>| {
            let point = point.expect("a good item");
            count += black_box(&point.name).len().min(1);
            sum += point.value;
        };
        decoder.decode(frame.expect("a small frame"), now, emit).expect("a good frame");
    }
    (count, sum)
}

fn parse(criterion: &mut Criterion) {
    let load = Load::new(series_count(), 1);
    let now = time_of(0);
    let expected = (load.names.len(), load.columns.iter().map(|column| column[0]).sum::<f64>());
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(load.names.len() as u64));
    let buffer = lines(&load, 0);
    assert_eq!(parsed_lines(&buffer, now), expected);
    group.bench_function("lines", |bencher| bencher.iter(|| parsed_lines(black_box(&buffer), now)));
    let frames = pickle_frames(&load, 0, FRAME_POINTS);
    let mut decoder = Decoder::default();
    assert_eq!(parsed_frames(&mut decoder, &frames, now), expected);
    group.bench_function("pickle", |bencher| {
        bencher.iter(|| parsed_frames(&mut decoder, black_box(&frames), now))
    });
    group.finish();
}

/// Pushes and commits one step of `load` in the order of `positions`.
fn accept_step(writer: &mut Writer, load: &Load, positions: &[usize], step: usize) {
    let now = time_of(step);
    for batch in positions.chunks(BATCH_POINTS) {
        for index in batch {
            writer.push(&load.names[*index], load.value(*index, step), now, now).expect("a good point");
        }
        writer.commit().expect("memory");
    }
}

fn accept(criterion: &mut Criterion) {
    let load = Load::new(series_count(), FLUSH_STEPS);
    let mut group = criterion.benchmark_group("accept");
    group.throughput(Throughput::Elements(load.names.len() as u64));
    let orders =
        [("usual_order", (0..load.names.len()).collect()), ("random_order", shuffled(load.names.len()))];
    for (order, positions) in orders {
        let engine = open(MemoryDisk::new(), START);
        feed(&engine, &load, 0..1);
        let mut writer = engine.writer();
        let step = Cell::new(0_usize);
        let next_step = || {
            step.set(step.get() + 1);
            if step.get().is_multiple_of(FLUSH_STEPS) {
                engine.flush(time_of(step.get())).expect("memory");
            }
            step.get()
        };
        group.bench_function(order, |bencher| {
            let accept = |step| accept_step(&mut writer, &load, &positions, step);
            bencher.iter_batched(next_step, accept, BatchSize::PerIteration);
        });
        let stats = engine.stats();
        assert_eq!(stats.series, load.names.len() as u64);
        assert_eq!(stats.points, (load.names.len() * (step.get() + 1)) as u64);
    }
    let positions: Vec<usize> = (0..load.names.len()).collect();
    group.bench_function("new_series", |bencher| {
        let accept = |engine: plumbago_engine::Engine| {
            accept_step(&mut engine.writer(), &load, &positions, 0);
            assert_eq!(engine.stats().series_created, load.names.len() as u64);
            engine
        };
        bencher.iter_batched(|| open(MemoryDisk::new(), START), accept, BatchSize::PerIteration);
    });
    group.finish();
}

/// Fifty rules, of which the last one applies: what a name costs that must be asked about.
struct FiftyRules;

impl PolicyRules for FiftyRules {
    fn policy_for(&self, name: &str) -> Policy {
        let matched = (0..50).find(|number| name.contains(&format!("rule{number}")));
        assert_eq!(black_box(matched), None);
        policy()
    }

    fn fingerprint(&self) -> u64 {
        1
    }
}

/// New series where there are as many as there may be: each point is refused, again and again.
fn refuse(criterion: &mut Criterion) {
    let load = Load::new(series_count(), 1);
    let now = time_of(0);
    let rule = CardinalityRule {
        name: "all".to_owned(),
        prefix: PrefixPattern::everything(),
        series_max: Some(1),
        new_series_per_sec_max: None,
    };
    let cardinality = CardinalityLimits { rules: vec![rule], burst_secs: 1 };
    let options = Options { cardinality, ..Options::default() };
    let engine =
        Engine::open(Arc::new(MemoryDisk::new()), options, Arc::new(FiftyRules), now).expect("a store");
    let mut writer = engine.writer();
    writer.push("the.only.one", 1.0, now, now).expect("a place");
    writer.commit().expect("memory");
    let mut arrivals = Arrivals::default();
    load.names.iter().for_each(|name| arrivals.push_name(name.as_bytes(), 1.0, now));
    let mut group = criterion.benchmark_group("refuse");
    group.throughput(Throughput::Elements(load.names.len() as u64));
    group.bench_function("series limit", |bencher| {
        bencher.iter(|| {
            let mut refused = 0;
            writer.accept(&arrivals, now, |_, why| refused += usize::from(black_box(why).limit.is_some()));
            assert_eq!(refused, load.names.len());
        })
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = quick();
    targets = parse, accept, refuse
}
criterion_main!(benches);
