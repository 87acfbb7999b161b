//! hitcount: how much a rate adds up to in each interval.

use crate::functions::shared::{Outcome, SERIES_LIST, steps_in};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

use super::smart_summarize::beginning_of;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "hitcount",
    Group::Transform,
    &[
        SERIES_LIST,
        Parameter::required("intervalString", Kind::Interval),
        Parameter::optional("alignToInterval", Kind::Boolean, Default::Boolean(false)),
    ],
    hitcount,
)
.help(
    "Turns rates per second into counts per interval.",
    r#"web.hits_per_second: 1 2 3 4 @60
         > hitcount(web.hits_per_second, "2min")
         hitcount(web.hits_per_second, "2min"): 180 420 @120 from 11:57:00"#,
)];

fn hitcount(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("intervalString")?;
    let align = call.arguments().boolean("alignToInterval")?;
    let interval = times::positive_interval(text)?;
    let mut series = call.take_series();
    if align {
        let (from, until) = call.range();
        let unit = match interval {
            86_400.. => "days",
            3600.. => "hours",
            60.. => "minutes",
            _ => "seconds",
        };
        let aligned = beginning_of(unit, from, call.zone())?;
        series = call.again_over(aligned, until)?;
        for one in &mut series {
            one.end = one.start + (one.end - one.start).div_euclid(interval) * interval + interval;
        }
    }
    let mut results = Vec::new();
    for mut one in series {
        let buckets = steps_in(one.end - one.start, interval);
        call.check_points(buckets)?;
        let start = one.end - buckets as i64 * interval;
        let values = count(&one, interval, start, buckets);
        one.tags.set("hitcount", text);
        let aligned = if align { ", true" } else { "" };
        let name = format!("hitcount({}, \"{text}\"{aligned})", one.name);
        results.push(Series { start, step: interval, ..one.derived(name, values) });
    }
    Ok(results.into())
}

/// Spreads each value over the intervals that its step touches.
fn count(series: &Series, interval: i64, start: i64, buckets: usize) -> Vec<f64> {
    let mut output = vec![f64::NAN; buckets];
    let Some(last) = buckets.checked_sub(1).map(|last| last as i64) else { return output };
    let mut add = |bucket: i64, hits: f64| {
        if let Some(total) = usize::try_from(bucket).ok().and_then(|at| output.get_mut(at)) {
            *total = if total.is_nan() { 0.0 } else { *total } + hits;
        }
    };
    for (&value, at) in series.values.iter().zip(0_i64..).filter(|(value, _)| !value.is_nan()) {
        let begin = series.start + at * series.step - start;
        let (first, first_rest) = (begin.div_euclid(interval), begin.rem_euclid(interval));
        let finish = begin + series.step;
        let (mut final_bucket, mut final_rest) = (finish.div_euclid(interval), finish.rem_euclid(interval));
        if final_bucket > last {
            (final_bucket, final_rest) = (last, interval);
        }
        if first == final_bucket {
            add(first, value * (final_rest - first_rest) as f64);
            continue;
        }
        add(first, value * (interval - first_rest) as f64);
        for bucket in first.max(-1) + 1..final_bucket {
            add(bucket, value * interval as f64);
        }
        if final_rest > 0 {
            add(final_bucket, value * final_rest as f64);
        }
    }
    output
}
