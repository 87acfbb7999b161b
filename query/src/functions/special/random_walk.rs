//! randomWalk: test data that looks like a metric.
//!
//! The walk depends on nothing but its name and range, so that the same request has the same answer.

use crate::functions::shared::{Outcome, steps_in};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;
use crate::series::Series;
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "randomWalk",
    Group::Special,
    &[
        Parameter::required("name", Kind::Text),
        Parameter::optional("step", Kind::Integer, Default::Integer(60)),
    ],
    random_walk,
)
.aliased(&["randomWalkFunction"])
.help(
    "Makes a series that wanders at random, for trying things out.",
    r#"> randomWalk("trial", 60) since 3min
         trial: 0 0.2971594963263914 -0.14070498350906657 @60 from 11:57:00"#,
)];

fn random_walk(call: &mut Invocation<'_, '_>) -> Outcome {
    let name = call.arguments().text("name")?;
    let step = call.arguments().integer("step")?;
    times::check_step("randomWalk", step)?;
    let (from, until) = call.range();
    let count = steps_in(until.saturating_sub(from), step);
    call.check_points(count)?;
    let mut state = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ from.unsigned_abs(), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut current = 0.0;
    let values = (0..count)
        .map(|_| {
            let value = current;
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            current += (mixed >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
            value
        })
        .collect();
    Ok(vec![Series::new(name, call.range_grid(step), values, call.x_files_factor())].into())
}
