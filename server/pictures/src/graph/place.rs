//! What goes where: titles, legend and labels take their room at the edges, the curves get what is left.
//!
//! Labels need to know the values, values are joined to fit the width, and the width depends on the labels: so places are
//! found twice, the second time with the labels of the first. Where a picture is too small for everything, it goes
//! without the legend, then without titles, then without labels.

use super::curve::{Curve, Span};
use super::ink;
use super::legend::Legend;
use super::plot::Plot;
use super::stack;
use crate::axis::{Request, Scale};
use crate::font::Font;
use crate::parameters::{AreaMode, LineMode, Parameters, Side};
use crate::series::Marks;
use crate::svg::{Anchor, Frame, Svg, Words};
use plumbago_protocol::limits;

/// The least space for curves in pixels.
const WIDTH_MIN: f64 = 40.0;
const HEIGHT_MIN: f64 = 24.0;

/// How often points are joined further where there is too much to draw; each time at least by the factor, and never so far
/// that a curve has fewer points left.
const ATTEMPTS_MAX: usize = 6;
const EXCESS_MIN: f64 = 1.5;
const POINTS_MIN: f64 = 16.0;

/// Pixels between labels and the space of the curves.
pub(super) const LABEL_GAP: f64 = 5.0;

/// Which parts of the picture there is room for.
#[derive(Clone, Copy, Debug)]
struct Parts {
    legend: bool,
    titles: bool,
    labels: bool,
}

/// Finds the place of everything.
pub(super) fn place<'a>(
    parameters: &Parameters,
    curves: &[Curve<'a>],
    marks: &Marks,
    mode: LineMode,
    span: Span,
) -> Plot<'a> {
    let all = Parts { legend: true, titles: true, labels: true };
    let attempts = [
        all,
        Parts { legend: false, ..all },
        Parts { legend: false, titles: false, ..all },
        Parts { legend: false, titles: false, labels: false },
    ];
    let legend = Legend::of_curves(parameters, curves);
    let fitting = attempts.into_iter().find(|parts| {
        let room = room(parameters, curves, *parts, &legend, (40.0, 0.0));
        room.width() >= WIDTH_MIN && room.height() >= HEIGHT_MIN
    });
    let parts = fitting.unwrap_or(attempts[3]);
    let legend = if parts.legend { legend } else { Legend::default() };
    let shows_values = parameters.shown.values && parts.labels;
    let shows_times = parameters.shown.times && parts.labels;

    let mut widths = (0.0, 0.0);
    let mut frame = room(parameters, curves, parts, &legend, widths);
    let mut found = settled(parameters, curves, marks, mode, span, frame);
    if shows_values {
        for _ in 0..2 {
            widths = label_widths(parameters, &found, widths);
            frame = room(parameters, curves, parts, &legend, widths);
            found = settled(parameters, curves, marks, mode, span, frame);
        }
    }
    let Settled { curves, left, right } = found;
    let area_alpha = parameters.lines.area_alpha;
    let shows_titles = parts.titles;
    Plot {
        frame,
        span,
        mode,
        left,
        right,
        curves,
        area_alpha,
        legend,
        shows_titles,
        shows_times,
        shows_values,
    }
}

