//! Measures queries: parsing expressions, and rendering over many series from a source in memory and from a store.
//!
//! One element is one expression, or one point that is read. `PLUMBAGO_BENCH_SERIES` series are read, each with half an
//! hour of points. The source in memory hands out copies, the least that any source does.

use std::hint::black_box;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plumbago_benches::{Load, START, STEP_SECS, feed, open, quick, series_count};
use plumbago_engine::{Engine, FetchQuery, MemoryDisk, Selector};
use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{
    FetchRequest, FetchedSeries, Node, Reading, RenderRequest, RenderedSeries, Selection, Source,
    SourceError, VisitedSeries, parse, render,
};

const STEPS: usize = 180;

const EXPRESSIONS: [&str; 6] = [
    "dc1.rack01.host0001.load.average.shortterm",
    "sumSeries(dc1.*.*.network.eth0.rx_bytes)",
    "alias(scale(nonNegativeDerivative(dc?.rack{01,02}.*.disk.sd[ab].read_bytes), 0.1), 'reads')",
    "aliasByNode(highestAverage(perSecond(*.*.*.cpu.total.user), 10), 2)",
    "groupByNode(seriesByTag('name=load.average.shortterm', 'dc=~dc[12]'), 0, 'averageSeries')",
    "movingAverage(averageSeries(removeBelowValue(timeShift(*.*.*.uptime.since.boot, '1d'), 0)), '5min')",
];

/// A source that fetches and does nothing else.
enum Store {
    Memory(Vec<FetchedSeries>),
    Engine(Engine),
}

fn fault(error: plumbago_engine::Error) -> SourceError {
    SourceError::Fault(Box::new(error))
}

/// What an engine has selected.
struct Selected(plumbago_engine::Reading);

impl Reading for Selected {
    fn series_count(&self) -> usize {
        self.0.series_count()
    }

    fn points(&self) -> usize {
        self.0.points() as usize
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        let series = |column: plumbago_engine::FetchedColumn| FetchedSeries {
            name: column.name,
            start: column.start,
            step: column.step,
            values: column.values,
            aggregation: column.aggregation,
            x_files_factor: column.x_files_factor,
            facts: None,
        };
        Ok(self.0.fetch(range).map_err(fault)?.into_iter().map(series).collect())
    }

    fn visit(
        &self,
        range: Range<usize>,
        visit: &mut dyn FnMut(VisitedSeries<'_>) -> ControlFlow<()>,
    ) -> Result<(), SourceError> {
        let shown = |column: plumbago_engine::VisitedColumn<'_>| {
            let plumbago_engine::VisitedColumn { name, start, step, values } = column;
            visit(VisitedSeries { name, start, step, values })
        };
        self.0.visit(range, shown).map_err(fault)
    }
}

fn not_here<T>() -> Result<T, SourceError> {
    Err(SourceError::BadRequest("this source only fetches".to_owned()))
}

impl Source for Store {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        not_here()
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let Selection::Pattern(glob) = &request.selection else { return not_here() };
        let engine = match self {
            Store::Memory(series) => {
                let matching = series.iter().filter(|one| glob.matches_path(&one.name));
                return Ok(Box::new(matching.cloned().collect::<Vec<_>>()));
            }
            Store::Engine(engine) => engine,
        };
        let query = FetchQuery {
            selector: Selector::Glob(glob.clone()),
            from: request.from,
            until: request.until,
            now: request.now,
            series_max: request.series_max,
            points_max: usize::MAX,
        };
        Ok(Box::new(Selected(engine.reading(&query).map_err(fault)?)))
    }

    fn tags(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        not_here()
    }

    fn tag_values(&self, _: &str, _: &[TagExpression]) -> Result<Vec<(Arc<str>, usize)>, SourceError> {
        not_here()
    }

    fn series_by_tag(&self, _: &[TagExpression]) -> Result<Vec<Arc<str>>, SourceError> {
        not_here()
    }
}

/// The load as a source in memory, sorted by name.
fn in_memory(load: &Load) -> Store {
    let series = |(name, values): (&String, &Vec<f64>)| FetchedSeries {
        name: Arc::from(name.as_str()),
        start: START,
        step: STEP_SECS,
        values: values.clone(),
        aggregation: Aggregation::Average,
        x_files_factor: 0.5,
        facts: None,
    };
    let mut all: Vec<FetchedSeries> = load.names.iter().zip(&load.columns).map(series).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Store::Memory(all)
}

fn expressions(criterion: &mut Criterion) {
    for text in EXPRESSIONS {
        let parsed = parse(text).expect("well-formed");
        assert_eq!(parse(&parsed.to_string()).expect("as printed"), parsed);
    }
    let mut group = criterion.benchmark_group("expression");
    group.throughput(Throughput::Elements(EXPRESSIONS.len() as u64));
    group.bench_function("parse", |bencher| {
        bencher.iter(|| EXPRESSIONS.iter().filter(|text| black_box(parse(black_box(text))).is_ok()).count());
    });
    group.finish();
}

fn rendered(source: &Store, target: &str, now: i64) -> Vec<RenderedSeries> {
    let request = RenderRequest::new(vec![target.to_owned()], START - STEP_SECS, now, now);
    render(source, &request).expect("a good request")
}

fn rendering(criterion: &mut Criterion) {
    let load = Load::new(series_count(), STEPS);
    let engine = open(MemoryDisk::new(), START);
    let now = feed(&engine, &load, 0..STEPS);
    engine.compact(now, |_| ()).expect("memory");
    let sums: Vec<f64> =
        (0..STEPS).map(|step| load.columns.iter().map(|column| column[step]).sum()).collect();
    let mut group = criterion.benchmark_group("render");
    group.throughput(Throughput::Elements((load.names.len() * STEPS) as u64));
    for (place, source) in [("memory", in_memory(&load)), ("segments", Store::Engine(engine))] {
        let answer = rendered(&source, "sumSeries(*.*.*.*.*.*)", now);
        assert_eq!((answer.len(), answer[0].values.len()), (1, STEPS));
        for (sum, expected) in answer[0].values.iter().zip(&sums) {
            // The order of addition differs.
            assert!((sum - expected).abs() <= expected.abs() * 1e-9, "{sum} is not {expected}");
        }
        let targets = [
            ("sum_series", "sumSeries(*.*.*.*.*.*)", 1),
            ("group_by_node", "groupByNode(*.*.*.*.*.*, 0, 'averageSeries')", 4),
            ("highest_average", "highestAverage(nonNegativeDerivative(*.*.*.*.*.*), 10)", 10),
        ];
        for (function, target, series) in targets {
            assert_eq!(rendered(&source, target, now).len(), series);
            group.bench_function(format!("{place}/{function}"), |bencher| {
                bencher.iter_with_large_drop(|| rendered(&source, black_box(target), now));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = quick();
    targets = expressions, rendering
}
criterion_main!(benches);
