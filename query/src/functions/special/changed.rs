//! changed: 1 where a value differs from the one before.

use crate::functions::shared::{ONLY_SERIES, Outcome, wrapped};
use crate::functions::{Descriptor, Group};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new("changed", Group::Special, ONLY_SERIES, changed)
    .help(
        "Shows 1 where the value changed since the last known one, else 0.",
        "web.version: 1 1 - 2 @60
         > changed(web.version)
         changed(web.version): 0 0 0 1 @60",
    )];

fn changed(call: &mut Invocation<'_, '_>) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(wrapped("changed", &one.name));
        one.integral = true;
        let mut previous = f64::NAN;
        for value in &mut one.values {
            let known = !value.is_nan();
            let differs = known && !previous.is_nan() && *value != previous;
            if known {
                previous = *value;
            }
            *value = f64::from(u8::from(differs));
        }
    }
    Ok(series.into())
}
