//! A graph of series over time.
//!
//! The order of the work: curves from series, places from what must be shown beside them, scales from the values, then
//! everything is drawn from the back to the front. Invariant: no values, however odd, make it fail; series without any
//! make a picture that says so.

mod areas;
mod curve;
mod grid;
mod ink;
mod legend;
mod place;
mod plot;
mod stack;

use jiff::tz::TimeZone;
use plumbago_protocol::limits;

use crate::axis::times::Times;
use crate::error::PictureError;
use crate::font::Font;
use crate::parameters::{LineMode, Parameters};
use crate::series::{Marks, Series};
use crate::svg::{Anchor, Frame, Svg, Words};
use curve::{Curve, Span};
pub(crate) use legend::{Entry, legend_below};
pub(crate) use place::titled;
use plot::Plot;

/// Draws a graph; `range`, in seconds since the epoch, is what is shown where the series do not say it.
pub(crate) fn draw(
    parameters: &Parameters,
    series: &[Series],
    marks: &Marks,
    range: (i64, i64),
    zone: &TimeZone,
) -> Result<String, PictureError> {
    if series.len() > limits::PICTURE_SERIES_MAX {
        let limit = limits::PICTURE_SERIES_MAX;
        return Err(PictureError::TooMany { what: "series", found: series.len(), limit });
    }
    let curves = Curve::all(parameters, series)?;
    let mode = line_mode(parameters.lines.mode, series);
    let span = Span::of(&curves, mode, range);
    let mut svg = canvas(parameters);
    let Some(span) = span.filter(|_| !series.is_empty()) else {
        nothing(&mut svg, parameters);
        return Ok(svg.finish());
    };
    let plot = place::place(parameters, &curves, marks, mode, span);
    let times = times(parameters, &plot, zone)?;
    place::titles(&mut svg, parameters, &plot);
    legend::draw(&mut svg, parameters, &plot);
    grid::shaded(&mut svg, &plot, marks);
    grid::lines(&mut svg, parameters, &plot, &times);
    svg.begin_clip(plot.frame);
    areas::draw(&mut svg, &plot);
    plot.curves.iter().for_each(|curve| plot.trace(&mut svg, curve));
    svg.end_clip();
    grid::thresholds(&mut svg, parameters, &plot, marks);
    grid::labels(&mut svg, parameters, &plot, &times);
    Ok(svg.finish())
}

/// A line from one point to the next makes no sense where there is just one.
fn line_mode(wished: LineMode, series: &[Series]) -> LineMode {
    let has_lone_point = series.iter().any(|one| one.values.len() == 1 && !one.drawing.as_infinite);
    if wished == LineMode::Slope && has_lone_point { LineMode::Staircase } else { wished }
}

/// The empty picture.
pub(crate) fn canvas(parameters: &Parameters) -> Svg {
    let (width, height) = parameters.size();
    let mut svg = Svg::new(width, height);
    let all = Frame { left: 0.0, top: 0.0, right: f64::from(width), bottom: f64::from(height) };
    svg.rectangle(all, parameters.look.background);
    svg
}

/// Says that there is nothing to draw.
pub(crate) fn nothing(svg: &mut Svg, parameters: &Parameters) {
    let (width, height) = (f64::from(parameters.width), f64::from(parameters.height));
    let font = Font::new(parameters.font).sized((width * height).ln().clamp(6.0, 16.0));
    let text = font.fit("No Data", width);
    let color = crate::color::Color::rgb(200, 0, 50);
    let words = Words { text: &text, font, color, anchor: Anchor::Middle, turned: 0.0 };
    svg.words((width / 2.0).round(), (height / 2.0 + font.ascent() / 2.0).round(), words);
}

fn times(parameters: &Parameters, plot: &Plot, zone: &TimeZone) -> Result<Times, PictureError> {
    let font = Font::new(parameters.font);
    // Labels are centred; between two of them there is room for two letters more.
    let label_width = |text: &str| font.width(text) + 2.0 * font.width("0");
    let format = parameters.time_format.as_deref();
    let room = crate::axis::times::Room { width: plot.frame.width(), label_width: &label_width, format };
    Times::new(plot.span.from, plot.span.until, zone, &room)
}
