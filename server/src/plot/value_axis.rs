//! Owns the vertical axis: which range it shows, where its marks are, and how a number is written short.
//!
//! Invariant: the marks are round numbers, lowest and highest at the edges, every finite value lies between them.

/// The shown range of values and the distance of its marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ValueAxis {
    /// Value at the lower edge.
    pub(crate) low: f64,
    /// Value at the upper edge; greater than `low`.
    pub(crate) high: f64,
    /// Distance between marks.
    pub(crate) step: f64,
}

/// Ranges narrower than this share of their values are below what a double can tell apart.
const RANGE_SHARE_MIN: f64 = 1e-12;

impl ValueAxis {
    /// The axis for finite values from `least` to `greatest`, with about `marks_wanted` marks.
    pub(crate) fn new(least: f64, greatest: f64, marks_wanted: usize) -> Self {
        // A quarter of the range of doubles, so that no difference overflows.
        let (mut low, mut high) = (least.max(f64::MIN / 4.0), greatest.min(f64::MAX / 4.0));
        if high - low <= low.abs().max(high.abs()) * RANGE_SHARE_MIN {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if high - low < f64::MIN_POSITIVE * 1e9 {
            (low, high) = (0.0, 1.0);
        }
        let step = round_up((high - low) / marks_wanted.max(2) as f64);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// The marks' values, lowest first.
    pub(crate) fn marks(&self) -> Vec<f64> {
        let first = (self.low / self.step).round();
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count.min(1000)).map(|index| (first + index as f64) * self.step).collect()
    }

    /// Which of `dots` dots, counted from the top, shows `value`.
    pub(crate) fn dot(&self, value: f64, dots: usize) -> usize {
        let share = ((self.high - value) / (self.high - self.low)).clamp(0.0, 1.0);
        (share * dots.saturating_sub(1) as f64).round() as usize
    }
}

/// The next number of 1, 2 or 5 times a power of ten.
fn round_up(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let digit = rough / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| digit <= round * 1.000_001).unwrap_or(10.0);
    round * power
}

const PREFIXES: [(i32, &str); 11] = [
    (-12, "p"),
    (-9, "n"),
    (-6, "µ"),
    (-3, "m"),
    (0, ""),
    (3, "k"),
    (6, "M"),
    (9, "G"),
    (12, "T"),
    (15, "P"),
    (18, "E"),
];

/// A mark of an axis with marks `step` apart: `1.5k`, `20m`; just the digits that tell neighbours apart.
pub(crate) fn mark_label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let Some((scale, prefix)) = prefix_of(value.abs()) else {
        return format!("{value:.3e}");
    };
    // Dividing by a power of ten is exact where multiplying by its inverse is not.
    let decimals = -((step / scale) * 1.000_001).log10().floor();
    let decimals = decimals.clamp(0.0, 9.0) as usize;
    let text = format!("{:.decimals$}", value / scale);
    format!("{}{prefix}", without_idle_zeros(&text))
}

/// Any number in four digits: `12.35k`.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let Some((scale, prefix)) = prefix_of(value.abs()) else {
        return format!("{value:.3e}");
    };
    let scaled = value / scale;
    let decimals = match scaled.abs() {
        size if size >= 99.995 => 1,
        size if size >= 9.9995 => 2,
        _ => 3,
    };
    let text = format!("{scaled:.decimals$}");
    format!("{}{prefix}", without_idle_zeros(&text))
}

fn prefix_of(size: f64) -> Option<(f64, &'static str)> {
    // A touch more, so that what rounds to 1000 gets the next prefix.
    let exponent = ((size * 1.000_000_001).log10() / 3.0).floor() * 3.0;
    let (exponent, prefix) = PREFIXES.iter().find(|(power, _)| f64::from(*power) == exponent)?;
    Some((10_f64.powi(*exponent), prefix))
}

fn without_idle_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(least: f64, greatest: f64, marks: usize) -> Vec<String> {
        let axis = ValueAxis::new(least, greatest, marks);
        axis.marks().iter().map(|mark| mark_label(*mark, axis.step)).collect()
    }

    #[test]
    fn marks_are_round_and_short() {
        assert_eq!(labels(0.0, 1400.0, 4), ["0", "500", "1k", "1.5k"]);
        assert_eq!(labels(-3.0, 7.0, 4), ["-5", "0", "5", "10"]);
        assert_eq!(labels(0.0001, 0.0009, 4), ["0", "200µ", "400µ", "600µ", "800µ", "1m"]);
        assert_eq!(labels(2.1e9, 3.9e9, 4), ["2G", "2.5G", "3G", "3.5G", "4G"]);
    }

    #[test]
    fn neighbouring_marks_never_read_the_same() {
        assert_eq!(labels(1000.1, 1000.3, 2), ["1.0001k", "1.0002k", "1.0003k"]);
        for (least, greatest) in
            [(0.0, 1e-9), (1e6, 1e6 + 1.0), (-1e17, 1e17), (999.5, 1000.5), (1e200, 3e200)]
        {
            let mut labels = labels(least, greatest, 5);
            let count = labels.len();
            labels.dedup();
            assert_eq!(labels.len(), count, "{least} to {greatest}: {labels:?}");
        }
    }

    #[test]
    fn a_constant_is_shown_against_zero() {
        assert_eq!(labels(42.0, 42.0, 4), ["0", "20", "40", "60"]);
        assert_eq!(labels(0.0, 0.0, 4), ["0", "500m", "1"]);
        assert_eq!(labels(-8.0, -8.0, 2), ["-10", "-5", "0"]);
    }

    #[test]
    fn every_value_lies_on_the_axis() {
        for (least, greatest) in
            [(-1.7e308, 1.7e308), (5e-324, 5e-324), (0.3, 0.4), (-7e-5, 12.0), (1e15, 1e15 + 1.0)]
        {
            let axis = ValueAxis::new(least, greatest, 5);
            assert!(axis.low < axis.high, "{least} to {greatest}: {axis:?}");
            assert!((2..=20).contains(&axis.marks().len()), "{least} to {greatest}: {axis:?}");
            assert!(axis.dot(greatest, 40) <= axis.dot(least, 40));
            assert!(axis.dot(least, 40) < 40);
        }
    }

    #[test]
    fn the_upper_edge_is_the_first_dot() {
        let axis = ValueAxis::new(0.0, 10.0, 5);
        assert_eq!((axis.dot(10.0, 21), axis.dot(5.0, 21), axis.dot(0.0, 21)), (0, 10, 20));
    }

    #[test]
    fn any_number_is_short() {
        assert_eq!(short(12_345.678), "12.35k");
        assert_eq!(short(-0.5), "-500m");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(999.9999999), "1k");
        assert_eq!(short(1e30), "1.000e30");
        assert_eq!(short(0.0), "0");
    }
}
