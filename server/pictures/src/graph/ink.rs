//! How much there is to draw: the time that a rasteriser takes grows with the length of lines, not with their points.

use plumbago_query::Fill;

use super::curve::Curve;
use crate::axis::Scale;
use crate::parameters::LineMode;
use crate::svg::Frame;

/// A line of this width takes twice as long as a thin one.
const WIDE: f64 = 4.0;

/// A dash of this length doubles the work.
const SHORT_DASH: f64 = 10.0;

/// About how many pixels the lines of all curves run over, wide and dashed ones counted as more.
pub(super) fn of(
    curves: &[Curve<'_>],
    left: &Scale,
    right: Option<&Scale>,
    frame: Frame,
    mode: LineMode,
) -> f64 {
    let scale = |curve: &Curve<'_>| right.filter(|_| curve.on_right).unwrap_or(left);
    curves.iter().map(|curve| weight(curve) * length(curve, scale(curve), frame, mode)).sum()
}

fn weight(curve: &Curve<'_>) -> f64 {
    if curve.fill != Fill::Nothing {
        // The edge of an area, and perhaps its line.
        return 2.0;
    }
    let dashes = curve.dash.map_or(0.0, |dash| SHORT_DASH / dash.max(1.0));
    1.0 + curve.width / WIDE + dashes
}

/// The length of the line of a curve in pixels.
fn length(curve: &Curve<'_>, scale: &Scale, frame: Frame, mode: LineMode) -> f64 {
    if curve.as_infinite {
        let lines = curve.values.iter().filter(|value| **value > 0.0).count() as f64;
        return lines.min(frame.width() * 2.0) * frame.height();
    }
    let places = curve.values.iter().filter_map(|value| scale.place(*value)).filter(|place| !place.is_nan());
    let (mut last, mut up_and_down) = (None, 0.0);
    for place in places {
        // What lies far outside is cut off.
        let place = place.clamp(-1.0, 2.0);
        up_and_down += last.map_or(0.0, |last: f64| (place - last).abs());
        last = Some(place);
    }
    let level = if mode == LineMode::Staircase { 2.0 } else { 1.0 };
    up_and_down * frame.height() + level * frame.width()
}
