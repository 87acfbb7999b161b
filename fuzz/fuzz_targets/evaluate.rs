//! Random expressions over random series: every call is made from its function's parameters, so that nearly all of them
//! pass the planner. Nothing panics, takes long or grows; an error is one line and the caller's fault; an answer keeps to
//! what was asked for.
#![no_main]

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use plumbago_protocol::{Aggregation, Glob, TagExpression};
use plumbago_query::{
    ConsolidateBy, Descriptor, FetchRequest, FetchedSeries, Kind, Node, Parameter, Reading, RenderRequest,
    Selection, Source, SourceError, functions, render,
};

fuzz_target!(|input: &[u8]| run(&mut Bytes { rest: input }));

/// Small enough that no single input takes long.
const POINTS_MAX: usize = 20_000;

/// A few times what so many points take.
const MEMORY_BYTES_MAX: usize = 4_000_000;

/// Deepest nesting of calls.
const DEPTH_MAX: usize = 4;

fn run(bytes: &mut Bytes<'_>) {
    let now = 1_000_000 + i64::from(bytes.next()) * 7;
    let from = now - 60 - i64::from(bytes.next()) * 60;
    let until = now - i64::from(bytes.next() % 4) * 600;
    let points = bytes.next();
    let factor = bytes.next();
    let consolidate = if bytes.next() % 4 == 0 { ConsolidateBy::Stored } else { ConsolidateBy::Average };
    let store = Store::random(bytes);
    let all: Vec<&'static Descriptor> = functions().collect();
    let mut text = String::new();
    push_call(&mut text, bytes, &all, 0);
    let mut request = RenderRequest::new(vec![text.clone()], from, until, now);
    request.limits.points_max = POINTS_MAX;
    request.limits.series_max = 1_000;
    request.limits.memory_max = MEMORY_BYTES_MAX;
    request.max_data_points = (points % 3 > 0).then_some(u64::from(points));
    request.x_files_factor = (factor % 3 == 0).then_some(f64::from(factor) / 128.0);
    request.consolidate = consolidate;
    match render(&store, &request) {
        Ok(series) => {
            let total: usize = series.iter().map(|one| one.values.len()).sum();
            assert!(total <= POINTS_MAX, "{text}: {total} points");
            for one in &series {
                assert!(one.step >= 1, "{text}: a step of {}", one.step);
                assert!(one.points().all(|(value, _)| value.is_none_or(f64::is_finite)), "{text}");
            }
        }
        Err(error) => {
            let shown = error.to_string();
            assert!(error.is_callers_fault() && !shown.contains('\n'), "{text}: {shown}");
        }
    }
}

/// The input, read byte by byte; zeros at its end.
struct Bytes<'a> {
    rest: &'a [u8],
}

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    fn one_of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[usize::from(self.next()) % texts.len()]
    }
}

fn push_call(text: &mut String, bytes: &mut Bytes<'_>, all: &[&'static Descriptor], depth: usize) {
    let position = usize::from(bytes.next()) << 8 | usize::from(bytes.next());
    let function = all[position % all.len()];
    text.push_str(function.name);
    text.push('(');
    for (at, parameter) in function.parameters.iter().enumerate() {
        if !parameter.required && bytes.next() % 2 == 0 {
            break;
        }
        let repeated = if parameter.multiple { 1 + bytes.next() % 3 } else { 1 };
        for again in 0..repeated {
            if at > 0 || again > 0 {
                text.push(',');
            }
            push_argument(text, bytes, all, parameter, depth);
        }
    }
    text.push(')');
}

fn push_argument(
    text: &mut String,
    bytes: &mut Bytes<'_>,
    all: &[&'static Descriptor],
    parameter: &Parameter,
    depth: usize,
) {
    if !parameter.options.is_empty() && bytes.next() % 8 > 0 {
        let _ = write!(text, "\"{}\"", bytes.one_of(parameter.options));
        return;
    }
    match parameter.kind {
        Kind::SeriesLists => {
            text.push_str("mapSeries(");
            push_series(text, bytes, all, depth);
            let _ = write!(text, ",{})", bytes.next() % 3);
        }
        Kind::SeriesList => push_series(text, bytes, all, depth),
        Kind::Any if bytes.next() % 2 == 0 => push_series(text, bytes, all, depth),
        Kind::Any | Kind::Float => push_number(text, bytes),
        Kind::Boolean => text.push_str(bytes.one_of(&["true", "false"])),
        Kind::Integer | Kind::Node | Kind::NodeOrTag | Kind::IntOrInf => push_integer(text, bytes),
        Kind::IntOrInterval if bytes.next() % 2 == 0 => push_integer(text, bytes),
        Kind::IntOrInterval | Kind::Interval => push_interval(text, bytes),
        Kind::AggFunc | Kind::AggOrSeriesFunc => {
            let _ = write!(text, "\"{}\"", bytes.one_of(plumbago_query::AGGREGATIONS));
        }
        Kind::Date => {
            text.push_str(bytes.one_of(&["\"-10min\"", "\"-1h\"", "\"now\"", "\"1000000\"", "\"x\""]))
        }
        Kind::Tag => text.push_str(bytes.one_of(&["\"host\"", "\"name\"", "\"nosuch\""])),
        Kind::Text => text.push_str(bytes.one_of(&[
            "\"name=a\"",
            "\"a\"",
            "\"(a|b)\"",
            "\"\\1\"",
            "\"host\"",
            "\"1h\"",
            "\"sumSeries(%.*)\"",
            "\"max\"",
            "\"sumSeries\"",
            "\"%d\"",
            "\"\"",
            "\"si\"",
            "\"asPercent\"",
            "\"ü\"",
        ])),
    }
}

fn push_series(text: &mut String, bytes: &mut Bytes<'_>, all: &[&'static Descriptor], depth: usize) {
    if depth < DEPTH_MAX && bytes.next() % 2 == 0 {
        push_call(text, bytes, all, depth + 1);
        return;
    }
    text.push_str(bytes.one_of(&["a.*", "a.0", "*.*", "nomatch", "a.{0,1}", "seriesByTag(\"name=t\")"]));
}

