//! The vertical scale: where it begins and ends, where its labels are, and where a value lies.
//!
//! Invariant: it ends above where it begins, both are finite, and it has few enough labels to be read, whatever the values
//! and wishes were.

use super::step::{NEGLIGIBLE, choose};
use super::units::labels;
use crate::parameters::{Side, Top, UnitSystem};

/// Steps of which there are more on one scale than this are not taken as wished.
const STEPS_MAX: f64 = 1000.0;

/// Values that differ by less than this share of themselves are equal, as far as a picture goes.
const EQUAL: f64 = 1e-9;

/// What a scale is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// The smallest and the largest value, if there is any.
    pub(crate) values: Option<(f64, f64)>,
    /// The smallest value above zero, which is where a logarithmic scale can begin.
    pub(crate) positive: Option<f64>,
    pub(crate) side: &'a Side,
    pub(crate) divisors: &'a [u32],
    pub(crate) unit: UnitSystem,
    pub(crate) log_base: Option<f64>,
    /// How many labels there is room for.
    pub(crate) labels_max: usize,
}

/// Powers outside of this range are not shown on a logarithmic scale.
const SMALL: f64 = 1e-300;
const LARGE: f64 = 1e305;

/// A vertical scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    bottom: f64,
    top: f64,
    is_logarithmic: bool,
    /// The values with a label, and the labels, from bottom to top.
    pub(crate) labels: Vec<(f64, String)>,
}

impl Scale {
    /// The scale for these values.
    pub(crate) fn new(request: &Request<'_>) -> Scale {
        match request.log_base {
            Some(base) => logarithmic(request, base),
            None => linear(request),
        }
    }

    /// Where a value lies: 0 is the bottom, 1 the top; `None` for what a logarithm cannot show.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        if !self.is_logarithmic {
            return Some((value - self.bottom) / (self.top - self.bottom));
        }
        (value > 0.0).then(|| (value.ln() - self.bottom.ln()) / (self.top.ln() - self.bottom.ln()))
    }

    /// Where areas end: at zero, or at the bottom of a logarithmic scale.
    pub(crate) fn ground(&self) -> f64 {
        if self.is_logarithmic { self.bottom } else { 0.0 }
    }

    /// The values of lines between the labels, `count` between two.
    pub(crate) fn between(&self, count: u32) -> Vec<f64> {
        let values: Vec<f64> = self.labels.iter().map(|(value, _)| *value).collect();
        let inside = |pair: &[f64]| {
            let (low, high) = (pair[0], pair[1]);
            let parts = f64::from(count) + 1.0;
            (1..=count).map(move |part| low + (high - low) * f64::from(part) / parts).collect::<Vec<_>>()
        };
        values.windows(2).flat_map(inside).collect()
    }
}

fn linear(request: &Request<'_>) -> Scale {
    let side = request.side;
    let (low, high) = ends(request);
    let mut step = side.step.unwrap_or_else(|| choose(low, high, request.divisors, request.unit));
    if (high - low) / step > STEPS_MAX {
        step = choose(low, high, &[4, 5, 6], request.unit);
    }
    let bottom = side.min.unwrap_or_else(|| step * (low / step + NEGLIGIBLE).floor());
    let mut top = match side.max {
        Some(_) => high,
        None => step * (high / step - NEGLIGIBLE).ceil(),
    };
    if let Some(limit) = side.limit.filter(|limit| *limit > bottom) {
        top = top.min(limit);
    }
    if top <= bottom || !(top - bottom).is_finite() {
        top = bottom + step;
    }
    let first = (bottom / step - NEGLIGIBLE).ceil();
    let count = (((top - first * step) / step + NEGLIGIBLE).floor() + 1.0).clamp(0.0, STEPS_MAX + 1.0);
    // Where labels would touch, only every second, third, … one is there.
    let every = (count / request.labels_max.max(1) as f64).ceil().max(1.0) as usize;
    let values: Vec<f64> = (0..count as usize).step_by(every).map(|at| (first + at as f64) * step).collect();
    let texts = labels(&values, step * every as f64, request.unit);
    Scale { bottom, top, is_logarithmic: false, labels: values.into_iter().zip(texts).collect() }
}

