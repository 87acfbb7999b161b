//! The grid behind the curves, the labels beside it, and marks: thresholds and shaded times.
//!
//! Invariant: level and upright lines lie on whole pixels, so that they are sharp; a label that would not be whole is left
//! out.

use super::place::LABEL_GAP;
use super::plot::Plot;
use crate::axis::Scale;
use crate::axis::times::Times;
use crate::color::Color;
use crate::font::Font;
use crate::parameters::Parameters;
use crate::series::Marks;
use crate::svg::{Anchor, Frame, Stroke, Svg, Words};

/// How strong lines of the grid are, so that they stay behind the curves, and the contrast from which on they are weaker.
const MAJOR: f64 = 0.7;
const MINOR: f64 = 0.35;
const CONTRAST: f64 = 0.4;

/// The colour of what is critical: thresholds, and the time beyond them.
const CRITICAL: Color = Color::rgb(213, 60, 40);

/// Draws the grid.
pub(super) fn lines(svg: &mut Svg, parameters: &Parameters, plot: &Plot<'_>, times: &Times) {
    if !parameters.shown.grid || !plot.shows_times && !plot.shows_values && plot.frame.height() < 40.0 {
        return;
    }
    let stroke = |color: Color, strength: f64| {
        let contrast = (color.brightness() - parameters.look.background.brightness()).abs();
        Stroke { color: color.faded(strength * (CONTRAST / contrast.max(CONTRAST))), width: 1.0, dash: None }
    };
    let major = stroke(parameters.look.major_line, MAJOR);
    let minor = stroke(parameters.look.minor_line, MINOR);
    let values: Vec<f64> = plot.left.labels.iter().map(|(value, _)| *value).collect();
    for (values, stroke) in [(plot.left.between(parameters.minor_lines), minor), (values, major)] {
        let places = values.into_iter().filter_map(|value| plot.y(value, false));
        for y in sharp(places, plot.frame.top, plot.frame.bottom) {
            svg.rule((plot.frame.left, y), (plot.frame.right, y), stroke);
        }
    }
    let labelled: Vec<i64> = times.labels.iter().map(|(time, _)| *time).collect();
    for (times, stroke) in [(&times.between, minor), (&labelled, major)] {
        let places = times.iter().map(|time| plot.x(*time as f64));
        for x in sharp(places, plot.frame.left, plot.frame.right) {
            svg.rule((x, plot.frame.top), (x, plot.frame.bottom), stroke);
        }
    }
    for x in [plot.frame.left, plot.frame.right] {
        svg.rule((x.floor() + 0.5, plot.frame.top), (x.floor() + 0.5, plot.frame.bottom), major);
    }
    let bottom = plot.frame.bottom.floor() + 0.5;
    svg.rule((plot.frame.left, bottom), (plot.frame.right + 1.0, bottom), major);
}

/// The middles of the pixels at these places, each once, of those inside.
fn sharp(places: impl Iterator<Item = f64>, first: f64, last: f64) -> Vec<f64> {
    let inside = places.filter(|place| (first - 0.5..=last + 0.5).contains(place));
    let mut pixels: Vec<f64> = inside.map(|place| place.floor().clamp(first, last) + 0.5).collect();
    pixels.sort_by(f64::total_cmp);
    pixels.dedup();
    pixels
}

/// Writes the labels of times and values.
pub(super) fn labels(svg: &mut Svg, parameters: &Parameters, plot: &Plot<'_>, times: &Times) {
    let font = Font::new(parameters.font);
    let color = parameters.look.foreground;
    if plot.shows_times {
        let y = (plot.frame.bottom + LABEL_GAP + font.ascent()).round();
        let mut free_from = 0.0;
        for (time, text) in &times.labels {
            let (x, half) = (plot.x(*time as f64).round(), font.width(text) / 2.0);
            if x - half < free_from || x + half > f64::from(parameters.width) {
                continue;
            }
            svg.words(x, y, Words { text, font, color, anchor: Anchor::Middle, turned: 0.0 });
            free_from = x + half + font.width("0");
        }
    }
    if plot.shows_values {
        let at_right = plot.frame.right + LABEL_GAP + 1.0;
        let at_left = plot.frame.left - LABEL_GAP;
        match &plot.right {
            Some(right) => {
                values(svg, parameters, plot, &plot.left, (at_left, Anchor::End), false);
                values(svg, parameters, plot, right, (at_right, Anchor::Start), true);
            }
            None if parameters.scale_on_right => {
                values(svg, parameters, plot, &plot.left, (at_right, Anchor::Start), false);
            }
            None => values(svg, parameters, plot, &plot.left, (at_left, Anchor::End), false),
        }
    }
}

fn values(
    svg: &mut Svg,
    parameters: &Parameters,
    plot: &Plot<'_>,
    scale: &Scale,
    (x, anchor): (f64, Anchor),
    on_right: bool,
) {
    let font = Font::new(parameters.font);
    let color = parameters.look.foreground;
    for (value, text) in &scale.labels {
        let Some(y) = plot.y(*value, on_right) else { continue };
        if y < plot.frame.top - 1.0 || y > plot.frame.bottom + 1.0 {
            continue;
        }
        // Digits reach from the base line to about their ascent; their middle lies on the line.
        let base = (y + font.ascent() / 2.0 - 0.25).round();
        svg.words(x.round(), base, Words { text, font, color, anchor, turned: 0.0 });
    }
}

/// Shades times behind everything.
pub(super) fn shaded(svg: &mut Svg, plot: &Plot<'_>, marks: &Marks) {
    for (from, until) in &marks.shaded {
        let inside = |time: i64| plot.x(time as f64).clamp(plot.frame.left, plot.frame.right);
        let (left, right) = (inside(*from).floor(), inside(*until).ceil());
        if right > left {
            svg.rectangle(Frame { left, right, ..plot.frame }, CRITICAL.faded(0.13));
        }
    }
}

/// Draws thresholds over the curves, each with its label above its line, or below where there is no room.
pub(super) fn thresholds(svg: &mut Svg, parameters: &Parameters, plot: &Plot<'_>, marks: &Marks) {
    let font = Font::new(parameters.font);
    let mut taken: Vec<f64> = Vec::new();
    for threshold in &marks.thresholds {
        let Some(y) = plot.y(threshold.value, false) else { continue };
        if y < plot.frame.top - 0.5 || y > plot.frame.bottom + 0.5 {
            continue;
        }
        let y = y.floor() + 0.5;
        let stroke = Stroke { color: CRITICAL, width: 1.0, dash: Some(4.0) };
        svg.rule((plot.frame.left, y), (plot.frame.right, y), stroke);
        let above = (y - 3.5).round();
        let below = (y + font.ascent() + 3.0).round();
        let fits = |base: &f64| {
            *base - font.ascent() >= plot.frame.top
                && *base + font.descent() <= plot.frame.bottom
                && taken.iter().all(|other| (other - base).abs() >= font.line_height())
        };
        if let Some(base) = [above, below].into_iter().find(fits) {
            taken.push(base);
            let text = font.fit(&threshold.label, plot.frame.width() - 2.0 * LABEL_GAP);
            let words = Words { text: &text, font, color: CRITICAL, anchor: Anchor::Start, turned: 0.0 };
            svg.words(plot.frame.left + LABEL_GAP, base, words);
        }
    }
}
