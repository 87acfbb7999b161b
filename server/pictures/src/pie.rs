//! A pie: one slice for each value, clockwise from the top.
//!
//! Invariant: a value below zero, and what is no number, takes no space; if none takes any, the picture says so.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use plumbago_protocol::limits;

use crate::axis::short;
use crate::error::PictureError;
use crate::font::Font;
use crate::graph::{Entry, canvas, legend_below, nothing, titled};
use crate::parameters::{Parameters, PieLabels, PieMode, UnitSystem};
use crate::series::Series;
use crate::svg::{Anchor, Frame, Outline, Svg, Words};

/// A slice of a pie.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The name for the legend.
    pub name: Arc<str>,
    /// How large it is, in whatever unit all of them have.
    pub value: f64,
}

impl Slice {
    /// The slice of a series: the mean, largest or smallest of its values, as the parameters ask for; 0 if it has none.
    pub fn of(parameters: &Parameters, series: &Series) -> Slice {
        let known = || series.values.iter().copied().filter(|value| value.is_finite());
        let value = match parameters.pie.mode {
            PieMode::Average => {
                let count = known().count().max(1) as f64;
                known().map(|value| value / count).sum()
            }
            PieMode::Maximum => known().reduce(f64::max).unwrap_or(0.0),
            PieMode::Minimum => known().reduce(f64::min).unwrap_or(0.0),
        };
        Slice { name: Arc::clone(&series.name), value }
    }
}

/// Draws a pie.
pub(crate) fn draw(parameters: &Parameters, slices: &[Slice]) -> Result<String, PictureError> {
    if slices.len() > limits::PICTURE_SLICES_MAX {
        let limit = limits::PICTURE_SLICES_MAX;
        return Err(PictureError::TooMany { what: "slices", found: slices.len(), limit });
    }
    let mut svg = canvas(parameters);
    // Made smaller, so that no sum of large values is infinite.
    let size = |slice: &Slice| if slice.value.is_finite() { (slice.value / 1e6).max(0.0) } else { 0.0 };
    let total: f64 = slices.iter().map(size).sum();
    if total <= 0.0 {
        nothing(&mut svg, parameters);
        return Ok(svg.finish());
    }
    let mut frame = Frame {
        left: parameters.margin,
        top: parameters.margin + titled(&mut svg, parameters),
        right: f64::from(parameters.width) - parameters.margin,
        bottom: f64::from(parameters.height) - parameters.margin,
    };
    let mut colors = parameters.look.series.iter().copied().cycle();
    let colors: Vec<_> = slices.iter().map(|_| colors.next().unwrap_or(parameters.look.foreground)).collect();
    if parameters.shown.legend.unwrap_or(true) {
        let entries = slices.iter().zip(&colors);
        let entries = entries
            .map(|(slice, color)| Entry { name: Arc::clone(&slice.name), color: *color, on_right: false })
            .collect();
        frame.bottom -= legend_below(&mut svg, parameters, entries);
    }
    let circle = Circle {
        x: (frame.left + frame.right) / 2.0,
        y: (frame.top + frame.bottom) / 2.0,
        radius: (frame.width().min(frame.height()) / 2.0 * 0.97).max(1.0),
    };
    let mut angle = 0.0;
    let mut middles = Vec::with_capacity(slices.len());
    for (slice, color) in slices.iter().zip(&colors) {
        let share = size(slice) / total;
        let next = angle + share * TAU;
        svg.area(&circle.sector(angle, next), color.faded(parameters.lines.area_alpha.unwrap_or(1.0)));
        middles.push((share, f64::midpoint(angle, next)));
        angle = next;
    }
    for (slice, (share, middle)) in slices.iter().zip(middles) {
        label(&mut svg, parameters, slice, share, &circle, middle);
    }
    Ok(svg.finish())
}

/// Where the pie lies.
struct Circle {
    x: f64,
    y: f64,
    radius: f64,
}

impl Circle {
    /// A point at an angle, clockwise from the top, and a share of the radius.
    fn point(&self, angle: f64, share: f64) -> (f64, f64) {
        (self.x + self.radius * share * angle.sin(), self.y - self.radius * share * angle.cos())
    }

    /// The outline of a slice.
    fn sector(&self, from: f64, to: f64) -> Outline {
        let mut outline = Outline::default();
        let (start_x, start_y) = self.point(from, 1.0);
        let (end_x, end_y) = self.point(to, 1.0);
        if to - from >= TAU - 1e-3 {
            // An arc that ends where it begins would be none.
            let (x, y) = self.point(from + PI, 1.0);
            outline.move_to(start_x, start_y);
            outline.arc_to(self.radius, false, x, y);
            outline.arc_to(self.radius, false, start_x, start_y);
        } else if to - from > 1e-6 {
            outline.move_to(self.x, self.y);
            outline.line_to(start_x, start_y);
            outline.arc_to(self.radius, to - from > PI, end_x, end_y);
        } else {
            return outline;
        }
        outline.close();
        outline
    }
}

/// Writes the label of a slice, if it is to have one.
fn label(svg: &mut Svg, parameters: &Parameters, slice: &Slice, share: f64, circle: &Circle, angle: f64) {
    let percent = share * 100.0;
    let (text, shown) = match parameters.pie.labels {
        PieLabels::None => return,
        PieLabels::Percent => (format!("{percent:.1}%"), percent >= parameters.pie.labels_min),
        PieLabels::Number => (short(slice.value, UnitSystem::Si), slice.value >= parameters.pie.labels_min),
    };
    if !shown || share <= 0.0 {
        return;
    }
    let font = Font::new(parameters.font);
    let (x, y) = circle.point(angle, 0.62);
    // Text that follows its slice is never upside down.
    let turned = match parameters.pie.labels_rotated {
        true if angle <= PI => (angle - PI / 2.0).to_degrees(),
        true => (angle - PI * 1.5).to_degrees(),
        false => 0.0,
    };
    let (x, y) = if turned == 0.0 {
        (x.round(), (y + font.ascent() / 2.0).round())
    } else {
        let down = font.ascent() / 2.0;
        let (sine, cosine) = turned.to_radians().sin_cos();
        (x - down * sine, y + down * cosine)
    };
    let words =
        Words { text: &text, font, color: parameters.pie.labels_color, anchor: Anchor::Middle, turned };
    svg.words(x, y, words);
}
