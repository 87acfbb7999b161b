//! derivative, nonNegativeDerivative, perSecond, delay: values against those before them.

use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::locality::Lookback;
use crate::plan::Arguments;
use crate::python::round_decimals;
use crate::run::Invocation;

static COUNTER: &[Parameter] = &[
    SERIES_LIST,
    Parameter::optional("maxValue", Kind::Float, Default::Absent),
    Parameter::optional("minValue", Kind::Float, Default::Absent),
];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("derivative", Group::Transform, ONLY_SERIES, derivative).looks_back(one_slot).help(
        "Shows how much each value differs from the one before.",
        "net.bytes: 10 15 - 25 30 @60
         > derivative(net.bytes)
         derivative(net.bytes): - 5 - - 5 @60",
    ),
    Descriptor::new("nonNegativeDerivative", Group::Transform, COUNTER, |call| {
        counted(call, |delta, _| delta)
    })
    .looks_back(one_slot)
    .help(
        "Shows how much a counter grew; where it fell, nothing or the way around maxValue.",
        "net.bytes: 10 15 3 9 @60
         > nonNegativeDerivative(net.bytes)
         nonNegativeDerivative(net.bytes): - 5 - 6 @60",
    ),
    Descriptor::new("perSecond", Group::Transform, COUNTER, |call| {
        counted(call, |delta, step| round_decimals(delta / step as f64, 6))
    })
    .looks_back(one_slot)
    .help(
        "Shows how much a counter grew per second.",
        "net.bytes: 60 180 - 240 300 @60
         > perSecond(net.bytes)
         perSecond(net.bytes): - 2 - - 1 @60",
    ),
    Descriptor::new(
        "delay",
        Group::Transform,
        &[SERIES_LIST, Parameter::required("steps", Kind::Integer)],
        delay,
    )
    .looks_back(delay_lookback)
    .help(
        "Moves values later by a number of steps, earlier if it is negative.",
        "web.hits: 1 2 3 4 @60
         > delay(web.hits, 2)
         delay(web.hits,2): - - 1 2 @60",
    ),
];

fn one_slot(_: &Arguments<'_>) -> Option<Lookback> {
    Some(Lookback::of_slots(1))
}

fn delay_lookback(arguments: &Arguments<'_>) -> Option<Lookback> {
    let steps = arguments.integer("steps").ok()?;
    (steps >= 0).then(|| Lookback::of_slots(steps))
}

fn derivative(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("derivative", "1");
        one.rename(wrapped("derivative", &one.name));
        let mut previous = f64::NAN;
        // A missing value on either side makes a missing difference.
        one.values.iter_mut().for_each(|value| *value -= std::mem::replace(&mut previous, *value));
    }
    Ok(series.into())
}

/// Bounds of a counter.
#[derive(Clone, Copy)]
struct Bounds {
    max: Option<f64>,
    min: Option<f64>,
}

impl Bounds {
    /// The growth from `previous` to `value`, and what is previous from now on.
    fn growth(self, value: f64, previous: f64) -> (f64, f64) {
        let outside = self.max.is_some_and(|max| value > max) || self.min.is_some_and(|min| value < min);
        if value.is_nan() || outside {
            return (f64::NAN, f64::NAN);
        }
        if previous.is_nan() {
            return (f64::NAN, value);
        }
        if value >= previous {
            return (value - previous, value);
        }
        let around = match (self.max, self.min) {
            (Some(max), min) => max + 1.0 + value - previous - min.unwrap_or(0.0),
            (None, Some(min)) => value - min,
            (None, None) => f64::NAN,
        };
        (around, value)
    }
}

fn counted(call: &mut Invocation<'_, '_>, finish: fn(f64, i64) -> f64) -> Outcome {
    let arguments = call.arguments();
    let bounds =
        Bounds { max: arguments.optional_float("maxValue")?, min: arguments.optional_float("minValue")? };
    let function = call.name();
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set(function, "1");
        one.rename(wrapped(function, &one.name));
        let mut previous = f64::NAN;
        for value in &mut one.values {
            let (growth, now_previous) = bounds.growth(*value, previous);
            previous = now_previous;
            *value = finish(growth, one.step);
        }
    }
    Ok(series.into())
}

fn delay(call: &mut Invocation<'_, '_>) -> Outcome {
    let steps = call.arguments().integer("steps")?;
    let distance = usize::try_from(steps.unsigned_abs())
        .map_err(|_| QueryError::bad_request(format!("delay: {steps} steps are too many")))?;
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("delay", steps.to_string());
        one.rename(format!("delay({},{steps})", one.name));
        let moved = distance.min(one.values.len());
        if steps < 0 {
            one.values.rotate_left(moved);
            let kept = one.values.len() - moved;
            one.values[kept..].fill(f64::NAN);
        } else {
            one.values.rotate_right(moved);
            one.values[..moved].fill(f64::NAN);
        }
    }
    Ok(series.into())
}
