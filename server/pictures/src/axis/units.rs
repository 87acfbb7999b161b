//! Values as labels: shortened by their unit, with as many digits as it takes to tell neighbours apart.
//!
//! Invariant: all labels of a scale are in one unit and have equally many digits, so that they can be compared at a
//! glance; zero is just `0`.

use crate::parameters::UnitSystem;

/// Digits behind the point beyond which a larger unit is no gain. A quarter of an hour is better told in minutes.
const DIGITS_IN_UNIT_MAX: usize = 2;
const DIGITS_IN_TIME_MAX: usize = 1;

/// Digits behind the point beyond which a number is written with an exponent.
const DIGITS_MAX: usize = 6;

/// Numbers from here on are written with an exponent.
const LARGE: f64 = 1e18;

const DECIMAL: &[(&str, f64)] = &[("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1.0)];
const BINARY: &[(&str, f64)] = &[
    ("Pi", 1_125_899_906_842_624.0),
    ("Ti", 1_099_511_627_776.0),
    ("Gi", 1_073_741_824.0),
    ("Mi", 1_048_576.0),
    ("Ki", 1024.0),
    ("", 1.0),
];
const SECONDS: &[(&str, f64)] =
    &[("y", 31_536_000.0), ("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)];
const MILLISECONDS: &[(&str, f64)] =
    &[("y", 31_536e6), ("d", 86_400e3), ("h", 3600e3), ("min", 60e3), ("s", 1e3), ("ms", 1.0)];
const NONE: &[(&str, f64)] = &[("", 1.0)];

/// The labels of `values`, which lie `step` apart.
pub(crate) fn labels(values: &[f64], step: f64, unit: UnitSystem) -> Vec<String> {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let sizes = sizes(unit);
    let digits_max = match unit {
        UnitSystem::Seconds | UnitSystem::Milliseconds => DIGITS_IN_TIME_MAX,
        UnitSystem::Si | UnitSystem::Binary | UnitSystem::None => DIGITS_IN_UNIT_MAX,
    };
    let (suffix, size) = sizes
        .iter()
        .copied()
        .filter(|(_, size)| largest >= *size)
        .find(|(_, size)| digits(step / size) <= digits_max)
        .or(sizes.last().copied())
        .unwrap_or(("", 1.0));
    let digits = digits(step / size);
    values.iter().map(|value| label(value / size, digits, suffix, step / size)).collect()
}

/// One value by itself, with about three digits.
pub(crate) fn short(value: f64, unit: UnitSystem) -> String {
    let sizes = sizes(unit);
    let fitting = sizes.iter().copied().find(|(_, size)| value.abs() >= *size);
    let (suffix, size) = fitting.or(sizes.last().copied()).unwrap_or(("", 1.0));
    let value = value / size;
    let exponent = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let step = 10_f64.powf((exponent - 2.0).max(-300.0));
    let rounded = (value / step).round() * step;
    let wanted = if step >= 1.0 { 0 } else { digits(step) };
    let text = label(rounded, wanted, "", step.min(1.0));
    // Zeros at the end tell nothing of a value that stands alone.
    let text = match text.split_once('.') {
        Some((_, fraction)) if !fraction.contains('e') => text.trim_end_matches('0').trim_end_matches('.'),
        _ => &text,
    };
    if suffix.is_empty() { text.to_owned() } else { format!("{text} {suffix}") }
}

fn sizes(unit: UnitSystem) -> &'static [(&'static str, f64)] {
    match unit {
        UnitSystem::Si => DECIMAL,
        UnitSystem::Binary => BINARY,
        UnitSystem::Seconds => SECONDS,
        UnitSystem::Milliseconds => MILLISECONDS,
        UnitSystem::None => NONE,
    }
}

/// How many digits behind the point a multiple of `step` has; one more than [`DIGITS_MAX`] if that is too many.
fn digits(step: f64) -> usize {
    let is_whole = |number: f64| number >= 0.5 && (number - number.round()).abs() < 1e-8 * number;
    let exact = (0..=DIGITS_MAX).find(|digits| is_whole(step * 10_f64.powi(*digits as i32)));
    // A step that is not round, such as a third, needs no more than to tell labels apart.
    let enough = || (0..=DIGITS_MAX).find(|digits| step * 10_f64.powi(*digits as i32) >= 10.0);
    exact.or_else(enough).unwrap_or(DIGITS_MAX + 1)
}

fn label(value: f64, digits: usize, suffix: &str, step: f64) -> String {
    let number = if value.abs() < step.abs() * 1e-6 || value == 0.0 {
        return "0".to_owned();
    } else if digits > DIGITS_MAX || value.abs() >= LARGE {
        let exponent = format!("{value:.2e}");
        let (mantissa, power) = exponent.split_once('e').unwrap_or((&exponent, "0"));
        format!("{}e{power}", mantissa.trim_end_matches('0').trim_end_matches('.'))
    } else {
        format!("{value:.digits$}")
    };
    if suffix.is_empty() { number } else { format!("{number} {suffix}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], unit: UnitSystem) -> String {
        labels(values, values[1] - values[0], unit).join(", ")
    }

    #[test]
    fn one_unit_and_as_many_digits_as_it_takes() {
        assert_eq!(of(&[0.0, 20.0, 40.0], UnitSystem::Si), "0, 20, 40");
        assert_eq!(of(&[0.0, 500.0, 1000.0], UnitSystem::Si), "0, 0.5 k, 1.0 k");
        assert_eq!(of(&[0.0, 25e6, 50e6], UnitSystem::Si), "0, 25 M, 50 M");
        assert_eq!(of(&[100_000.0, 100_001.0], UnitSystem::Si), "100000, 100001");
        assert_eq!(of(&[-0.5, -0.25, 0.0, 0.25], UnitSystem::Si), "-0.50, -0.25, 0, 0.25");
        assert_eq!(of(&[0.0, 1024.0, 2048.0], UnitSystem::Binary), "0, 1 Ki, 2 Ki");
        assert_eq!(of(&[0.0, 1800.0, 3600.0], UnitSystem::Seconds), "0, 0.5 h, 1.0 h");
        assert_eq!(
            of(&[0.0, 900.0, 1800.0, 2700.0, 3600.0], UnitSystem::Seconds),
            "0, 15 min, 30 min, 45 min, 60 min"
        );
        assert_eq!(of(&[0.0, 50.0, 100.0], UnitSystem::Milliseconds), "0, 50 ms, 100 ms");
        assert_eq!(of(&[0.0, 1e6, 2e6], UnitSystem::None), "0, 1000000, 2000000");
    }

    #[test]
    fn numbers_of_any_size_stay_short() {
        assert_eq!(of(&[0.0, 5e299, 1e300], UnitSystem::Si), "0, 5e284 P, 1e285 P");
        assert_eq!(of(&[0.0, 5e299, 1e300], UnitSystem::None), "0, 5e299, 1e300");
        assert_eq!(of(&[0.0, 2e-9], UnitSystem::Si), "0, 2e-9");
        assert_eq!(of(&[0.0, 1.0 / 3.0, 2.0 / 3.0], UnitSystem::Si), "0, 0.33, 0.67");
    }

    #[test]
    fn a_value_alone_has_about_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (12.0, "12"),
            (12.345, "12.3"),
            (1234.5, "1.23 k"),
            (-0.012_345, "-0.0123"),
            (999.6, "1000"),
        ] {
            assert_eq!(short(value, UnitSystem::Si), text);
        }
        assert_eq!(short(90.0, UnitSystem::Seconds), "1.5 min");
        assert_eq!(short(1e300, UnitSystem::None), "1e300");
    }
}
