//! Series that are filled: on one grid, so that areas can be compared, and, where that is wished, each on top of those
//! before it.

use plumbago_query::Fill;

use super::curve::{Curve, Span};
use crate::parameters::{AreaMode, LineMode, Parameters};

/// Settles which curves are filled, brings those on one grid, and stacks them.
pub(crate) fn settle(
    curves: &mut [Curve<'_>],
    parameters: &Parameters,
    mode: LineMode,
    span: Span,
    width: f64,
) {
    let two_sides = curves.iter().any(|curve| curve.on_right);
    let area = parameters.lines.area;
    let may_be_filled = |curve: &Curve<'_>| curve.fill == Fill::Nothing && !curve.as_infinite;
    let filled = curves.iter_mut().filter(|curve| may_be_filled(curve));
    match area {
        AreaMode::None => {}
        AreaMode::First => filled.take(1).for_each(|curve| curve.fill = Fill::Stack),
        AreaMode::All | AreaMode::Stacked => filled.for_each(|curve| curve.fill = Fill::Stack),
    }
    for on_right in [false, true] {
        let mut members: Vec<&mut Curve<'_>> = curves
            .iter_mut()
            .filter(|curve| curve.on_right == on_right && curve.fill != Fill::Nothing && !curve.as_infinite)
            .collect();
        align(&mut members, mode, span, width);
        // As in graphite-web, there are no two stacks.
        if area == AreaMode::Stacked && !two_sides {
            add_up(&mut members);
        }
    }
}

/// Brings curves on one grid: their own, if they share it, or else one value a pixel.
fn align(members: &mut [&mut Curve<'_>], mode: LineMode, span: Span, width: f64) {
    let Some((first, others)) = members.split_first() else { return };
    let alike = |other: &&mut Curve<'_>| other.start == first.start && other.step == first.step;
    if others.iter().all(alike) {
        return;
    }
    let count = width.ceil().max(1.0);
    let step = span.seconds() / count;
    for curve in members {
        let times = (0..=count as usize).map(|at| span.from as f64 + step * at as f64);
        let values = times.map(|time| value_at(curve, mode, time)).collect();
        (curve.values, curve.start, curve.step) = (values, span.from as f64, step);
    }
}

/// What a curve shows at a moment.
fn value_at(curve: &Curve<'_>, mode: LineMode, time: f64) -> f64 {
    let place = (time - curve.start) / curve.step;
    if place < 0.0 {
        return f64::NAN;
    }
    let value = |at: usize| curve.values.get(at).copied().unwrap_or(f64::NAN);
    let (at, share) = (place.floor() as usize, place.fract());
    if mode == LineMode::Staircase || share == 0.0 {
        return value(at);
    }
    value(at) * (1.0 - share) + value(at.saturating_add(1)) * share
}

/// Puts each curve on top of the sum of those before it; bands stay where they are.
fn add_up(members: &mut [&mut Curve<'_>]) {
    let mut totals: Vec<f64> = Vec::new();
    for curve in members.iter_mut().filter(|curve| curve.fill == Fill::Stack) {
        if totals.len() < curve.values.len() {
            totals.resize(curve.values.len(), 0.0);
        }
        for (value, total) in curve.values.iter_mut().zip(&mut totals) {
            if !value.is_nan() {
                *total += *value;
                *value = *total;
            }
        }
    }
}
