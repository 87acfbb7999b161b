//! The space in which curves are drawn: where a time and a value lie, and the lines of curves.

use super::curve::{Curve, Span};
use super::legend::Legend;
use crate::axis::Scale;
use crate::parameters::LineMode;
use crate::svg::{Frame, Outline, Stroke, Svg};
use plumbago_query::Fill;

/// Everything that has its place.
#[derive(Debug)]
pub(crate) struct Plot<'a> {
    pub(crate) frame: Frame,
    pub(crate) span: Span,
    pub(crate) mode: LineMode,
    /// The only scale, or the left one.
    pub(crate) left: Scale,
    /// The right one of two.
    pub(crate) right: Option<Scale>,
    pub(crate) curves: Vec<Curve<'a>>,
    /// Whether areas have their line drawn on top, too, and how opaque they are.
    pub(crate) area_alpha: Option<f64>,
    pub(crate) legend: Legend,
    pub(crate) shows_titles: bool,
    pub(crate) shows_times: bool,
    pub(crate) shows_values: bool,
}

impl Plot<'_> {
    /// Where a time lies, in pixels from the left.
    pub(crate) fn x(&self, time: f64) -> f64 {
        self.frame.left + (time - self.span.from as f64) / self.span.seconds() * self.frame.width()
    }

    /// Where a value lies, in pixels from the top; `None` where a logarithm has no place for it.
    pub(crate) fn y(&self, value: f64, on_right: bool) -> Option<f64> {
        let place = self.scale(on_right).place(value)?;
        (!place.is_nan()).then_some(self.frame.bottom - place * self.frame.height())
    }

    /// The scale of one side.
    pub(crate) fn scale(&self, on_right: bool) -> &Scale {
        self.right.as_ref().filter(|_| on_right).unwrap_or(&self.left)
    }

    /// The corners of a curve: times where its line turns, with the place of the value among its values.
    pub(crate) fn corners(&self, curve: &Curve<'_>, at: usize) -> impl Iterator<Item = f64> + use<> {
        let time = curve.start + curve.step * at as f64;
        let end = (self.mode == LineMode::Staircase).then(|| self.x(time + curve.step));
        std::iter::once(self.x(time)).chain(end)
    }

    /// Draws the line of a curve, unless it is an area without one.
    pub(crate) fn trace(&self, svg: &mut Svg, curve: &Curve<'_>) {
        if curve.as_infinite {
            return self.upright(svg, curve);
        }
        let is_area = curve.fill != Fill::Nothing;
        if curve.fill == Fill::BandEdge || (is_area && self.area_alpha.is_none()) {
            return;
        }
        let mut outline = Outline::default();
        for run in runs(&curve.values, |value| self.y(value, curve.on_right)) {
            let lone = run.len() == 1 && self.mode != LineMode::Staircase;
            let mut is_first = true;
            for (at, y) in run {
                for x in self.corners(curve, at) {
                    if is_first {
                        outline.move_to(x, y)
                    } else {
                        outline.line_to(x, y)
                    }
                    is_first = false;
                    if lone {
                        // A point between two gaps is a dot.
                        outline.line_to(x + 0.01, y);
                    }
                }
            }
        }
        let color = match curve.alpha {
            Some(alpha) if !is_area => curve.color.faded(alpha),
            _ => curve.color,
        };
        svg.trace(&outline, Stroke { color, width: curve.width, dash: curve.dash });
    }

    /// Draws an upright line for every value above zero.
    fn upright(&self, svg: &mut Svg, curve: &Curve<'_>) {
        let mut outline = Outline::default();
        let mut last = f64::NEG_INFINITY;
        for (at, value) in curve.values.iter().enumerate() {
            let x = self.x(curve.start + curve.step * at as f64);
            // Two in one place are one.
            if *value > 0.0 && x - last >= 0.5 {
                outline.move_to(x, self.frame.bottom);
                outline.line_to(x, self.frame.top);
                last = x;
            }
        }
        let color = curve.alpha.map_or(curve.color, |alpha| curve.color.faded(alpha));
        svg.trace(&outline, Stroke { color, width: curve.width, dash: curve.dash });
    }
}

/// The values between gaps, as places among all values and what `map` makes of them; it makes gaps, too.
pub(crate) fn runs(values: &[f64], map: impl Fn(f64) -> Option<f64>) -> Vec<Vec<(usize, f64)>> {
    let mut runs = Vec::new();
    let mut run = Vec::new();
    for (at, value) in values.iter().enumerate() {
        match Some(*value).filter(|value| !value.is_nan()).and_then(&map) {
            Some(mapped) => run.push((at, mapped)),
            None if run.is_empty() => {}
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}
