//! Python's `round(value, digits)`: the exact binary value, rounded half to even in decimal.
//!
//! Invariant: equal to formatting the value with that many decimals and reading it back, however large or small it is.

/// The powers of ten that a double holds exactly and that the fast path may multiply with.
const EXACT_POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Beyond this product the fast path could lose the digit that decides.
const FAST_PRODUCT_MAX: f64 = 4.0e15;

/// `round(value, decimals)`; negative `decimals` round to tens, hundreds and so on. Infinite values stay.
pub(crate) fn round_decimals(value: f64, decimals: i64) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    if let Some(rounded) = fast(value, decimals) {
        return rounded;
    }
    if decimals > 323 {
        return value;
    }
    if decimals < -308 {
        return 0.0 * value;
    }
    if let Ok(decimals) = usize::try_from(decimals) {
        return format!("{value:.decimals$}").parse().unwrap_or(value);
    }
    round_to_power(value, decimals)
}

/// Multiply, round, divide: exact whenever the product is not near a half, which is nearly always.
fn fast(value: f64, decimals: i64) -> Option<f64> {
    let power = *EXACT_POWERS.get(usize::try_from(decimals).ok()?)?;
    let product = value * power;
    if product.abs() > FAST_PRODUCT_MAX {
        return None;
    }
    let rounded = product.round();
    let distance_to_half = ((product - rounded).abs() - 0.5).abs();
    // The product is off by at most half a unit in its last place, far below this margin.
    let margin = product.abs() * f64::EPSILON + f64::EPSILON;
    (distance_to_half > margin).then(|| rounded / power).filter(|r| *r != 0.0)
}

fn round_to_power(value: f64, decimals: i64) -> f64 {
    let text = format!("{value:e}");
    let exponent: i64 = text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let digits = exponent + 1 + decimals;
    match digits {
        1.. => {
            let precision = usize::try_from(digits - 1).unwrap_or(0);
            format!("{value:.precision$e}").parse().unwrap_or(value)
        }
        0 => {
            let unit: f64 = format!("1e{}", -decimals).parse().unwrap_or(f64::INFINITY);
            if value.abs() > unit / 2.0 { unit.copysign(value) } else { 0.0 * value }
        }
        _ => 0.0 * value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_even() {
        for (value, decimals, expected) in [
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (-2.5, 0, -2.0),
            (2.675, 2, 2.67),
            (0.125, 2, 0.12),
            (0.375, 2, 0.38),
            (1e15, -3, 1e15),
            (1_234.0, -2, 1_200.0),
            (150.0, -2, 200.0),
            (250.0, -2, 200.0),
            (50.0, -2, 0.0),
            (51.0, -2, 100.0),
            (1.0 / 3.0, 6, 0.333333),
            (123.456_789_5, 6, 123.456_789),
        ] {
            let got = round_decimals(value, decimals);
            let reference: f64 = expected;
            assert!((got - reference).abs() < 1e-12, "round({value}, {decimals}) gave {got}, not {expected}");
        }
    }

    #[test]
    fn the_fast_path_agrees_with_the_slow_one() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let value = (state as i64 as f64) / 1e12;
            for decimals in [0_usize, 1, 3, 6] {
                let slow: f64 = format!("{value:.decimals$}").parse().unwrap();
                let got = round_decimals(value, decimals as i64);
                assert_eq!(got, slow, "round({value}, {decimals})");
            }
        }
    }
}
