//! Areas: what lies between curves and zero, or between two curves.
//!
//! Invariant: as in graphite-web, an area never covers one that was drawn before it on its side; what shows of it is the
//! part that lies farther from zero. Areas that let nothing through may overlap: they are drawn from the last to the
//! first, which shows the same and leaves no seams.

use plumbago_query::Fill;

use super::curve::Curve;
use super::plot::{Plot, runs};
use crate::color::Color;
use crate::svg::{Outline, Svg};

/// Draws the areas of all curves.
pub(crate) fn draw(svg: &mut Svg, plot: &Plot<'_>) {
    for on_right in [false, true] {
        let members: Vec<&Curve<'_>> =
            plot.curves.iter().filter(|curve| curve.on_right == on_right && !curve.as_infinite).collect();
        bands(svg, plot, &members);
        stacks(svg, plot, &members);
    }
}

/// Each band lies between the last edge before it and its own curve.
fn bands(svg: &mut Svg, plot: &Plot<'_>, members: &[&Curve<'_>]) {
    let mut edge = None;
    for curve in members {
        match (curve.fill, edge) {
            (Fill::BandEdge, _) => edge = Some(*curve),
            (Fill::Band, Some(lower)) => {
                let lower: &Curve<'_> = lower;
                let outline = between(plot, curve, &curve.values, &lower.values);
                svg.area(&outline, color(plot, curve));
            }
            _ => {}
        }
    }
}

fn stacks(svg: &mut Svg, plot: &Plot<'_>, members: &[&Curve<'_>]) {
    let stacked: Vec<&Curve<'_>> =
        members.iter().copied().filter(|curve| curve.fill == Fill::Stack).collect();
    let Some(longest) = stacked.iter().map(|curve| curve.values.len()).max() else { return };
    let ground = vec![plot.scale(stacked.first().is_some_and(|curve| curve.on_right)).ground(); longest];
    if stacked.iter().all(|curve| color(plot, curve).alpha >= 1.0) {
        for curve in stacked.iter().rev() {
            let outline = between(plot, curve, &curve.values, &ground);
            svg.area(&outline, color(plot, curve));
        }
        return;
    }
    // How far from zero, above and below, the areas so far reach.
    let (mut high, mut low) = (ground.clone(), ground);
    for curve in stacked {
        let beyond = |edge: &[f64], farther: fn(f64, f64) -> f64| -> Vec<f64> {
            let pairs = curve.values.iter().zip(edge);
            pairs
                .map(|(value, edge)| if value.is_nan() { f64::NAN } else { farther(*value, *edge) })
                .collect()
        };
        let (above, below) = (beyond(&high, f64::max), beyond(&low, f64::min));
        for (farther, edge) in [(above, &mut high), (below, &mut low)] {
            let reaches =
                farther.iter().zip(&*edge).any(|(farther, edge)| !farther.is_nan() && farther != edge);
            if reaches {
                svg.area(&between(plot, curve, &farther, edge), color(plot, curve));
            }
            for (edge, farther) in edge.iter_mut().zip(&farther).filter(|(_, farther)| !farther.is_nan()) {
                *edge = *farther;
            }
        }
    }
}

/// The space between two rows of values on the grid of a curve, where both are known.
fn between(plot: &Plot<'_>, curve: &Curve<'_>, upper: &[f64], lower: &[f64]) -> Outline {
    let other = |at: usize| plot.y(lower.get(at).copied().unwrap_or(f64::NAN), curve.on_right);
    let both: Vec<f64> = upper
        .iter()
        .enumerate()
        .map(|(at, value)| if other(at).is_some() { *value } else { f64::NAN })
        .collect();
    let mut outline = Outline::default();
    for run in runs(&both, |value| plot.y(value, curve.on_right)) {
        let there = run.iter().flat_map(|(at, y)| plot.corners(curve, *at).map(move |x| (x, *y)));
        let back = run.iter().flat_map(|(at, _)| {
            let y = other(*at).unwrap_or(plot.frame.bottom);
            plot.corners(curve, *at).map(move |x| (x, y))
        });
        let back: Vec<(f64, f64)> = back.collect();
        for (place, (x, y)) in there.chain(back.into_iter().rev()).enumerate() {
            if place == 0 { outline.move_to(x, y) } else { outline.line_to(x, y) }
        }
        outline.close();
    }
    outline
}

fn color(plot: &Plot<'_>, curve: &Curve<'_>) -> Color {
    plot.area_alpha.or(curve.alpha).map_or(curve.color, |alpha| curve.color.faded(alpha))
}
