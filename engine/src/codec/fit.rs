//! Owns the fit: integers that stand for a block's values over one divisor, and the values for which none does.
//!
//! Invariant: a value that is not an exception comes back bit for bit from its integer; an exception's integer is a
//! neighbour's, so that it does not widen anything.

use super::decimal::{POWER_MAX, fits, power_for, power_of_ten, stands_for, to_integer};

/// Integers for values; reused from block to block.
#[derive(Default)]
pub(super) struct Fit {
    pub(super) power: u8,
    /// One integer a value.
    pub(super) integers: Vec<i64>,
    /// Positions of the values that have none, ascending.
    pub(super) exceptions: Vec<u16>,
}

/// Values looked at to guess a power.
const SAMPLES: usize = 16;
/// What an exception costs, in bits, about.
const EXCEPTION_BITS: f32 = 75.0;
/// What a decimal digit costs, in bits.
const DIGIT_BITS: f32 = 3.33;

impl Fit {
    /// Finds the power of ten over which nearly all `values` are integers; `false` if there is none.
    pub(super) fn exact(&mut self, values: &[f64]) -> bool {
        let Some(power) = guess_power(values) else { return false };
        self.power = power;
        loop {
            self.fill(values);
            if self.exceptions.is_empty() {
                return true;
            }
            match self.worthwhile_power(values) {
                Some(power) => self.power = power,
                None => break,
            }
        }
        self.level_exceptions();
        self.exceptions.len() * 4 <= values.len()
    }

    fn fill(&mut self, values: &[f64]) {
        let divisor = power_of_ten(self.power);
        self.integers.clear();
        self.integers.extend(values.iter().map(|value| to_integer(value * divisor)));
        self.exceptions.clear();
        let differs = |(value, &integer): (&f64, &i64)| !stands_for(integer, divisor, *value);
        let misfits: u32 = values.iter().zip(&self.integers).map(|pair| u32::from(differs(pair))).sum();
        if misfits > 0 {
            let pairs = values.iter().zip(&self.integers).enumerate();
            self.exceptions.extend(pairs.filter(|(_, pair)| differs(*pair)).map(|(at, _)| at as u16));
        }
    }

    /// A higher power, if the exceptions it spares pay for the digits it adds to every value.
    fn worthwhile_power(&self, values: &[f64]) -> Option<u8> {
        let looked_at = self.exceptions.len().min(8);
        let powers = self
            .exceptions
            .iter()
            .take(looked_at)
            .filter_map(|&position| power_for(values[usize::from(position)], self.power + 1));
        let (found, power) =
            powers.fold((0, POWER_MAX), |(found, least), power| (found + 1, least.min(power)));
        let spared = self.exceptions.len() as f32 * found as f32 / looked_at as f32 * EXCEPTION_BITS;
        let added = values.len() as f32 * f32::from(power.saturating_sub(self.power)) * DIGIT_BITS;
        (found > 0 && spared > added).then_some(power)
    }

    /// Gives each exception the integer before it, or the first good one.
    pub(super) fn level_exceptions(&mut self) {
        let first_good = (0..self.integers.len())
            .find(|&at| self.exceptions.get(at).is_none_or(|&p| usize::from(p) != at));
        let mut before = first_good.map_or(0, |at| self.integers[at]);
        let mut exceptions = self.exceptions.iter().map(|&position| usize::from(position)).peekable();
        for (at, integer) in self.integers.iter_mut().enumerate() {
            if exceptions.next_if_eq(&at).is_some() {
                *integer = before;
            }
            before = *integer;
        }
    }
}

/// The power at which a sample of the values costs least.
fn guess_power(values: &[f64]) -> Option<u8> {
    let stride = values.len().div_ceil(SAMPLES).max(1);
    let mut at_power = [0_u32; POWER_MAX as usize + 1];
    let (mut sampled, mut fitting) = (0, 0);
    let mut from = 0;
    for &value in values.iter().step_by(stride) {
        sampled += 1;
        // Most values of a block have the same number of digits: try the last one's first.
        let below = from == 0 || !fits(value, power_of_ten(from - 1));
        let power = if below { power_for(value, from) } else { power_for(value, 0) };
        if let Some(power) = power {
            at_power[usize::from(power)] += 1;
            fitting += 1;
            from = power;
        } else if sampled >= 6 && fitting * 4 < sampled {
            return None;
        }
    }
    if fitting == 0 {
        return None;
    }
    let mut failing = sampled;
    let mut best = (f32::INFINITY, 0);
    for (power, &samples) in (0_u8..).zip(&at_power) {
        failing -= samples;
        let bits = f32::from(power) * DIGIT_BITS + failing as f32 / sampled as f32 * EXCEPTION_BITS;
        if samples > 0 && bits < best.0 {
            best = (bits, power);
        }
    }
    Some(best.1)
}

