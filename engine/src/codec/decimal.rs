//! Owns the arithmetic of decimals: which integer over which power of ten is exactly a given value.
//!
//! Invariant: a value counts as a decimal only if `value_of(integer)`, computed from the integer that will be stored
//! and by the decoder's own function, has the value's bits. (A comparison of floats would take −0.0 for +0.0.)

/// Largest power of ten in a block. Sixteen digits and more do not fit into an integer that a double holds.
pub(super) const POWER_MAX: u8 = 15;

/// Ten to the power of the index, exact.
const POWERS: [f64; POWER_MAX as usize + 1] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// 1.5 · 2^52: a number of magnitude below 2^51 added to it lands where a double's last bit is worth one, so the sum
/// is rounded to an integer and its bits hold that integer. Faster than a conversion, and the same on every machine.
const SHIFTER: f64 = 6_755_399_441_055_744.0;
const SHIFTER_BITS: i64 = SHIFTER.to_bits() as i64;

/// Ten to the `power`, which is at most `POWER_MAX`.
pub(super) fn power_of_ten(power: u8) -> f64 {
    POWERS[usize::from(power.min(POWER_MAX))]
}

/// The integer as a double; exact below 2^51, well defined for any.
#[inline(always)]
pub(super) fn to_float(integer: i64) -> f64 {
    f64::from_bits(integer.wrapping_add(SHIFTER_BITS) as u64) - SHIFTER
}

/// The integer nearest to `number`, if that is below 2^51; any integer otherwise.
#[inline(always)]
pub(super) fn to_integer(number: f64) -> i64 {
    ((number + SHIFTER).to_bits() as i64).wrapping_sub(SHIFTER_BITS)
}

/// The value that an integer over a divisor stands for.
#[inline(always)]
pub(super) fn value_of(integer: i64, divisor: f64) -> f64 {
    to_float(integer) / divisor
}

/// Whether `integer` over `divisor` is exactly `value`. Beyond 2^51 the arithmetic is no longer exact and might differ
/// between machines (for NaN payloads it does), so nothing fits there.
#[inline(always)]
pub(super) fn stands_for(integer: i64, divisor: f64, value: f64) -> bool {
    let exact = (integer.wrapping_add(1 << 51) as u64) < 1 << 52;
    exact & (value_of(integer, divisor).to_bits() == value.to_bits())
}

/// Whether `value` is exactly an integer over `divisor`.
pub(super) fn fits(value: f64, divisor: f64) -> bool {
    stands_for(to_integer(value * divisor), divisor, value)
}

/// The smallest power from `from` on at which `value` is exactly a decimal.
pub(super) fn power_for(value: f64, from: u8) -> Option<u8> {
    (from..=POWER_MAX).find(|&power| fits(value, power_of_ten(power)))
}

/// Bits as integers that sort as the values do; its own inverse.
#[inline(always)]
pub(super) fn ordered(bits: u64) -> i64 {
    (bits ^ (((bits as i64 >> 63) as u64) >> 1)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_found_and_nothing_else_is() {
        assert_eq!(power_for(42.17, 0), Some(2));
        assert_eq!(power_for(-3.0, 0), Some(0));
        assert_eq!(power_for(0.1 + 0.2, 0), None);
        assert_eq!(power_for(-0.0, 0), None);
        assert_eq!(power_for(f64::NAN, 0), None);
        assert_eq!(power_for(f64::INFINITY, 0), None);
        assert_eq!(power_for(f64::MIN_POSITIVE, 0), None);
    }

    #[test]
    fn ordering_follows_the_values_and_undoes_itself() {
        let ascending = [f64::NEG_INFINITY, -2.5, -1e-300, -0.0, 0.0, 5e-324, 1.0, 1.5, f64::INFINITY];
        let integers = ascending.map(|value| ordered(value.to_bits()));
        assert!(integers.is_sorted_by(|a, b| a < b));
        assert_eq!(integers.map(|integer| ordered(integer as u64) as u64), ascending.map(f64::to_bits));
    }
}
