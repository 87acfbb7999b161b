//! constantLine, threshold and verticalLine: lines that come from no series.

use std::sync::Arc;

use crate::error::QueryError;
use crate::functions::shared::{Outcome, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python::representation;
use crate::run::Invocation;
use crate::series::{Grid, Label, Series};
use crate::times;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "threshold",
        Group::Graph,
        &[
            Parameter::required("value", Kind::Float),
            Parameter::optional("label", Kind::Text, Default::Absent),
            Parameter::optional("color", Kind::Text, Default::Absent),
        ],
        threshold,
    )
    .help(
        "Draws a horizontal line with a label.",
        r#"> threshold(12.5, "too many") since 2min
         too many: 12.5 12.5 12.5 @60 from 11:58:00"#,
    ),
    Descriptor::new(
        "verticalLine",
        Group::Graph,
        &[
            Parameter::required("ts", Kind::Date),
            Parameter::optional("label", Kind::Text, Default::Absent),
            Parameter::optional("color", Kind::Text, Default::Absent),
        ],
        vertical_line,
    )
    .help(
        "Draws a vertical line at a time.",
        r#"> verticalLine("-1min", "deploy") since 2min
         deploy: 1 @1 from 11:59:00"#,
    ),
];

/// Listed among the special functions.
pub(in crate::functions) static CONSTANT_LINE: &[Descriptor] = &[Descriptor::new(
    "constantLine",
    Group::Special,
    &[Parameter::required("value", Kind::Float)],
    |call| {
        let value = call.arguments().float("value")?;
        Ok(vec![constant_series(call, value, representation(value))].into())
    },
)
.help(
    "Draws a horizontal line at a value.",
    "> constantLine(12.5) since 2min
         12.5: 12.5 12.5 12.5 @60 from 11:58:00",
)];

/// Three points of one value, at the start, the middle and the end of the range, named by the value as `shown`.
pub(in crate::functions) fn constant_series(call: &Invocation<'_, '_>, value: f64, shown: String) -> Series {
    let (from, until) = call.range();
    let grid = call.range_grid((until - from) / 2);
    let mut series = Series::new(shown.as_str(), grid, vec![value; 3], call.x_files_factor());
    series.path_expression = Arc::from(wrapped("constantLine", &shown));
    series
}

fn threshold(call: &mut Invocation<'_, '_>) -> Outcome {
    let value = call.arguments().float("value")?;
    let mut series = constant_series(call, value, representation(value));
    if let Some(label) = call.arguments().optional_text("label").filter(|label| !label.is_empty()) {
        series.name = Arc::from(label);
    }
    series.drawing.color = color(call);
    Ok(vec![series].into())
}

/// The colour that a line is given, if any.
fn color(call: &Invocation<'_, '_>) -> Option<Arc<str>> {
    call.arguments().optional_text("color").filter(|color| !color.is_empty()).map(Arc::from)
}

fn vertical_line(call: &mut Invocation<'_, '_>) -> Outcome {
    let at = times::at(call.arguments().text("ts")?, call.zone(), call.now())?;
    let (from, until) = call.range();
    if !(from..=until).contains(&at) {
        return Err(QueryError::bad_request(format!(
            "verticalLine: the time {at} lies outside the range {from} to {until}"
        )));
    }
    let label = call.arguments().optional_text("label");
    let grid = Grid { start: at, end: at, step: 1 };
    let mut line = Series::new(label.unwrap_or("None"), grid, vec![1.0, 1.0], call.x_files_factor());
    if label.is_none() {
        line.label = Label::Null;
    }
    line.drawing.as_infinite = true;
    line.drawing.color = color(call);
    Ok(vec![line].into())
}