/// Between which values the scale has to reach, before they are rounded.
fn ends(request: &Request<'_>) -> (f64, f64) {
    let side = request.side;
    let (smallest, largest) = request.values.unwrap_or((0.0, 1.0));
    let low = side.min.unwrap_or(smallest);
    let mut high = match side.max {
        Some(Top::At(value)) => value,
        _ => largest,
    };
    let limited = side.limit.is_some_and(|limit| limit < high);
    if let Some(limit) = side.limit {
        high = high.min(limit);
    }
    let size = low.abs().max(high.abs());
    if high - low > EQUAL * size && high > low {
        return (low, high);
    }
    let room = |value: f64| if value.abs() < EQUAL { 1.0 } else { 0.1 * value.abs() };
    let top_is_fixed = limited || matches!(side.max, Some(Top::At(_)));
    match (side.min.is_some(), top_is_fixed) {
        (true, _) => (low, low + room(low)),
        (false, true) => (high - room(high), high),
        (false, false) => {
            let middle = low.midpoint(high);
            (middle - room(size), middle + room(size))
        }
    }
}

fn logarithmic(request: &Request<'_>, base: f64) -> Scale {
    let side = request.side;
    let low = side.min.filter(|low| *low > 0.0).or(request.positive).unwrap_or(1.0);
    let largest = request.values.map_or(base, |(_, largest)| largest);
    let high = match side.max {
        Some(Top::At(value)) => value,
        _ => largest,
    };
    let high = side.limit.map_or(high, |limit| high.min(limit)).max(low);
    let exponent = |value: f64| value.ln() / base.ln();
    let first = (exponent(low) + NEGLIGIBLE).floor();
    let last = (exponent(high) - NEGLIGIBLE).ceil().max(first + 1.0);
    let every = ((last - first + 1.0) / request.labels_max.max(1) as f64).ceil().max(1.0);
    let count = ((last - first) / every).floor().clamp(0.0, STEPS_MAX) as usize;
    let powers = (0..=count).map(|at| base.powf(first + at as f64 * every));
    let values: Vec<f64> = powers.filter(|power| (SMALL..=LARGE).contains(power)).collect();
    let text = |value: &f64| labels(&[*value], round_part(*value), request.unit).concat();
    let labels = values.iter().map(|value| (*value, text(value))).collect();
    let bottom = base.powf(first).clamp(SMALL, LARGE / base);
    Scale { bottom, top: base.powf(last).clamp(bottom * base, LARGE), is_logarithmic: true, labels }
}