/// The greatest number that divides every integer; 1 when there is nothing to gain.
pub(super) fn common_factor(integers: &[i64]) -> i64 {
    let mut factor = 0_u64;
    let mut divider = None;
    for integer in integers {
        let mut other = integer.unsigned_abs();
        if divider.as_ref().is_some_and(|divider: &Divider| divider.divides(other)) {
            continue;
        }
        while other != 0 {
            (factor, other) = (other, factor % other);
        }
        if factor == 1 {
            return 1;
        }
        divider = Divider::by(factor);
    }
    i64::try_from(factor).unwrap_or(1).max(1)
}

/// Division without remainder by one number, as a multiplication: modulo 2^64 every odd number has an inverse.
pub(super) struct Divider {
    twos: u32,
    inverse: u64,
    quotient_max: u64,
}

impl Divider {
    /// Division by `factor`; none by zero.
    pub(super) fn by(factor: u64) -> Option<Divider> {
        if factor == 0 {
            return None;
        }
        let twos = factor.trailing_zeros();
        let odd = factor >> twos;
        // Each round doubles the number of low bits that are right; three are from the start.
        let round = |inverse: u64, _| inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        Some(Divider { twos, inverse: (0..5).fold(odd, round), quotient_max: u64::MAX / factor })
    }

    /// Whether the factor divides `number`.
    #[inline]
    fn divides(&self, number: u64) -> bool {
        number.wrapping_mul(self.inverse).rotate_right(self.twos) <= self.quotient_max
    }

    /// A multiple of the factor, divided by it.
    #[inline]
    pub(super) fn quotient(&self, multiple: i64) -> i64 {
        (multiple >> self.twos).wrapping_mul(self.inverse as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_value_is_an_exception_and_not_a_power_for_all() {
        let mut values = [1.25; 64];
        for (at, value) in values.iter_mut().enumerate() {
            *value = at as f64 + 0.25;
        }
        values[17] = 0.123456789;
        let mut fit = Fit::default();
        assert!(fit.exact(&values));
        assert_eq!((fit.power, &fit.exceptions[..]), (2, &[17][..]));
        assert_eq!(fit.integers[17], fit.integers[16]);
    }

    #[test]
    fn digits_that_the_sample_missed_raise_the_power() {
        let values: Vec<f64> = (0..512).map(|at| at as f64 + if at % 8 == 5 { 0.125 } else { 0.5 }).collect();
        let mut fit = Fit::default();
        assert!(fit.exact(&values));
        assert_eq!((fit.power, fit.exceptions.len()), (3, 0));
    }

    #[test]
    fn dividers_agree_with_the_processor() {
        assert!(Divider::by(0).is_none());
        for factor in (1..200).chain([1 << 40, 3 << 50, (1 << 62) - 1, 1 << 63, u64::MAX]) {
            let divider = Divider::by(factor).unwrap();
            let near = [0, 1, factor - 1, factor, factor.wrapping_add(1), factor.wrapping_mul(7)];
            for number in near.into_iter().chain(0..500).chain([u64::MAX, u64::MAX - 1, 1 << 63]) {
                assert_eq!(divider.divides(number), number % factor == 0, "{number} by {factor}");
            }
            let signed = i64::try_from(factor).unwrap_or(1);
            let divider = Divider::by(signed as u64).unwrap();
            for quotient in [0, 1, -1, 77, -1234, i64::MAX / signed, i64::MIN / signed] {
                let Some(multiple) = signed.checked_mul(quotient) else { continue };
                assert_eq!(divider.quotient(multiple), quotient, "{quotient} times {signed}");
            }
        }
    }

    #[test]
    fn factors_are_found() {
        assert_eq!(common_factor(&[4096 * 3, 0, -4096 * 5]), 4096);
        assert_eq!(common_factor(&[0, 0]), 1);
        assert_eq!(common_factor(&[7, 21, 22]), 1);
        assert_eq!(common_factor(&[i64::MIN]), 1);
    }
}
