//! scale, scaleAfterTimestamp, offset, add and their kin: values moved and stretched.

use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, map_values, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::python::{general, representation, round_decimals, truncated};
use crate::reducer;
use crate::run::Invocation;

const FACTOR: Parameter = Parameter::required("factor", Kind::Float);
const TIMESTAMP: Parameter = Parameter::optional("timestamp", Kind::Integer, Default::Integer(0));

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("scale", Group::Transform, &[SERIES_LIST, FACTOR, TIMESTAMP.beyond_graphite()], scale)
        .slot_by_slot()
        .help(
            "Multiplies values by a factor.",
            "web.hits: 1 2 - 4 @60
         > scale(web.hits, 0.5)
         scale(web.hits,0.5): 0.5 1 - 2 @60",
        ),
    Descriptor::new("scaleAfterTimestamp", Group::Transform, &[SERIES_LIST, FACTOR, TIMESTAMP], scale_after)
        .from(Origin::Carbonapi)
        .slot_by_slot()
        .help(
            "Multiplies values by a factor from a time in seconds since the epoch on.",
            "web.hits: 1 2 3 4 @60
         > scaleAfterTimestamp(web.hits, 10, 1710503940)
         scale(web.hits,10,1710503940): 1 2 30 40 @60",
        ),
    Descriptor::new("offset", Group::Transform, &[SERIES_LIST, FACTOR], offset).slot_by_slot().help(
        "Adds a number to values.",
        "web.hits: 1 2 - 4 @60
         > offset(web.hits, -1)
         offset(web.hits,-1): 0 1 - 3 @60",
    ),
    Descriptor::new(
        "add",
        Group::Transform,
        &[SERIES_LIST, Parameter::required("constant", Kind::Float)],
        add,
    )
    .slot_by_slot()
    .help(
        "Adds a number to values.",
        "web.hits: 1 2 - 4 @60
         > add(web.hits, 10)
         add(web.hits,10): 11 12 - 14 @60",
    ),
    Descriptor::new("offsetToZero", Group::Transform, ONLY_SERIES, offset_to_zero).help(
        "Moves each series so that its smallest value is zero.",
        "web.hits: 7 5 - 9 @60
         > offsetToZero(web.hits)
         offsetToZero(web.hits): 2 0 - 4 @60",
    ),
    Descriptor::new("absolute", Group::Transform, ONLY_SERIES, absolute).slot_by_slot().help(
        "Drops the sign of values.",
        "drift: -1 2 - -4 @60
         > absolute(drift)
         absolute(drift): 1 2 - 4 @60",
    ),
    Descriptor::new("minMax", Group::Transform, ONLY_SERIES, min_max).help(
        "Stretches each series to the range from 0 to 1.",
        "web.hits: 0 5 - 10 @60
         > minMax(web.hits)
         minMax(web.hits): 0 0.5 - 1 @60",
    ),
    Descriptor::new(
        "scaleToSeconds",
        Group::Transform,
        &[SERIES_LIST, Parameter::required("seconds", Kind::Float)],
        scale_to_seconds,
    )
    .slot_by_slot()
    .help(
        "Converts values per step into values per the given seconds.",
        "web.hits: 60 120 - 30 @60
         > scaleToSeconds(web.hits, 1)
         scaleToSeconds(web.hits,1): 1 2 - 0.5 @60",
    ),
];

fn scale(call: &mut Invocation<'_, '_>) -> Outcome {
    if call.arguments().integer("timestamp")? != 0 {
        return scale_after(call);
    }
    let factor = call.arguments().float("factor")?;
    by_factor(call, "scale", factor, |value| value * factor)
}

fn offset(call: &mut Invocation<'_, '_>) -> Outcome {
    let term = call.arguments().float("factor")?;
    by_factor(call, "offset", term, |value| value + term)
}

fn by_factor(
    call: &mut Invocation<'_, '_>,
    function: &str,
    factor: f64,
    compute: impl Fn(f64) -> f64,
) -> Outcome {
    let shown = general(factor);
    let mut series = map_values(call.take_series(), |name| format!("{function}({name},{shown})"), compute);
    let tag = representation(factor);
    series.iter_mut().for_each(|one| one.tags.set(function, &tag));
    Ok(series.into())
}

fn scale_after(call: &mut Invocation<'_, '_>) -> Outcome {
    let factor = call.arguments().float("factor")?;
    let timestamp = call.arguments().integer("timestamp")?;
    let shown = general(factor);
    let mut series = call.take_series();
    for one in &mut series {
        let name = match timestamp {
            0 => format!("scale({},{shown})", one.name),
            timestamp => format!("scale({},{shown},{timestamp})", one.name),
        };
        one.tags.set("scale", representation(factor));
        one.rename(name);
        one.integral = false;
        let times = (0_i64..).map(|at| one.start.saturating_add(at.saturating_mul(one.step)));
        let after = one.values.iter_mut().zip(times).filter(|(_, time)| *time >= timestamp);
        after.for_each(|(value, _)| *value *= factor);
    }
    Ok(series.into())
}

fn add(call: &mut Invocation<'_, '_>) -> Outcome {
    let constant = call.arguments().float("constant")?;
    let shown =
        truncated(constant).ok_or_else(|| QueryError::bad_request("add: the constant must be finite"))?;
    let mut series =
        map_values(call.take_series(), |name| format!("add({name},{shown})"), |value| value + constant);
    let tag = representation(constant);
    series.iter_mut().for_each(|one| one.tags.set("add", &tag));
    Ok(series.into())
}

fn offset_to_zero(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        let minimum = reducer::min(&one.values);
        let shown = match minimum {
            missing if missing.is_nan() => "None".to_owned(),
            whole if one.integral => format!("{whole:.0}"),
            other => representation(other),
        };
        one.tags.set("offsetToZero", shown);
        one.integral = false;
        one.rename(wrapped("offsetToZero", &one.name));
        one.values.iter_mut().for_each(|value| *value -= minimum);
    }
    Ok(series.into())
}

fn absolute(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = map_values(call.take_series(), |name| wrapped("absolute", name), f64::abs);
    series.iter_mut().for_each(|one| one.tags.set("absolute", "1"));
    Ok(series.into())
}

fn min_max(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(wrapped("minMax", &one.name));
        one.integral = false;
        let (minimum, maximum) = (reducer::min(&one.values), reducer::max(&one.values));
        let range = maximum - minimum;
        let stretch =
            |value: f64| if range == 0.0 && !value.is_nan() { 0.0 } else { (value - minimum) / range };
        one.values.iter_mut().for_each(|value| *value = stretch(*value));
    }
    Ok(series.into())
}

fn scale_to_seconds(call: &mut Invocation<'_, '_>) -> Outcome {
    let seconds = call.arguments().float("seconds")?;
    let shown = truncated(seconds)
        .ok_or_else(|| QueryError::bad_request("scaleToSeconds: the seconds must be finite"))?;
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("scaleToSeconds", representation(seconds));
        one.rename(format!("scaleToSeconds({},{shown})", one.name));
        let factor = seconds / one.step as f64;
        one.values.iter_mut().for_each(|value| *value = round_decimals(*value * factor, 6));
    }
    Ok(series.into())
}
