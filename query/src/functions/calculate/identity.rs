//! identity: the time itself as a series.

use std::sync::Arc;

use crate::functions::shared::{Outcome, steps_in};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;

/// The distance of two values in seconds.
const STEP: i64 = 60;

pub(super) static TABLE: &[Descriptor] =
    &[Descriptor::new("identity", Group::Calculate, &[Parameter::required("name", Kind::Text)], identity)
        .help(
            "Shows the time in seconds since the epoch as the value.",
            r#"> identity("time") since 3min
         time: 1710503820 1710503880 1710503940 @60 from 11:57:00"#,
        )];

fn identity(call: &mut Invocation<'_, '_>) -> Outcome {
    let name = call.arguments().text("name")?;
    let (from, until) = call.range();
    let count = steps_in(until.saturating_sub(from), STEP);
    call.check_points(count)?;
    let values = (0..count).map(|at| (from + at as i64 * STEP) as f64).collect();
    let mut series = Series::new(name, call.range_grid(STEP), values, call.x_files_factor());
    series.path_expression = Arc::from(format!("identity(\"{name}\")"));
    series.integral = true;
    Ok(vec![series].into())
}