/// What is left for the curves, where the labels on both sides are so wide.
fn room(
    parameters: &Parameters,
    curves: &[Curve<'_>],
    parts: Parts,
    legend: &Legend,
    label_widths: (f64, f64),
) -> Frame {
    let font = Font::new(parameters.font);
    let margin = parameters.margin;
    let (width, height) = (f64::from(parameters.width), f64::from(parameters.height));
    let mut frame = Frame { left: margin, top: margin, right: width - margin, bottom: height - margin };
    let two_sides = curves.iter().any(|curve| curve.on_right);
    if parts.titles {
        let title = title_font(parameters);
        frame.top += title_height(parameters);
        if !parameters.vertical_title.is_empty() {
            frame.left += parameters.vertical_title.len() as f64 * title.line_height() + LABEL_GAP;
        }
        if two_sides && !parameters.vertical_title_right.is_empty() {
            frame.right -= parameters.vertical_title_right.len() as f64 * title.line_height() + LABEL_GAP;
        }
    }
    if parts.legend {
        frame.bottom -= legend.height;
    }
    if parts.labels && parameters.shown.times {
        frame.bottom -= font.line_height() + LABEL_GAP;
    }
    if parts.labels && parameters.shown.values {
        let (left, right) = label_widths;
        let gap = |width: f64| if width > 0.0 { width + LABEL_GAP } else { 0.0 };
        if two_sides {
            frame.left += gap(left);
            frame.right -= gap(right);
        } else if parameters.scale_on_right {
            frame.right -= gap(left);
        } else {
            frame.left += gap(left);
        }
        // The topmost label reaches above its line by half of its height.
        if !parts.titles || parameters.title.is_empty() {
            frame.top += (font.ascent() / 2.0 - margin).max(0.0);
        }
    }
    Frame {
        left: frame.left.round(),
        top: frame.top.round(),
        right: frame.right.round().max(frame.left.round() + 1.0),
        bottom: frame.bottom.round().max(frame.top.round() + 1.0),
    }
}

/// Curves with their values, and their scales.
struct Settled<'a> {
    curves: Vec<Curve<'a>>,
    left: Scale,
    right: Option<Scale>,
}

fn settled<'a>(
    parameters: &Parameters,
    curves: &[Curve<'a>],
    marks: &Marks,
    mode: LineMode,
    span: Span,
    frame: Frame,
) -> Settled<'a> {
    // A picture of very many series has fewer points of each.
    let width = frame.width();
    let points = curves.len() as f64 * width;
    let mut apart = (points / limits::PICTURE_POINTS_MAX as f64).max(parameters.lines.step_min);
    let mut found = settled_at(parameters, curves, marks, mode, span, frame, apart);
    if excess(&found, frame, mode) <= 1.0 {
        return found;
    }
    // Dashes cost most, and say least where there is so much.
    let solid: Vec<Curve<'a>> = curves.iter().map(Curve::solid).collect();
    for _ in 0..ATTEMPTS_MAX {
        found = settled_at(parameters, &solid, marks, mode, span, frame, apart);
        let excess = excess(&found, frame, mode);
        let coarsest = width / POINTS_MIN;
        if excess <= 1.0 || apart >= coarsest {
            break;
        }
        apart = (apart.max(1.0) * excess.max(EXCESS_MIN)).min(coarsest);
    }
    found
}

/// How many times the lines are as long as one picture's may be.
fn excess(found: &Settled<'_>, frame: Frame, mode: LineMode) -> f64 {
    ink::of(&found.curves, &found.left, found.right.as_ref(), frame, mode) / limits::PICTURE_INK_PIXELS_MAX
}

/// The same with points that are at least `apart` pixels apart.
fn settled_at<'a>(
    parameters: &Parameters,
    curves: &[Curve<'a>],
    marks: &Marks,
    mode: LineMode,
    span: Span,
    frame: Frame,
    apart: f64,
) -> Settled<'a> {
    let width = frame.width();
    let join = |curve: &Curve<'a>| curve.joined(parameters, width, span.seconds(), apart);
    let mut joined: Vec<Curve<'a>> = curves.iter().map(join).collect();
    stack::settle(&mut joined, parameters, mode, span, width);
    let two_sides = joined.iter().any(|curve| curve.on_right);
    let side = if two_sides { &parameters.left } else { &parameters.only };
    let left = scale(parameters, &joined, marks, false, side, frame);
    let right = two_sides.then(|| scale(parameters, &joined, marks, true, &parameters.right, frame));
    Settled { curves: joined, left, right }
}

