//! aggregateLine: one aggregated value as a line.

use crate::functions::graph::constant_series;
use crate::functions::shared::{Outcome, SERIES_LIST, reducer};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python::{general, representation};
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "aggregateLine",
    Group::Calculate,
    &[
        SERIES_LIST,
        Parameter::optional("func", Kind::AggFunc, Default::Text("average")),
        Parameter::optional("keepStep", Kind::Boolean, Default::Boolean(false)),
    ],
    aggregate_line,
)
.help(
    "Shows an aggregation of each series as a horizontal line.",
    r#"web.hits: 1 2 - 6 @60
         > aggregateLine(web.hits, "max")
         aggregateLine(web.hits, 6): 6 6 6 @120 from 11:56:00"#,
)];

fn aggregate_line(call: &mut Invocation<'_, '_>) -> Outcome {
    let reducer = reducer(call, "func")?;
    let keep_step = call.arguments().boolean("keepStep")?;
    let mut results = Vec::new();
    for one in call.take_series() {
        let value = reducer.apply(&one.values);
        let shown = if value.is_nan() { "None".to_owned() } else { general(value) };
        let name = format!("aggregateLine({}, {shown})", one.name);
        let count = one.values.len();
        let mut line = if keep_step {
            one.derived(name.as_str(), vec![value; count])
        } else {
            let plain = match value {
                value if value.is_nan() => "None".to_owned(),
                value if reducer.keeps_integers(one.integral) => format!("{value:.0}"),
                value => representation(value),
            };
            constant_series(call, value, plain)
        };
        line.rename(name);
        results.push(line);
    }
    Ok(results.into())
}
