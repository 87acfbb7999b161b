//! The values of a series, by kind.
//!
//! Of ten series four are two-decimal gauges, two counters, two small integers or constants, and two full doubles.

use crate::noise::Noise;

/// What a series holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A level with two decimals that walks between 0 and 100.
    Gauge,
    /// A growing integer.
    Counter,
    /// A constant integer, or one of twenty small ones.
    Small,
    /// A walk over doubles of full precision.
    Double,
    /// The mean of six two-decimal gauges, as a rollup stores it.
    Average,
}

/// The kinds of ten neighbouring series.
pub const MIX: [Kind; 10] = {
    use Kind::{Counter, Double, Gauge, Small};
    [Gauge, Counter, Gauge, Small, Double, Gauge, Counter, Gauge, Small, Double]
};

/// The values of one series without an end, one a step; it holds no more than the walk's state.
pub struct Values {
    kind: Kind,
    is_constant: bool,
    noise: Noise,
    state: i64,
    rate: i64,
    level: f64,
}

impl Values {
    /// The values of the series at position `index`.
    pub fn new(kind: Kind, index: usize) -> Self {
        let mut noise = Noise(index as u64);
        let state = noise.below(10_000);
        let rate = 1 + noise.below(5000);
        let level = noise.fraction() * 100.0;
        Self { kind, is_constant: index.is_multiple_of(2), noise, state, rate, level }
    }

    /// The next step's value.
    pub fn next_value(&mut self) -> f64 {
        match self.kind {
            Kind::Gauge => {
                self.state = (self.state + self.noise.below(401) - 200).clamp(0, 10_000);
                self.state as f64 / 100.0
            }
            Kind::Counter => {
                self.state += self.rate + self.noise.below(1 + self.rate as u64 / 4);
                self.state as f64
            }
            Kind::Small if self.is_constant => self.state as f64,
            Kind::Small => self.noise.below(20) as f64,
            Kind::Double => {
                self.level += self.noise.fraction() - 0.5;
                self.level
            }
            Kind::Average => (0..6).map(|_| self.noise.below(10_000) as f64 / 100.0).sum::<f64>() / 6.0,
        }
    }
}

/// The first `points` values of the series at position `index`.
pub fn values(kind: Kind, index: usize, points: usize) -> Vec<f64> {
    let mut values = Values::new(kind, index);
    (0..points).map(|_| values.next_value()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_is_what_the_documentation_says() {
        let count = |kind| MIX.iter().filter(|one| **one == kind).count();
        let counts = [Kind::Gauge, Kind::Counter, Kind::Small, Kind::Double, Kind::Average].map(count);
        assert_eq!(counts, [4, 2, 2, 2, 0]);
    }

    #[test]
    fn the_same_position_has_the_same_finite_values() {
        for (index, kind) in MIX.into_iter().enumerate() {
            let once = values(kind, index, 100);
            assert_eq!(once, values(kind, index, 100));
            assert!(once.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn half_of_the_small_integers_are_constants() {
        let small = (0..1000).filter(|index| MIX[index % 10] == Kind::Small);
        let constant =
            small.filter(|index| values(Kind::Small, *index, 50).windows(2).all(|two| two[0] == two[1]));
        assert_eq!(constant.count(), 100);
    }
}