/// The scale for the curves of one side.
fn scale(
    parameters: &Parameters,
    curves: &[Curve<'_>],
    marks: &Marks,
    on_right: bool,
    side: &Side,
    frame: Frame,
) -> Scale {
    let members = || curves.iter().filter(|curve| curve.on_right == on_right && !curve.as_infinite);
    let join = |one: (f64, f64), other: (f64, f64)| (one.0.min(other.0), one.1.max(other.1));
    let mut values = members().filter_map(Curve::ends).reduce(join);
    if !on_right {
        let thresholds = marks.thresholds.iter().map(|threshold| threshold.value);
        for value in thresholds.filter(|value| value.abs() <= limits::PICTURE_VALUE_MAX) {
            values = Some(join(values.unwrap_or((value, value)), (value, value)));
        }
    }
    // The parts of a sum can be compared only where it begins at zero.
    if parameters.lines.area == AreaMode::Stacked {
        values = values.map(|values| join(values, (0.0, 0.0)));
    }
    let positive = parameters.log_base.and_then(|_| {
        let above_zero =
            members().flat_map(|curve| curve.values.iter().copied()).filter(|value| *value > 0.0);
        above_zero.reduce(f64::min)
    });
    let line = Font::new(parameters.font).line_height();
    Scale::new(&Request {
        values,
        positive,
        side,
        divisors: &parameters.divisors,
        unit: parameters.unit,
        log_base: parameters.log_base,
        labels_max: (frame.height() / line).floor().max(1.0) as usize,
    })
}

/// How wide the labels on both sides are, or were.
fn label_widths(parameters: &Parameters, found: &Settled<'_>, before: (f64, f64)) -> (f64, f64) {
    let font = Font::new(parameters.font);
    let widest =
        |scale: &Scale| scale.labels.iter().map(|(_, text)| font.width(text)).fold(0.0, f64::max).ceil();
    (before.0.max(widest(&found.left)), before.1.max(found.right.as_ref().map_or(0.0, widest)))
}

/// The font of titles: a little larger.
pub(super) fn title_font(parameters: &Parameters) -> Font {
    let size = parameters.font.size;
    Font::new(parameters.font).sized(size + size.ln().floor().max(0.0))
}

/// The height that a title takes in pixels, with the space below it.
fn title_height(parameters: &Parameters) -> f64 {
    match parameters.title.len() {
        0 => 0.0,
        lines => lines as f64 * title_font(parameters).line_height() + LABEL_GAP,
    }
}

/// Draws the title at the top of a picture; the answer is how many pixels it takes from the margin on.
pub(crate) fn titled(svg: &mut Svg, parameters: &Parameters) -> f64 {
    let font = title_font(parameters);
    let width = f64::from(parameters.width);
    for (line, text) in parameters.title.iter().enumerate() {
        let text = font.fit(text, width - 2.0 * parameters.margin);
        let y = parameters.margin + line as f64 * font.line_height() + font.ascent();
        let words = Words {
            text: &text,
            font,
            color: parameters.look.foreground,
            anchor: Anchor::Middle,
            turned: 0.0,
        };
        svg.words((width / 2.0).round(), y.round(), words);
    }
    title_height(parameters)
}

/// Draws the titles of a graph.
pub(super) fn titles(svg: &mut Svg, parameters: &Parameters, plot: &Plot<'_>) {
    if !plot.shows_titles {
        return;
    }
    titled(svg, parameters);
    let font = title_font(parameters);
    let middle = ((plot.frame.top + plot.frame.bottom) / 2.0).round();
    let color = parameters.look.foreground;
    let mut upright = |lines: &[String], x: &dyn Fn(f64) -> f64, turned: f64| {
        for (line, text) in lines.iter().enumerate() {
            let text = font.fit(text, plot.frame.height().max(f64::from(parameters.height) * 0.6));
            let words = Words { text: &text, font, color, anchor: Anchor::Middle, turned };
            svg.words(x(line as f64 * font.line_height()).round(), middle, words);
        }
    };
    upright(&parameters.vertical_title, &|down| parameters.margin + down + font.ascent(), -90.0);
    if plot.right.is_some() {
        let right = f64::from(parameters.width) - parameters.margin;
        upright(&parameters.vertical_title_right, &|down| right - down - font.ascent(), 90.0);
    }
}
