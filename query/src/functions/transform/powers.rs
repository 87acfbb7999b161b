//! pow, squareRoot, invert, exp, log, logit and sigmoid. What no real number is, or overflows, is a missing value.

use crate::error::QueryError;
use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, map_values, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python::{general, raise, representation};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("pow", Group::Transform, &[SERIES_LIST, Parameter::required("factor", Kind::Float)], pow)
        .slot_by_slot()
        .help(
            "Raises values to a power.",
            "web.hits: 1 2 - 4 @60
         > pow(web.hits, 2)
         pow(web.hits,2): 1 4 - 16 @60",
        ),
    Descriptor::new("squareRoot", Group::Transform, ONLY_SERIES, |call| {
        tagged(call, "squareRoot", "1", |v| power(v, 0.5))
    })
    .slot_by_slot()
    .help(
        "Takes the square root of values.",
        "web.hits: 1 4 - 9 @60
         > squareRoot(web.hits)
         squareRoot(web.hits): 1 2 - 3 @60",
    ),
    Descriptor::new("invert", Group::Transform, ONLY_SERIES, |call| {
        tagged(call, "invert", "1", |v| power(v, -1.0))
    })
    .slot_by_slot()
    .help(
        "Replaces each value x by 1/x.",
        "web.hits: 1 4 0 5 @60
         > invert(web.hits)
         invert(web.hits): 1 0.25 - 0.2 @60",
    ),
    Descriptor::new("exp", Group::Transform, ONLY_SERIES, |call| tagged(call, "exp", "e", exponential))
        .slot_by_slot()
        .help(
            "Raises e to the power of values.",
            "x: 0 1 - @60
         > exp(x)
         exp(x): 1 2.718281828459045 - @60",
        ),
    Descriptor::new("sigmoid", Group::Transform, ONLY_SERIES, |call| {
        tagged(call, "sigmoid", "sigmoid", |value| 1.0 / (1.0 + exponential(-value)))
    })
    .slot_by_slot()
    .help(
        "Maps values to the range from 0 to 1 along an S-shaped curve.",
        "x: 0 - 1000 @60
         > sigmoid(x)
         sigmoid(x): 0.5 - 1 @60",
    ),
    Descriptor::new("logit", Group::Transform, ONLY_SERIES, |call| tagged(call, "logit", "logit", logit))
        .slot_by_slot()
        .help(
            "Maps shares between 0 and 1 to their log odds.",
            "share: 0.5 0 1 @60
         > logit(share)
         logit(share): 0 - - @60",
        ),
    Descriptor::new(
        "log",
        Group::Transform,
        &[SERIES_LIST, Parameter::optional("base", Kind::Integer, Default::Integer(10))],
        log,
    )
    .known_to_carbonapi_as(&["logarithm"])
    .slot_by_slot()
    .help(
        "Takes the logarithm of values to a base.",
        "web.hits: 1 10 0 100 @60
         > log(web.hits)
         log(web.hits, 10): 0 1 - 2 @60",
    ),
];

/// `base` to the power of `exponent`; missing where that is no finite number of finite ones.
pub(in crate::functions) fn power(base: f64, exponent: f64) -> f64 {
    if base.is_nan() || exponent.is_nan() {
        return f64::NAN;
    }
    let result = raise(base, exponent);
    let overflowed = result.is_infinite() && base.is_finite() && exponent.is_finite();
    if overflowed { f64::NAN } else { result }
}

fn exponential(value: f64) -> f64 {
    let result = value.exp();
    if result.is_infinite() && value.is_finite() { f64::NAN } else { result }
}

fn logit(value: f64) -> f64 {
    let odds = value / (1.0 - value);
    if odds > 0.0 && value != 1.0 { odds.ln() } else { f64::NAN }
}

fn tagged(call: &mut Invocation<'_, '_>, function: &str, tag: &str, compute: fn(f64) -> f64) -> Outcome {
    let mut series = map_values(call.take_series(), |name| wrapped(function, name), compute);
    series.iter_mut().for_each(|one| one.tags.set(function, tag));
    Ok(series.into())
}

fn pow(call: &mut Invocation<'_, '_>) -> Outcome {
    let factor = call.arguments().float("factor")?;
    let shown = general(factor);
    let mut series =
        map_values(call.take_series(), |name| format!("pow({name},{shown})"), |value| power(value, factor));
    let tag = representation(factor);
    series.iter_mut().for_each(|one| one.tags.set("pow", &tag));
    Ok(series.into())
}

fn log(call: &mut Invocation<'_, '_>) -> Outcome {
    let base = call.arguments().integer("base")?;
    if base < 2 {
        return Err(QueryError::bad_request(format!("log: {base} is no base of a logarithm")));
    }
    let divisor = (base as f64).ln();
    let compute = |value: f64| if value > 0.0 { value.ln() / divisor } else { f64::NAN };
    let mut series = map_values(call.take_series(), |name| format!("log({name}, {base})"), compute);
    series.iter_mut().for_each(|one| one.tags.set("log", base.to_string()));
    Ok(series.into())
}
