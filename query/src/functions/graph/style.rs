//! alpha, color, lineWidth, dashed, drawAsInfinite, secondYAxis: drawing hints. JSON carries those that show in names.

use std::sync::Arc;

use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python::general;
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "alpha",
        Group::Graph,
        &[SERIES_LIST, Parameter::required("alpha", Kind::Float)],
        unchanged,
    )
    .help(
        "Draws series with the given opacity between 0 and 1.",
        "web.hits: 1 2 @60
         > alpha(web.hits, 0.5)
         web.hits: 1 2 @60",
    ),
    Descriptor::new(
        "color",
        Group::Graph,
        &[SERIES_LIST, Parameter::required("theColor", Kind::Text).or_number()],
        unchanged,
    )
    .help(
        "Draws series in the given colour.",
        r#"web.hits: 1 2 @60
         > color(web.hits, "green")
         web.hits: 1 2 @60"#,
    ),
    Descriptor::new(
        "lineWidth",
        Group::Graph,
        &[SERIES_LIST, Parameter::required("width", Kind::Float)],
        unchanged,
    )
    .help(
        "Draws series with lines of the given width.",
        "web.hits: 1 2 @60
         > lineWidth(web.hits, 3)
         web.hits: 1 2 @60",
    ),
    Descriptor::new(
        "dashed",
        Group::Graph,
        &[SERIES_LIST, Parameter::optional("dashLength", Kind::Integer, Default::Integer(5))],
        dashed,
    )
    .help(
        "Draws series with dashes of the given length.",
        "web.hits: 1 2 @60
         > dashed(web.hits, 5)
         dashed(web.hits, 5): 1 2 @60",
    ),
    Descriptor::new("drawAsInfinite", Group::Graph, ONLY_SERIES, |call| marked(call, "drawAsInfinite")).help(
        "Draws a vertical line wherever a series is above zero.",
        "deploys: - 1 @60
         > drawAsInfinite(deploys)
         drawAsInfinite(deploys): - 1 @60",
    ),
    Descriptor::new("secondYAxis", Group::Graph, ONLY_SERIES, |call| marked(call, "secondYAxis")).help(
        "Draws series against a second axis on the right.",
        "web.hits: 1 2 @60
         > secondYAxis(web.hits)
         secondYAxis(web.hits): 1 2 @60",
    ),
];

/// These hints concern images only.
fn unchanged(call: &mut Invocation<'_, '_>) -> Outcome {
    Ok(call.take_series().into())
}

fn dashed(call: &mut Invocation<'_, '_>) -> Outcome {
    let length = call.arguments().integer("dashLength")?;
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set("dashed", length.to_string());
        one.name = Arc::from(format!("dashed({}, {})", one.name, general(length as f64)));
    }
    Ok(series.into())
}

fn marked(call: &mut Invocation<'_, '_>, function: &str) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        one.tags.set(function, "1");
        one.name = Arc::from(wrapped(function, &one.name));
    }
    Ok(series.into())
}
