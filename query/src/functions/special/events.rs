//! events: how many events there were at each second.

use crate::consolidation::Consolidation;
use crate::functions::shared::{Outcome, steps_in};
use crate::functions::{Descriptor, Group, Kind, Parameter};
use crate::plan::Literal;
use crate::run::Invocation;
use crate::series::Series;

pub(super) static TABLE: &[Descriptor] =
    &[Descriptor::new("events", Group::Special, &[Parameter::required("tags", Kind::Text).many()], events)
        .help(
            "Counts the events that carry all of the given tags, or with \"*\" all events, second by second.",
            r#"> events("deploy") since 5s
         events("deploy"): - - - 2 - @1 from 11:59:55"#,
        )];

fn events(call: &mut Invocation<'_, '_>) -> Outcome {
    let tags: Vec<String> = call.arguments().rest().map(Literal::show).collect();
    let name = format!("events(\"{}\")", tags.join("\", \""));
    let (from, until) = call.range();
    let count = steps_in(until.saturating_sub(from), 1);
    call.check_points(count)?;
    let mut values = vec![f64::NAN; count];
    let wanted = if tags == ["*"] { None } else { Some(&tags[..]) };
    call.source().visit_events(wanted, from, until, &mut |second| {
        // One exactly at the end is in no slot.
        let slot = usize::try_from(second.saturating_sub(from)).ok().and_then(|place| values.get_mut(place));
        if let Some(value) = slot {
            *value = if value.is_nan() { 1.0 } else { *value + 1.0 };
        }
    })?;
    let mut series = Series::new(name, call.range_grid(1), values, call.x_files_factor());
    series.consolidation = Consolidation::Sum;
    series.integral = true;
    Ok(vec![series].into())
}