fn push_number(text: &mut String, bytes: &mut Bytes<'_>) {
    match bytes.next() % 4 {
        0 => push_integer(text, bytes),
        1 => text.push_str(bytes.one_of(&["1e300", "-1e300", "1e-300", "0", "1e20", "inf", "0.5", "-0.5"])),
        _ => {
            let _ = write!(text, "{}", f64::from(bytes.next()) / 8.0 - 4.0);
        }
    }
}

fn push_integer(text: &mut String, bytes: &mut Bytes<'_>) {
    let extremes = ["9223372036854775807", "-9223372036854775808", "4294967296", "1000000000000"];
    match bytes.next() {
        byte @ 0..=3 => text.push_str(extremes[usize::from(byte)]),
        byte => {
            let _ = write!(text, "{}", i64::from(byte % 32) - 6);
        }
    }
}

fn push_interval(text: &mut String, bytes: &mut Bytes<'_>) {
    let unit = bytes.one_of(&["s", "min", "h", "d", "w", "mon", "y"]);
    let _ = write!(text, "\"{}{unit}\"", i64::from(bytes.next() % 64) - 8);
}

/// A store of a few series with random steps and values.
struct Store {
    series: Vec<(&'static str, i64, Aggregation, Vec<f64>)>,
}

impl Store {
    fn random(bytes: &mut Bytes<'_>) -> Store {
        let names = ["a.0", "a.1", "b.0", "t;host=x", "t;host=y", "scale(a.2,3)"];
        let series = names.into_iter().map(|name| {
            let step = [1, 7, 10, 60, 60, 60, 90, 3600][usize::from(bytes.next() % 8)];
            let aggregation =
                [Aggregation::Average, Aggregation::Sum, Aggregation::AbsMax, Aggregation::Last];
            let count = bytes.next() % 24;
            let values = (0..count).map(|_| match bytes.next() {
                0 => f64::NAN,
                1 => 1e308,
                2 => -1e308,
                3 => 5e-324,
                4 => -0.0,
                byte => f64::from(byte) - 100.0,
            });
            let values: Vec<f64> = values.collect();
            (name, step, aggregation[usize::from(bytes.next() % 4)], values)
        });
        Store { series: series.collect() }
    }
}

/// Series that hold the beginning of their values, and how many they have: too many must be refused before they are made.
struct Selected(Vec<(FetchedSeries, usize)>);

impl Reading for Selected {
    fn series_count(&self) -> usize {
        self.0.len()
    }

    fn points(&self) -> usize {
        self.0.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    fn fetch(&self, range: Range<usize>) -> Result<Vec<FetchedSeries>, SourceError> {
        let whole = |(series, count): &(FetchedSeries, usize)| {
            let known = series.values.iter().copied().cycle().chain(std::iter::repeat(f64::NAN));
            FetchedSeries { values: known.take(*count).collect(), ..series.clone() }
        };
        Ok(self.0.get(range).unwrap_or_default().iter().map(whole).collect())
    }
}

impl Source for Store {
    fn find(&self, _: &Glob) -> Result<Vec<Node>, SourceError> {
        Ok(Vec::new())
    }

    fn select(&self, request: &FetchRequest) -> Result<Box<dyn Reading>, SourceError> {
        let is_wanted = |name: &str| match &request.selection {
            Selection::Pattern(glob) => glob.matches_path(name),
            Selection::Tags(_) => name.contains(';'),
        };
        let selected = self.series.iter().filter(|one| is_wanted(one.0)).map(|(name, step, aggregation, pattern)| {
            let start = request.from - request.from.rem_euclid(*step) + step;
            let count = usize::try_from((request.until - start) / step + 1).unwrap_or(0);
            let series = FetchedSeries {
                name: Arc::from(*name),
                start,
                step: *step,
                values: pattern.clone(),
                aggregation: *aggregation,
                x_files_factor: 0.5,
                facts: None,
            };
            (series, count)
        });
        Ok(Box::new(Selected(selected.collect())))
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
