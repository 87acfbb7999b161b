//! Which distance of two labels looks best.
//!
//! A scale is divided into one of the wished numbers of parts, each a round number wide, so that as little as possible is
//! left empty above and below the values; the way graphite-web chooses. Round are 1, 2 and 5 times a power of ten, powers
//! of two, or the parts of minutes, hours and days, according to the unit.

use crate::parameters::UnitSystem;

/// Numbers that differ by less than this share of a step are the same.
pub(super) const NEGLIGIBLE: f64 = 0.0001;

/// Most steps that are looked at; the best one is among the first few.
const CANDIDATES_MAX: usize = 40;

/// Round numbers of seconds up to a day.
const SECONDS: [f64; 18] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0,
    21_600.0, 43_200.0, 86_400.0,
];

/// The step with which `low..=high` is divided best into one of `divisors` parts. `low` lies below `high`.
pub(super) fn choose(low: f64, high: f64, divisors: &[u32], unit: UnitSystem) -> f64 {
    let most = f64::from(divisors.iter().copied().max().unwrap_or(1));
    let least = f64::from(divisors.iter().copied().min().unwrap_or(1));
    let range = high - low;
    let mut best: Option<(f64, f64)> = None;
    for step in candidates(range / most, unit) {
        if best.is_some_and(|(empty, _)| step * least >= 2.0 * empty + range) {
            break;
        }
        for divisor in divisors {
            let bottom = step * (low / step + NEGLIGIBLE).floor();
            let top = bottom + step * f64::from(*divisor);
            let empty = (top - high).max(low - bottom);
            if top >= high - NEGLIGIBLE * step && best.is_none_or(|(least, _)| empty < least) {
                best = Some((empty, step));
            }
        }
    }
    best.map_or(range, |(_, step)| step)
}

/// Round steps from `smallest` on, in order.
fn candidates(smallest: f64, unit: UnitSystem) -> Vec<f64> {
    let mut steps = match unit {
        UnitSystem::Si | UnitSystem::None => decimal(smallest, 1.0),
        UnitSystem::Binary => powers(smallest, 2.0, &[1.0], 1.0),
        UnitSystem::Seconds => of_time(smallest, 1.0),
        UnitSystem::Milliseconds => of_time(smallest, 1000.0),
    };
    steps.retain(|step| *step >= smallest * (1.0 - NEGLIGIBLE) && step.is_finite());
    steps.truncate(CANDIDATES_MAX);
    steps
}

fn decimal(smallest: f64, unit: f64) -> Vec<f64> {
    powers(smallest, 10.0, &[1.0, 2.0, 5.0], unit)
}

/// Multiples of the powers of a base, in order, times `unit`.
fn powers(smallest: f64, base: f64, multiples: &[f64], unit: f64) -> Vec<f64> {
    let first = ((smallest / unit).log(base) - NEGLIGIBLE).floor();
    let exponents = (0..CANDIDATES_MAX).map(|more| first + more as f64);
    exponents
        .flat_map(|exponent| multiples.iter().map(move |multiple| multiple * base.powf(exponent) * unit))
        .collect()
}

/// Round times: parts of a second, then those of a day, then days.
fn of_time(smallest: f64, second: f64) -> Vec<f64> {
    let day = 86_400.0 * second;
    let mut steps = decimal(smallest, second);
    steps.retain(|step| *step < second * 0.999);
    steps.extend(SECONDS.iter().map(|seconds| seconds * second));
    let mut days = decimal(smallest.max(2.0 * day), day);
    days.retain(|step| *step > day * 1.001);
    steps.extend(days);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(low: f64, high: f64, unit: UnitSystem) -> f64 {
        choose(low, high, &[4, 5, 6], unit)
    }

    #[test]
    fn steps_are_round_and_leave_little_empty() {
        assert_eq!(chosen(0.0, 100.0, UnitSystem::Si), 20.0);
        assert_eq!(chosen(0.0, 97.0, UnitSystem::Si), 20.0);
        assert_eq!(chosen(12.0, 18.0, UnitSystem::Si), 1.0);
        assert!((chosen(0.0, 0.0031, UnitSystem::None) - 0.001).abs() < 1e-9);
        assert_eq!(chosen(0.0, 4000.0, UnitSystem::Binary), 1024.0);
        assert_eq!(chosen(0.0, 3600.0 * 5.0, UnitSystem::Seconds), 3600.0);
        assert_eq!(chosen(0.0, 240_000.0, UnitSystem::Milliseconds), 60_000.0);
        assert_eq!(chosen(0.0, 86_400.0 * 40.0, UnitSystem::Seconds), 86_400.0 * 10.0);
    }

    #[test]
    fn any_range_gets_a_step() {
        for (low, high) in
            [(-1e300, 1e300), (0.0, 1e-300), (1e300, 1.1e300), (-5.0, -4.999_999), (0.0, 2e300)]
        {
            for unit in [UnitSystem::Si, UnitSystem::Binary, UnitSystem::Seconds, UnitSystem::Milliseconds] {
                for divisors in [&[4, 5, 6][..], &[1], &[100]] {
                    let step = choose(low, high, divisors, unit);
                    assert!(step > 0.0 && step.is_finite(), "{low} {high} {unit:?}: {step}");
                }
            }
        }
    }
}
