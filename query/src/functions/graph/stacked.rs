//! stacked: each series on top of those before it, across all targets of a request.

use std::sync::Arc;

use crate::drawing::Fill;
use crate::functions::shared::{Outcome, SERIES_LIST, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::run::Invocation;

/// The stack of calls that name none.
const DEFAULT_STACK: &str = "__DEFAULT__";

pub(super) static TABLE: &[Descriptor] = &[Descriptor::new(
    "stacked",
    Group::Graph,
    &[SERIES_LIST, Parameter::optional("stack", Kind::Text, Default::Absent).positional_only()],
    stacked,
)
.in_order()
.help(
    "Adds to each series those before it in the same stack.",
    "web.a: 1 2 @60
         web.b: 3 4 @60
         > stacked(web.*)
         stacked(web.a): 1 2 @60
         stacked(web.b): 4 6 @60",
)];

fn stacked(call: &mut Invocation<'_, '_>) -> Outcome {
    let name = call.arguments().optional_text("stack").unwrap_or(DEFAULT_STACK);
    let mut series = call.take_series();
    let totals = call.stack(name);
    for one in &mut series {
        if totals.len() < one.values.len() {
            totals.resize(one.values.len(), 0.0);
        }
        for (value, total) in one.values.iter_mut().zip(totals.iter_mut()) {
            if !value.is_nan() {
                *total += *value;
                *value = *total;
            }
        }
        one.drawing.fill = Fill::Stack;
        if name == DEFAULT_STACK {
            one.tags.set("stacked", DEFAULT_STACK);
            one.name = Arc::from(wrapped("stacked", &one.name));
        }
        one.path_expression = Arc::clone(&one.name);
    }
    Ok(series.into())
}
