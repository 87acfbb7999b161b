//! movingWindow, movingAverage and their kin: each value from the window that ends with it.

use crate::error::QueryError;
use crate::functions::shared::{Outcome, SERIES_LIST, reducer_named};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::reducer::Reducer;
use crate::run::Invocation;

use super::window::{WINDOW_SIZE, Window, back, lookback, window_hook};

const X_FILES_FACTOR: Parameter = Parameter::optional("xFilesFactor", Kind::Float, Default::Absent);

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "movingWindow",
        Group::Calculate,
        &[
            SERIES_LIST,
            WINDOW_SIZE,
            Parameter::optional("func", Kind::AggFunc, Default::Text("average")),
            X_FILES_FACTOR,
        ],
        |call| {
            let function = call.arguments().text("func")?;
            moving(call, function)
        },
    )
    .widens(window_hook)
    .looks_back(lookback)
    .help(
        "Aggregates the values of a window that moves along the series.",
        r#"web.hits: 1 2 9 4 5 @60
         > movingWindow(web.hits, 2, "max") since 3min
         movingMax(web.hits,2): 9 9 5 @60"#,
    ),
    fixed("movingAverage", |call| moving(call, "average")).looks_back(lookback).help(
        "Smooths series by the mean over a number of points or an interval.",
        r#"web.hits: 1 2 3 - 5 @60
         > movingAverage(web.hits, "2min") since 3min
         movingAverage(web.hits,"2min"): 2.5 3 5 @60"#,
    ),
    fixed("movingMedian", |call| moving(call, "median")).looks_back(lookback).help(
        "Smooths series by the median over a number of points or an interval.",
        "web.hits: 1 9 2 3 8 @60
         > movingMedian(web.hits, 3) since 2min
         movingMedian(web.hits,3): 3 3 @60",
    ),
    fixed("movingSum", |call| moving(call, "sum")).looks_back(lookback).help(
        "Adds up the values over a number of points or an interval.",
        r#"web.hits: 1 2 3 - 5 @60
         > movingSum(web.hits, "2min") since 3min
         movingSum(web.hits,"2min"): 5 3 5 @60"#,
    ),
    fixed("movingMin", |call| moving(call, "min")).looks_back(lookback).help(
        "Takes the smallest value over a number of points or an interval.",
        "web.hits: 4 2 3 5 6 @60
         > movingMin(web.hits, 2) since 3min
         movingMin(web.hits,2): 2 3 5 @60",
    ),
    fixed("movingMax", |call| moving(call, "max")).looks_back(lookback).help(
        "Takes the largest value over a number of points or an interval.",
        "web.hits: 4 2 3 5 1 @60
         > movingMax(web.hits, 2) since 3min
         movingMax(web.hits,2): 3 5 5 @60",
    ),
];

const fn fixed(name: &'static str, evaluate: crate::functions::descriptor::Evaluate) -> Descriptor {
    Descriptor::new(name, Group::Calculate, &[SERIES_LIST, WINDOW_SIZE, X_FILES_FACTOR], evaluate)
        .widens(window_hook)
}

fn moving(call: &mut Invocation<'_, '_>, function: &str) -> Outcome {
    let reducer = reducer_named(call, function)?;
    let window = Window::of(&call.arguments())?;
    let x_files_factor = call.arguments().optional_float("xFilesFactor")?;
    let series = call.take_series();
    if series.is_empty() {
        return Ok(series.into());
    }
    let preview_seconds = window.seconds(&series);
    drop(series);
    let tag = format!("moving{}", capitalized(function));
    let mut results = call.again(back(preview_seconds))?;
    for one in &mut results {
        let points = window.points(one);
        call.check_points(usize::try_from(points.min(0).unsigned_abs()).unwrap_or(usize::MAX))?;
        let needed = x_files_factor.unwrap_or(one.x_files_factor);
        one.values = windows(&one.values, points, reducer, needed);
        one.tags.set(&tag, window.in_tag());
        one.rename(format!("{tag}({},{})", one.name, window.in_name()));
        one.start = checked_start(one.start, preview_seconds)?;
    }
    Ok(results.into())
}

pub(super) fn checked_start(start: i64, seconds: i64) -> Result<i64, QueryError> {
    start.checked_add(seconds).ok_or_else(|| QueryError::bad_request("the window reaches beyond all time"))
}

/// One value for every window of `points` values but the first, the last value of a window being its time.
/// A window of no points, or fewer, has no value; its times are those that graphite-web shows.
fn windows(values: &[f64], points: i64, reducer: Reducer, x_files_factor: f64) -> Vec<f64> {
    let points = match usize::try_from(points) {
        Ok(points @ 1..) => points,
        _ => {
            let added = usize::try_from(points.unsigned_abs()).unwrap_or(0);
            return vec![f64::NAN; values.len().saturating_add(added)];
        }
    };
    let complete = !values.iter().any(|value| value.is_nan());
    // A window may be longer than all there is.
    let mut known = Vec::with_capacity(points.min(values.len()));
    let reduce = |window: &[f64]| {
        known.clear();
        known.extend(window.iter().copied().filter(|value| !value.is_nan()));
        if known.is_empty() || (known.len() as f64 / points as f64) < x_files_factor {
            return f64::NAN;
        }
        reducer.apply(&known)
    };
    let windows = values.windows(points).skip(1);
    if complete && reducer == Reducer::Average && x_files_factor <= 1.0 {
        // Each mean adds its window up anew: a running sum would round differently.
        return windows
            .map(|window| window.iter().fold(0.0, |sum, value| sum + value) / points as f64)
            .collect();
    }
    windows.map(reduce).collect()
}

/// Python's `capitalize`: the first letter upper, all others lower.
fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + &rest.to_lowercase()
}
