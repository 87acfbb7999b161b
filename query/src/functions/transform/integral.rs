//! integral, integralByInterval and integralWithReset: running totals.

use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, wrapped};
use crate::functions::{Descriptor, Group, Kind, Origin, Parameter};
use crate::run::Invocation;
use crate::{error::QueryError, times};

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("integral", Group::Transform, ONLY_SERIES, integral).help(
        "Adds each value to all before it.",
        "web.hits: 1 2 - 4 @60
         > integral(web.hits)
         integral(web.hits): 1 3 - 7 @60",
    ),
    Descriptor::new(
        "integralByInterval",
        Group::Transform,
        &[SERIES_LIST, Parameter::required("intervalUnit", Kind::Text)],
        integral_by_interval,
    )
    .help(
        "Adds values up, from zero again in every interval after the start of the range.",
        r#"web.hits: 1 2 3 4 @60
         > integralByInterval(web.hits, "2min")
         integralByInterval(web.hits,'2min'): 1 2 5 4 @60"#,
    ),
    Descriptor::new(
        "integralWithReset",
        Group::Transform,
        &[SERIES_LIST, Parameter::required("resettingSeries", Kind::SeriesList)],
        integral_with_reset,
    )
    .from(Origin::Carbonapi)
    .help(
        "Adds values up, from zero again wherever another series is neither missing nor zero.",
        "web.hits: 1 2 3 4 @60
         deploys: - - 1 - @60
         > integralWithReset(web.hits, deploys)
         integralWithReset(web.hits,deploys): 1 3 0 4 @60",
    ),
];

fn integral(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("integral", "1");
        one.rename(wrapped("integral", &one.name));
        one.integral = false;
        let mut total = 0.0;
        for value in one.values.iter_mut().filter(|value| !value.is_nan()) {
            total += *value;
            *value = total;
        }
    }
    Ok(series.into())
}

fn integral_by_interval(call: &mut Invocation<'_, '_>) -> Outcome {
    let text = call.arguments().text("intervalUnit")?;
    let interval = times::interval(text)?.abs();
    if interval == 0 {
        return Err(QueryError::bad_request(format!("integralByInterval: the interval {text:?} is empty")));
    }
    let (from, _) = call.range();
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("integralByInterval", text);
        one.rename(format!("integralByInterval({},'{text}')", one.name));
        let mut total = 0.0;
        let mut elapsed = one.start - from;
        for value in &mut one.values {
            if elapsed.div_euclid(interval) != (elapsed - one.step).div_euclid(interval) {
                total = 0.0;
            }
            // A missing value adds nothing, but the total so far is shown.
            if !value.is_nan() {
                total += *value;
            }
            *value = total;
            elapsed += one.step;
        }
    }
    Ok(series.into())
}

fn integral_with_reset(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    let resetting = call.take_named("resettingSeries").unwrap_or_default();
    let [reset] = resetting.as_slice() else {
        return Err(QueryError::bad_request(format!(
            "integralWithReset is reset by exactly one series, {} match",
            resetting.len()
        )));
    };
    for one in &mut series {
        if (one.step, one.values.len()) != (reset.step, reset.values.len()) {
            return Err(QueryError::bad_request(format!(
                "integralWithReset: {} and {} differ in step or length",
                one.name, reset.name
            )));
        }
        one.rename(format!("integralWithReset({},{})", one.name, reset.name));
        one.integral = false;
        let mut total = 0.0;
        for (value, reset) in one.values.iter_mut().zip(&reset.values).filter(|(value, _)| !value.is_nan()) {
            let is_reset = !reset.is_nan() && *reset != 0.0;
            total = if is_reset { 0.0 } else { total + *value };
            *value = total;
        }
    }
    Ok(series.into())
}
