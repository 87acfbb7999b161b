//! Owns the value encoding of the log: a small decimal where that is exact, else the eight bytes.
//!
//! Invariant: what is decoded is bit for bit what was encoded; −0.0 is not a small decimal.

use crate::varint;

const POWERS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
/// Beyond 2^46 a varint with its sign is no shorter than the raw bytes.
const MANTISSA_MAX: f64 = 70_368_744_177_664.0;

/// Tag of a value that follows as eight raw bytes.
pub(super) const RAW: u8 = 7;

/// 1.5 · 2^52: a number below 2^51 added to it is rounded to an integer, which stands in the sum's low bits. Faster than
/// a conversion, and the same on every machine.
const SHIFTER: f64 = 6_755_399_441_055_744.0;

/// The tags that the values of each series had last. A hint: any tag is right that puts the value.
#[derive(Default)]
pub(super) struct Tags(Vec<u8>);

impl Tags {
    /// Series that are remembered, a byte each; ids are given in sequence, so that few stores have more.
    const SERIES_MAX: usize = 1 << 26;
    /// Of a series that was not met yet.
    const UNKNOWN: u8 = u8::MAX;

    /// The tag to try first for a value of `series`, which is `otherwise` at the first time.
    #[inline]
    pub(super) fn guess(&self, series: u32, otherwise: u8) -> u8 {
        self.0.get(series as usize).copied().filter(|tag| *tag != Self::UNKNOWN).unwrap_or(otherwise)
    }

    /// Remembers the tag of a value of `series`.
    #[inline]
    pub(super) fn note(&mut self, series: u32, tag: u8) {
        match self.0.get_mut(series as usize) {
            Some(known) => *known = tag,
            None => self.note_first(series as usize, tag),
        }
    }

    #[cold]
    fn note_first(&mut self, series: usize, tag: u8) {
        if series < Self::SERIES_MAX {
            self.0.resize(series + 1, Self::UNKNOWN);
            self.0[series] = tag;
        }
    }
}

/// A value with `guess` decimals as `put` writes it, if that is right and takes four bytes at most: in the low bytes of a
/// word, and how many they are.
#[inline]
pub(super) fn short(value: f64, guess: u8) -> Option<(u32, usize)> {
    let mantissa = if guess < RAW { decimal(value, guess) } else { None }?;
    let folded = varint::fold(mantissa);
    (folded < 1 << 28).then(|| varint::short(folded as u32))
}

/// Appends `value` and answers its tag (0..=7): the number of decimals, or `RAW`. `guess` is the tag to try first.
#[inline]
pub(super) fn put(value: f64, guess: u8, out: &mut Vec<u8>) -> u8 {
    match decimal(value, guess.min(RAW - 1)) {
        Some(mantissa) if guess < RAW => {
            varint::put_signed(mantissa, out);
            guess
        }
        _ => put_any(value, out),
    }
}

fn put_any(value: f64, out: &mut Vec<u8>) -> u8 {
    if may_be_decimal(value) {
        for scale in 0..RAW {
            if let Some(mantissa) = decimal(value, scale) {
                varint::put_signed(mantissa, out);
                return scale;
            }
        }
    }
    out.extend_from_slice(&value.to_bits().to_le_bytes());
    RAW
}

/// Whether some number of decimals may be exact: then a million times the value is an integer, but for rounding.
fn may_be_decimal(value: f64) -> bool {
    let scaled = value * POWERS[6];
    // Too large to tell, or for any but the fewest decimals.
    if scaled.abs() >= MANTISSA_MAX {
        return scaled.is_finite();
    }
    let rounded = (scaled + SHIFTER) - SHIFTER;
    (scaled - rounded).abs() <= scaled.abs() * (4.0 * f64::EPSILON)
}

#[inline]
fn decimal(value: f64, scale: u8) -> Option<i64> {
    let power = POWERS[usize::from(scale)];
    let scaled = value * power;
    if scaled.abs() >= MANTISSA_MAX || scaled.is_nan() {
        return None;
    }
    let rounded = (scaled + SHIFTER) - SHIFTER;
    // A minus before a zero would be lost.
    let bits = if rounded == 0.0 { 0 } else { (rounded / power).to_bits() };
    (bits == value.to_bits()).then_some(rounded as i64)
}

fn restore(mantissa: i64, scale: u8) -> f64 {
    mantissa as f64 / POWERS[usize::from(scale)]
}

/// Takes a value with `tag` from the front of `bytes`.
pub(super) fn take(tag: u8, bytes: &mut &[u8]) -> Option<f64> {
    if tag == RAW {
        return varint::take_array(bytes).map(|raw| f64::from_bits(u64::from_le_bytes(raw)));
    }
    varint::take_signed(bytes).map(|mantissa| restore(mantissa, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_bit_for_bit_whatever_the_guess() {
        let values = [0.0, -0.0, 1.0, -5.25, 0.1, 99.99, 1e15, 1e300, 5e-324, 1.0 / 3.0, 123_456.789, -1e-6];
        for value in values {
            for guess in 0..=RAW {
                let mut out = Vec::new();
                let tag = put(value, guess, &mut out);
                let mut bytes = out.as_slice();
                assert_eq!(take(tag, &mut bytes).map(f64::to_bits), Some(value.to_bits()), "{value}");
                assert!(bytes.is_empty());
            }
        }
    }

    #[test]
    fn every_decimal_is_found_whatever_the_guess() {
        for scale in 0..RAW {
            for digits in [1_i64, -3, 7, 4217, 99_999_999, 123_456_789_012, -70_368_744_177_663] {
                let value = restore(digits, scale);
                for guess in 0..=RAW {
                    let mut out = Vec::new();
                    let tag = put(value, guess, &mut out);
                    assert!(tag < RAW && out.len() <= 7, "{digits} with {scale} decimals, guess {guess}");
                }
            }
        }
    }

    #[test]
    fn a_two_decimal_gauge_takes_two_bytes() {
        let mut out = Vec::new();
        assert_eq!(put(42.17, 2, &mut out), 2);
        assert_eq!(out.len(), 2);
    }
}
