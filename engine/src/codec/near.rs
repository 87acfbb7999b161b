//! Owns values that are nearly decimals: sums with rounding noise, and averages of decimals, which are decimals over
//! the number of points.
//!
//! A value becomes an integer over `divisor · 10^power` and the distance, in units of the last place, from there to
//! its own bits. Factors two and five of a count are covered by the power, so that the divisors tried are few.
//! Invariant: the distance is computed with the decoder's own arithmetic, so the bits come back exactly.

use super::decimal::{POWER_MAX, ordered, power_of_ten, to_integer, value_of};
use super::fit::Fit;
use super::pack::pack;
use crate::varint::{self, bit_width};

/// Counts of points whose averages are looked for, without their factors two and five.
const DIVISORS: [u32; 6] = [1, 3, 9, 7, 11, 13];

/// Largest distance from the decimal, in units of the last place.
const ULPS_MAX: i64 = 32;

/// Integers above this leave so few bits to the distance that any double would seem near.
const INTEGER_BITS_MAX: i32 = 40;

/// Integers and distances for values; reused from block to block.
#[derive(Default)]
pub(super) struct Near {
    pub(super) fit: Fit,
    pub(super) divisor: u32,
    /// One distance a value, in units of the last place.
    pub(super) ulps: Vec<i64>,
    /// The smallest and the largest of the distances.
    ulps_range: (i64, i64),
}

/// The double that integers are divided by.
pub(super) fn divisor_of(divisor: u32, power: u8) -> f64 {
    f64::from(divisor) * power_of_ten(power)
}

/// The value `ulps` units of the last place away from an integer over a divisor.
#[inline(always)]
pub(super) fn near_value(integer: i64, divisor: f64, ulps: i64) -> f64 {
    let decimal = ordered(value_of(integer, divisor).to_bits());
    f64::from_bits(ordered(decimal.wrapping_add(ulps) as u64) as u64)
}

fn nearest(value: f64, divisor: f64) -> (i64, i64) {
    let integer = to_integer(value * divisor);
    let decimal = ordered(value_of(integer, divisor).to_bits());
    (integer, ordered(value.to_bits()).wrapping_sub(decimal))
}

fn is_near(value: f64, divisor: f64) -> bool {
    (-ULPS_MAX..=ULPS_MAX).contains(&nearest(value, divisor).1)
}

impl Near {
    /// Finds a divisor over which nearly all `values` are nearly integers; `false` if none is known.
    pub(super) fn find(&mut self, values: &[f64]) -> bool {
        DIVISORS.iter().any(|&divisor| {
            self.divisor = divisor;
            match guess_power(values, divisor) {
                Some(power) => self.fill(values, power),
                None => false,
            }
        })
    }

    fn fill(&mut self, values: &[f64], power: u8) -> bool {
        let divisor = divisor_of(self.divisor, power);
        self.fit.power = power;
        self.fit.integers.clear();
        self.fit.exceptions.clear();
        self.ulps.clear();
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        for (position, &value) in values.iter().enumerate() {
            let (integer, mut ulps) = nearest(value, divisor);
            if !(-ULPS_MAX..=ULPS_MAX).contains(&ulps) {
                self.fit.exceptions.push(position as u16);
                if self.fit.exceptions.len() * 8 > values.len() {
                    return false;
                }
                ulps = 0;
            }
            self.fit.integers.push(integer);
            self.ulps.push(ulps);
            (least, most) = (least.min(ulps), most.max(ulps));
        }
        self.ulps_range = (least, most);
        self.fit.level_exceptions();
        true
    }
}

/// Smallest distance, and the width of the others from there.
type UlpsFrame = (i64, u32);

impl Near {
    fn ulps_frame(&self) -> UlpsFrame {
        let (least, most) = self.ulps_range;
        (least, bit_width(most.wrapping_sub(least) as u64))
    }

    /// Bits that the distances take.
    pub(super) fn ulps_bits(&self) -> usize {
        self.ulps.len() * self.ulps_frame().1 as usize
    }

    /// Appends the smallest distance and the width of the distances.
    pub(super) fn write_ulps_frame(&self, out: &mut Vec<u8>) -> UlpsFrame {
        let (least, width) = self.ulps_frame();
        varint::put_signed(least, out);
        out.push(width as u8);
        (least, width)
    }
}

/// Appends the distances.
pub(super) fn write_ulps(ulps: &[i64], (least, width): UlpsFrame, out: &mut Vec<u8>) {
    pack(ulps.iter().map(|ulps| ulps.wrapping_sub(least) as u64), width, out);
}

/// The smallest power that nearly all of a sample needs.
fn guess_power(values: &[f64], divisor: u32) -> Option<u8> {
    let stride = values.len().div_ceil(16).max(1);
    let (mut power, mut sampled, mut failing) = (0, 0, 0);
    for &value in values.iter().step_by(stride) {
        sampled += 1;
        match power_near(value, divisor, power) {
            Some(needed) => power = needed,
            None => failing += 1,
        }
        if failing * 8 > sampled + 8 {
            return None;
        }
    }
    (failing * 8 <= sampled).then_some(power)
}

/// The smallest power from `from` on at which `value` is nearly an integer over `divisor · 10^power`.
fn power_near(value: f64, divisor: u32, from: u8) -> Option<u8> {
    if value == 0.0 {
        return Some(from);
    }
    // A value that is near at one power is near at each higher one: the highest that is still telling decides.
    let exponent = (value.to_bits() >> 52 & 0x7FF) as i32 - 1023;
    let spare_bits = INTEGER_BITS_MAX - exponent - divisor.ilog2() as i32;
    let highest =
        (f64::from(spare_bits) / std::f64::consts::LOG2_10).clamp(-1.0, f64::from(POWER_MAX)) as i32;
    let highest = u8::try_from(highest).ok()?;
    if spare_bits < 0 || !is_near(value, divisor_of(divisor, highest)) {
        return None;
    }
    (from..=highest).find(|&power| is_near(value, divisor_of(divisor, power))).or(Some(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_of_decimals_are_near_and_random_doubles_are_not() {
        let averages: Vec<f64> = (0..100)
            .map(|at| (0..6).map(|point| f64::from(at * point % 97) / 100.0).sum::<f64>() / 6.0)
            .collect();
        let mut near = Near::default();
        assert!(near.find(&averages));
        assert_eq!((near.divisor, near.fit.power), (3, 3));
        let divisor = divisor_of(3, 3);
        for (at, average) in averages.iter().enumerate() {
            let back = near_value(near.fit.integers[at], divisor, near.ulps[at]);
            assert_eq!(back.to_bits(), average.to_bits());
        }
        let random: Vec<f64> = (1..100).map(|at| f64::from(at).sqrt()).collect();
        assert!(!near.find(&random));
    }
}
