//! alpha, color, lineWidth, dashed, drawAsInfinite, secondYAxis: notes on how to draw. JSON shows those that are in names.

use std::sync::Arc;

use crate::drawing::Drawing;
use crate::functions::shared::{ONLY_SERIES, Outcome, SERIES_LIST, wrapped};
use crate::functions::{Default, Descriptor, Group, Kind, Parameter};
use crate::python::general;
use crate::run::Invocation;

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "alpha",
        Group::Graph,
        &[SERIES_LIST, Parameter::required("alpha", Kind::Float)],
        |call| {
            let alpha = call.arguments().float("alpha")?;
            noted(call, |drawing| drawing.alpha = Some(alpha))
        },
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
        color,
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
        |call| {
            let width = call.arguments().float("width")?;
            noted(call, |drawing| drawing.line_width = Some(width))
        },
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
    Descriptor::new("drawAsInfinite", Group::Graph, ONLY_SERIES, |call| {
        marked(call, "drawAsInfinite", |drawing| drawing.as_infinite = true)
    })
    .help(
        "Draws a vertical line wherever a series is above zero.",
        "deploys: - 1 @60
         > drawAsInfinite(deploys)
         drawAsInfinite(deploys): - 1 @60",
    ),
    Descriptor::new("secondYAxis", Group::Graph, ONLY_SERIES, |call| {
        marked(call, "secondYAxis", |drawing| drawing.second_y_axis = true)
    })
    .help(
        "Draws series against a second axis on the right.",
        "web.hits: 1 2 @60
         > secondYAxis(web.hits)
         secondYAxis(web.hits): 1 2 @60",
    ),
];

/// A note that shows in pictures only.
fn noted(call: &mut Invocation<'_, '_>, note: impl Fn(&mut Drawing)) -> Outcome {
    let mut series = call.take_series();
    series.iter_mut().for_each(|one| note(&mut one.drawing));
    Ok(series.into())
}

fn color(call: &mut Invocation<'_, '_>) -> Outcome {
    let color: Arc<str> = match call.arguments().optional_text("theColor") {
        Some(text) => Arc::from(text),
        // Six digits without a letter are a number to the grammar.
        None => Arc::from(format!("{:06}", call.arguments().float("theColor")?)),
    };
    noted(call, |drawing| drawing.color = Some(Arc::clone(&color)))
}

fn dashed(call: &mut Invocation<'_, '_>) -> Outcome {
    let length = call.arguments().integer("dashLength")?;
    let mut series = call.take_series();
    for one in &mut series {
        one.drawing.dash_length = Some(length as f64);
        one.tags.set("dashed", length.to_string());
        one.name = Arc::from(format!("dashed({}, {})", one.name, general(length as f64)));
    }
    Ok(series.into())
}

fn marked(call: &mut Invocation<'_, '_>, function: &str, note: impl Fn(&mut Drawing)) -> Outcome {
    let mut series = call.take_series();
    for one in &mut series {
        note(&mut one.drawing);
        one.tags.set(function, "1");
        one.name = Arc::from(wrapped(function, &one.name));
    }
    Ok(series.into())
}
