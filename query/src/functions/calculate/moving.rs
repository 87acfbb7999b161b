//! movingWindow, movingAverage and their kin: each value from the window that ends with it.

use crate::cancel::Steps;
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
    .takes_times()
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
        .takes_times()
}

fn moving(call: &mut Invocation<'_, '_>, function: &str) -> Outcome {
    let reducer = reducer_named(call, function)?;
    let window = Window::of(&call.arguments())?;
    let x_files_factor = call.arguments().optional_float("xFilesFactor")?;
    let Some(times) = call.take_times() else { return Ok(Vec::new().into()) };
    let preview_seconds = window.seconds(&times);
    let tag = format!("moving{}", capitalized(function));
    let mut results = call.again(back(preview_seconds))?;
    let mut steps = call.steps();
    for one in &mut results {
        let points = window.points(one);
        call.check_points(usize::try_from(points.min(0).unsigned_abs()).unwrap_or(usize::MAX))?;
        let needed = x_files_factor.unwrap_or(one.x_files_factor);
        one.values = windows(&one.values, points, reducer, needed, &mut steps)?;
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
fn windows(
    values: &[f64],
    points: i64,
    reducer: Reducer,
    x_files_factor: f64,
    steps: &mut Steps<'_>,
) -> Result<Vec<f64>, QueryError> {
    let points = match usize::try_from(points) {
        Ok(points @ 1..) => points,
        _ => {
            let added = usize::try_from(points.unsigned_abs()).unwrap_or(0);
            return Ok(vec![f64::NAN; values.len().saturating_add(added)]);
        }
    };
    if matches!(reducer, Reducer::Average | Reducer::Sum) {
        return sums(values, points, reducer, x_files_factor, steps);
    }
    // A window may be longer than all there is.
    let mut known = Vec::with_capacity(points.min(values.len()));
    let mut reduce = |window: &[f64]| {
        known.clear();
        known.extend(window.iter().copied().filter(|value| !value.is_nan()));
        if known.is_empty() || (known.len() as f64 / points as f64) < x_files_factor {
            return f64::NAN;
        }
        reducer.apply(&known)
    };
    let windows = values.windows(points).skip(1);
    windows
        .map(|window| {
            steps.take(points)?;
            Ok(reduce(window))
        })
        .collect()
}

/// Windows that are added up at a time: their sums fit into a processor's registers.
const WINDOWS_AT_ONCE: usize = 8;

/// Sums or means of windows. Each is added up anew, from its first value on: a running sum would round differently. But
/// neighbours grow together, each by its next value, which a processor does several at once.
fn sums(
    values: &[f64],
    points: usize,
    reducer: Reducer,
    x_files_factor: f64,
    steps: &mut Steps<'_>,
) -> Result<Vec<f64>, QueryError> {
    let windows = values.len().saturating_sub(points);
    let is_complete = !values.iter().any(|value| value.is_nan());
    // No sum that begins at zero is changed by another zero.
    let known_values = padded(values, |value| if value.is_nan() { 0.0 } else { value });
    let is_known = |value: f64| if value.is_nan() { 0.0 } else { 1.0 };
    let flags = (!is_complete).then(|| padded(values, is_known));
    let mut sums = vec![0.0; windows];
    for (sums, block) in sums.chunks_mut(WINDOWS_AT_ONCE).zip(0_usize..) {
        steps.take(points.saturating_mul(WINDOWS_AT_ONCE))?;
        let first = 1 + block * WINDOWS_AT_ONCE;
        let added = add_up(&known_values, first, points);
        let counts = flags.as_ref().map_or([points as f64; _], |flags| add_up(flags, first, points));
        for ((sum, added), known) in sums.iter_mut().zip(added).zip(counts) {
            *sum = match reducer {
                _ if known == 0.0 || known / (points as f64) < x_files_factor => f64::NAN,
                Reducer::Average => added / known,
                _ => added,
            };
        }
    }
    Ok(sums)
}

/// What `map` makes of values, and zeros behind them, so that the last windows have as many neighbours as all others.
fn padded(values: &[f64], map: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut padded = vec![0.0; values.len() + WINDOWS_AT_ONCE];
    padded.iter_mut().zip(values).for_each(|(place, value)| *place = map(*value));
    padded
}

/// The sums of windows of `points` values, of which the first begins at `first` and each further one a value later.
fn add_up(values: &[f64], first: usize, points: usize) -> [f64; WINDOWS_AT_ONCE] {
    let mut sums = [0.0; WINDOWS_AT_ONCE];
    for neighbours in values.get(first..).unwrap_or_default().array_windows().take(points) {
        for (sum, value) in sums.iter_mut().zip(neighbours as &[f64; WINDOWS_AT_ONCE]) {
            *sum += *value;
        }
    }
    sums
}

/// Python's `capitalize`: the first letter upper, all others lower.
fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
    first.to_uppercase() + &rest.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cancel;

    #[test]
    fn windows_added_up_at_once_are_those_added_up_one_by_one() {
        let cancel = Cancel::new();
        for (count, gaps) in [(0, 2), (3, 2), (40, 0), (40, 3), (1200, 0), (1200, 2)] {
            let value = |at: usize| match at {
                _ if gaps > 0 && (at / 4).is_multiple_of(gaps) => f64::NAN,
                _ => [0.1, -1e17, 1e17, 3.7, -0.0][at % 5] / (1 + at % 11) as f64,
            };
            let values: Vec<f64> = (0..count).map(value).collect();
            for (points, factor) in [(1, 0.0), (3, 0.5), (10, 0.9), (50, 0.0), (600, 1.5)] {
                for reducer in [Reducer::Average, Reducer::Sum] {
                    let found =
                        windows(&values, points as i64, reducer, factor, &mut cancel.steps()).unwrap();
                    let expected: Vec<f64> = values
                        .windows(points)
                        .skip(1)
                        .map(|window| {
                            let known = window.iter().filter(|value| !value.is_nan()).count();
                            let is_enough = known > 0 && known as f64 / points as f64 >= factor;
                            if is_enough { reducer.apply(window) } else { f64::NAN }
                        })
                        .collect();
                    let bits =
                        |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&found), bits(&expected), "{count} {gaps} {points} {factor}");
                }
            }
        }
    }
}
