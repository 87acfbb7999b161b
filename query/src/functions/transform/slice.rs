//! timeSlice: only the values between two times.

use std::sync::Arc;

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "timeSlice",
    Group::Transform,
    &[
        SERIES_LIST,
        Parameter::required("startSliceAt", Kind::Date),
        Parameter::optional("endSliceAt", Kind::Date, Default::Text("now")),
    ],
    time_slice,
)
.help(
    "Drops values outside of two times.",
    r#"web.hits: 1 2 3 4 @60
         > timeSlice(web.hits, "-3min", "-2min")
         timeSlice(web.hits, 1710503820, 1710503880): - 2 3 - @60"#,
)];

fn time_slice(call: &mut Invocation<'_, '_>) -> Outcome {
    // Not in the request's zone: graphite-web does not pass it on here.
    let start = times::at(call.arguments().text("startSliceAt")?, call.home_zone(), call.now())?;
    let end = times::at(call.arguments().text("endSliceAt")?, call.home_zone(), call.now())?;
    let (from, _) = call.range();
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("timeSliceStart", start.to_string());
        one.tags.set("timeSliceEnd", end.to_string());
        one.name = Arc::from(format!("timeSlice({}, {start}, {end})", one.name));
        // Values are counted from the start of the range, not from their own times, as graphite-web does.
        for (value, at) in one.values.iter_mut().zip(0_i64..) {
            if !(start..=end).contains(&(from + at * one.step)) {
                *value = f64::NAN;
            }
        }
    }
    Ok(series.into())
}
