//! summarize: values gathered into longer intervals.
//!
//! Invariant: buckets are those of graphite-web to the last quirk: where the interval is no multiple of the step, a bucket
//! may begin with a value from before it.

use crate::functions::shared::{Outcome, SERIES_LIST, reducer, steps_in};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::reducer::Reducer;
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "summarize",
    Group::Transform,
    &[
        SERIES_LIST,
        Parameter::required("intervalString", Kind::Interval),
        Parameter::optional("func", Kind::AggFunc, Default::Text("sum")),
        Parameter::optional("alignToFrom", Kind::Boolean, Default::Boolean(false)),
    ],
    summarize,
)
.help(
    "Gathers values into intervals, aligned to the epoch or to the start of the series.",
    r#"web.hits: 1 2 - 4 @60
         > summarize(web.hits, "2min", "sum")
         summarize(web.hits, "2min", "sum"): 1 2 4 @120 from 11:56:00"#,
)];

fn summarize(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("intervalString")?;
    let function = call.arguments().text("func")?;
    let by = reducer(call, "func")?;
    let align_to_from = call.arguments().boolean("alignToFrom")?;
    let interval = times::positive_interval(text)?;
    let mut results = Vec::new();
    for mut one in call.take_series() {
        let (start, mut end) = match align_to_from {
            true => (one.start, one.end),
            false => (
                one.start - one.start.rem_euclid(interval),
                one.end - one.end.rem_euclid(interval) + interval,
            ),
        };
        call.check_points(steps_in(end - start, interval))?;
        let values = gather(&one, by, interval, start, end);
        if align_to_from {
            end = start + interval * values.len() as i64;
        }
        one.tags.set("summarize", text);
        one.tags.set("summarizeFunction", function);
        let aligned = if align_to_from { ", true" } else { "" };
        let name = format!("summarize({}, \"{text}\", \"{function}\"{aligned})", one.name);
        results.push(Series { start, end, step: interval, ..one.derived(name, values) });
    }
    Ok(results.into())
}

/// One value for each interval from `start` until `end` is reached.
pub(super) fn gather(series: &Series, by: Reducer, interval: i64, start: i64, end: i64) -> Vec<f64> {
    let step = series.step.max(1);
    let count = steps_in(series.end - series.start, step).min(series.values.len());
    let time = |at: usize| series.start + at as i64 * step;
    let slots = interval as f64 / step as f64;
    let mut output = Vec::with_capacity(steps_in(end - start, interval));
    let (mut at, mut bucket) = (0, start);
    while bucket < end {
        let mut first = at;
        let mut known = 0_usize;
        while at < count && time(at) < bucket + interval {
            if time(at) <= bucket {
                first = at;
            }
            if time(at) >= bucket && !series.values[at].is_nan() {
                known += 1;
            }
            at += 1;
        }
        let enough = known > 0 && known as f64 / slots >= series.x_files_factor;
        output.push(if enough { by.apply(&series.values[first..at]) } else { f64::NAN });
        bucket += interval;
    }
    output
}
