//! sin and time: series computed from the time alone.

use crate::functions::shared::{Outcome, steps_in};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

const NAME: Parameter = Parameter::required("name", Kind::Text);
const STEP: Parameter = Parameter::optional("step", Kind::Integer, Default::Integer(60));

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "sinFunction",
        Group::Transform,
        &[NAME, Parameter::optional("amplitude", Kind::Integer, Default::Integer(1)), STEP],
        |call| {
            let amplitude = call.arguments().integer("amplitude")? as f64;
            generated(call, |time| time.sin() * amplitude)
        },
    )
    .aliased(&["sin"])
    .help(
        "Makes a sine wave of the time in seconds.",
        r#"> sinFunction("wave", 2, 60) since 3min
         wave: 1.4628276150911002 -1.8089373991205033 1.9828833042704992 @60 from 11:57:00"#,
    ),
    Descriptor::new("timeFunction", Group::Transform, &[NAME, STEP], |call| generated(call, |time| time))
        .aliased(&["time"])
        .help(
            "Makes a series of the time in seconds since the epoch.",
            r#"> timeFunction("time", 60) since 3min
         time: 1710503820 1710503880 1710503940 @60 from 11:57:00"#,
        ),
];

fn generated(call: &mut Invocation<'_, '_>, value_at: impl Fn(f64) -> f64) -> Outcome {
    let name = call.arguments().text("name")?;
    let step = call.arguments().integer("step")?;
    times::check_step(call.name(), step)?;
    let (from, until) = call.range();
    let count = steps_in(until.saturating_sub(from), step);
    call.check_points(count)?;
    let values = (0..count).map(|at| value_at((from + at as i64 * step) as f64)).collect();
    let series = Series::new(name, call.range_grid(step), values, call.x_files_factor());
    Ok(vec![series].into())
}