/// The last of the digits of a value that are worth showing: the third.
fn round_part(value: f64) -> f64 {
    let size = 10_f64.powf(value.abs().log10().floor());
    let is_whole = |part: f64| {
        let parts = value / part;
        (parts - parts.round()).abs() < 1e-6 * parts.abs()
    };
    [1.0, 0.1].iter().map(|share| size * share).find(|part| is_whole(*part)).unwrap_or(size * 0.01)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: Option<(f64, f64)>, side: &Side, log_base: Option<f64>) -> Scale {
        let positive = values.map(|(low, high)| if low > 0.0 { low } else { high }).filter(|low| *low > 0.0);
        let unit = UnitSystem::Si;
        Scale::new(&Request { values, positive, side, divisors: &[4, 5, 6], unit, log_base, labels_max: 8 })
    }

    fn shown(scale: &Scale) -> String {
        let labels: Vec<&str> = scale.labels.iter().map(|(_, text)| text.as_str()).collect();
        let rounded = |value: f64| (value * 1e6).round() / 1e6;
        format!("{}..{}: {}", rounded(scale.bottom), rounded(scale.top), labels.join(" "))
    }

    #[test]
    fn a_scale_ends_at_round_numbers() {
        let side = Side::default();
        assert_eq!(shown(&scale(Some((3.0, 97.0)), &side, None)), "0..100: 0 20 40 60 80 100");
        assert_eq!(shown(&scale(Some((-7.0, 12.0)), &side, None)), "-10..15: -10 -5 0 5 10 15");
        assert_eq!(shown(&scale(None, &side, None)), "0..1: 0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(shown(&scale(Some((5.0, 5.0)), &side, None)), "4.4..5.6: 4.4 4.6 4.8 5.0 5.2 5.4 5.6");
        assert_eq!(shown(&scale(Some((0.0, 0.0)), &side, None)), "-1..1: -1.0 -0.5 0 0.5 1.0");
    }

    #[test]
    fn wishes_count() {
        let side = Side { min: Some(10.0), max: Some(Top::At(45.0)), ..Side::default() };
        assert_eq!(shown(&scale(Some((3.0, 97.0)), &side, None)), "10..45: 10 20 30 40");
        let side = Side { max: Some(Top::Largest), ..Side::default() };
        assert_eq!(shown(&scale(Some((0.0, 97.0)), &side, None)), "0..97: 0 20 40 60 80");
        let side = Side { limit: Some(50.0), ..Side::default() };
        assert_eq!(shown(&scale(Some((0.0, 97.0)), &side, None)), "0..50: 0 10 20 30 40 50");
        let side = Side { step: Some(25.0), ..Side::default() };
        assert_eq!(shown(&scale(Some((0.0, 97.0)), &side, None)), "0..100: 0 25 50 75 100");
        let side = Side { min: Some(200.0), ..Side::default() };
        assert_eq!(shown(&scale(Some((0.0, 97.0)), &side, None)), "200..220: 200 205 210 215 220");
    }

    #[test]
    fn too_many_labels_are_thinned_out() {
        let side = Side { step: Some(1.0), ..Side::default() };
        assert_eq!(scale(Some((0.0, 100.0)), &side, None).labels.len(), 8);
        let side = Side { step: Some(1e-9), ..Side::default() };
        assert!(scale(Some((0.0, 100.0)), &side, None).labels.len() <= 8);
    }

    #[test]
    fn logarithms_begin_above_zero() {
        let side = Side::default();
        assert_eq!(shown(&scale(Some((3.0, 900.0)), &side, Some(10.0))), "1..1000: 1 10 100 1 k");
        assert_eq!(shown(&scale(Some((-5.0, -1.0)), &side, Some(10.0))), "1..10: 1 10");
        let halves = scale(Some((1.0, 8.0)), &side, Some(2.0));
        assert_eq!(halves.place(0.0), None);
        assert_eq!(halves.place(-1.0), None);
        assert!((halves.place(2.0).unwrap() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn any_values_make_a_scale_that_can_be_drawn() {
        let numbers = [-1e300, -1.0, -1e-300, 0.0, 5e-324, 1e-9, 1.0, 1.0 + 1e-15, 1e15, 1e300];
        for low in numbers {
            for high in numbers.into_iter().filter(|high| *high >= low) {
                for log_base in [None, Some(10.0), Some(1.001), Some(1e12)] {
                    for side in [
                        Side::default(),
                        Side { min: Some(3.0), ..Side::default() },
                        Side { limit: Some(-2.0), ..Side::default() },
                    ] {
                        let scale = scale(Some((low, high)), &side, log_base);
                        assert!(scale.top > scale.bottom, "{low} {high} {log_base:?} {side:?}: {scale:?}");
                        assert!(
                            (scale.top - scale.bottom).is_finite(),
                            "{low} {high} {log_base:?}: {scale:?}"
                        );
                        assert!(scale.labels.len() <= 9, "{low} {high} {log_base:?}: {}", scale.labels.len());
                    }
                }
            }
        }
    }
}
