//! lower and upper: the case of names.

use std::sync::Arc;

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::plan::Literal;
use crate::run::Invocation;

static PARAMETERS: &[Parameter] =
    &[SERIES_LIST, Parameter::optional("pos", Kind::Integer, Default::Absent).many()];

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new("lower", Group::Alias, PARAMETERS, |call| convert(call, |c| c.to_lowercase().collect()))
        .known_to_carbonapi_as(&["toLowerCase"])
        .slot_by_slot()
        .help(
            "Shows names in lower case, or only the characters at the given positions.",
            "Web.CPU: 1 2 @60
         > lower(Web.CPU)
         web.cpu: 1 2 @60",
        ),
    Descriptor::new("upper", Group::Alias, PARAMETERS, |call| convert(call, |c| c.to_uppercase().collect()))
        .known_to_carbonapi_as(&["toUpperCase"])
        .slot_by_slot()
        .help(
            "Shows names in upper case, or only the characters at the given positions.",
            "web.cpu: 1 2 @60
         > upper(web.cpu, 0)
         Web.cpu: 1 2 @60",
        ),
];

fn convert(call: &mut Invocation<'_, '_>, letter: fn(char) -> String) -> Outcome {
    let positions: Vec<i64> = call
        .arguments()
        .rest()
        .filter_map(|literal| match literal {
            Literal::Integer(position) => Some(*position),
            _ => None,
        })
        .collect();
    let mut series = call.take_series();
    for one in &mut series {
        let length = one.name.chars().count() as i64;
        let chosen =
            |at: i64| positions.is_empty() || positions.contains(&at) || positions.contains(&(at - length));
        let name: String = one
            .name
            .chars()
            .zip(0..)
            .map(|(c, at)| if chosen(at) { letter(c) } else { c.to_string() })
            .collect();
        one.name = Arc::from(name);
    }
    Ok(series.into())
}
