//! Owns where a moment and a value lie in a graph's picture.
//!
//! Invariant: every finite value between the lowest and highest mark maps inside the frame; the marks include zero.

use super::unit::Unit;

/// The picture's frame, in its own units: the labels of the marks stand left of it and below it.
pub(crate) const WIDTH: f64 = 360.0;
/// Height of the whole picture.
pub(crate) const HEIGHT: f64 = 136.0;
/// Left edge of the frame.
pub(crate) const LEFT: f64 = 54.0;
/// Right edge of the frame.
pub(crate) const RIGHT: f64 = 347.0;
/// Upper edge of the frame.
pub(crate) const TOP: f64 = 8.0;
/// Lower edge of the frame.
pub(crate) const BOTTOM: f64 = 116.0;

/// More marks than this would crowd the axis; the rounding of steps never comes near it.
const MARKS_MAX: usize = 12;

/// How values become heights.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValueScale {
    /// Values of the horizontal marks, lowest first; the first and the last are the edges of the frame.
    pub(crate) marks: Vec<f64>,
}

impl ValueScale {
    /// A scale for values between `low` and `high`, from zero to at least `ceiling_min`.
    pub(crate) fn new(unit: Unit, low: f64, high: f64, ceiling_min: f64) -> Self {
        // Halves, so that even the widest range of numbers does not overflow.
        let low = low.clamp(f64::MIN / 4.0, 0.0);
        let high = high.max(ceiling_min).clamp(f64::MIN_POSITIVE * 1e9, f64::MAX / 4.0);
        let step = unit.step(high - low);
        let first = (low / step).floor();
        let last = (high / step).ceil();
        let count = ((last - first) as usize).min(MARKS_MAX);
        Self { marks: (0..=count).map(|index| (first + index as f64) * step).collect() }
    }

    /// The height of `value`, clamped to the frame.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let low = self.marks.first().copied().unwrap_or(0.0);
        let high = self.marks.last().copied().unwrap_or(1.0);
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
        BOTTOM - share * (BOTTOM - TOP)
    }
}

/// How moments become places from left to right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeScale {
    /// The left edge, in seconds since the epoch.
    pub(crate) from: i64,
    /// The right edge, in seconds since the epoch; later than `from`.
    pub(crate) until: i64,
}

impl TimeScale {
    /// The place of `at`; `None` outside the range.
    pub(crate) fn x(&self, at: i64) -> Option<f64> {
        if at < self.from || at > self.until || self.until <= self.from {
            return None;
        }
        let share = at.abs_diff(self.from) as f64 / self.until.abs_diff(self.from) as f64;
        Some(LEFT + share * (RIGHT - LEFT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_begin_at_zero_and_cover_the_highest_value() {
        assert_eq!(ValueScale::new(Unit::Percent, 3.0, 42.0, 25.0).marks, [0.0, 20.0, 40.0, 60.0]);
        assert_eq!(ValueScale::new(Unit::Percent, 1.0, 2.0, 100.0).marks, [0.0, 25.0, 50.0, 75.0, 100.0]);
        assert_eq!(ValueScale::new(Unit::Plain, -3.0, 5.0, 0.0).marks, [-4.0, -2.0, 0.0, 2.0, 4.0, 6.0]);
    }

    #[test]
    fn nothing_but_zeros_still_has_a_scale() {
        let scale = ValueScale::new(Unit::BytesPerSecond, 0.0, 0.0, 1000.0);
        assert_eq!(scale.marks, [0.0, 250.0, 500.0, 750.0, 1000.0]);
        assert_eq!(scale.y(0.0), BOTTOM);
        assert_eq!(scale.y(1000.0), TOP);
    }

    #[test]
    fn even_absurd_values_stay_inside_the_frame() {
        for unit in [Unit::Percent, Unit::Bytes, Unit::BytesPerSecond, Unit::Plain] {
            for (low, high) in [(0.0, 0.0), (-1e308, 1.7e308), (0.0, 1e-300), (5e-324, 5e-324), (-1e9, -1e8)]
            {
                let scale = ValueScale::new(unit, low, high, 0.0);
                assert!(scale.marks.len() >= 2, "{unit:?} {low} {high}: {:?}", scale.marks);
                for value in [low, high] {
                    let y = scale.y(value);
                    assert!((TOP..=BOTTOM).contains(&y), "{unit:?} {low} {high}: {value} lies at {y}");
                }
            }
        }
    }

    #[test]
    fn time_runs_from_the_left_edge_to_the_right() {
        let time = TimeScale { from: 1000, until: 1900 };
        assert_eq!(time.x(1000), Some(LEFT));
        assert_eq!(time.x(1900), Some(RIGHT));
        assert_eq!(time.x(1450), Some((LEFT + RIGHT) / 2.0));
        assert_eq!(time.x(999), None);
        assert_eq!(TimeScale { from: 5, until: 5 }.x(5), None);
    }
}
