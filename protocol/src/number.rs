//! Values: the text of a decimal number to a 64-bit float.
//!
//! Owns the reading of values in lines and in pickles that send them as text. The result is always the float nearest
//! to the text: up to nineteen digits by exact arithmetic on integers, all others by the standard library. Hexadecimal digits
//! and underscores are refused, as are NaN and the infinities, each by its own reason.

use crate::refusal::Refusal;

/// Powers of ten that a float holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Digits that fit 64 bits whatever they are.
const DIGITS_MAX: usize = 19;

/// The largest integer below which every integer is a float.
const MANTISSA_MAX: u64 = 1 << 53;

/// Reads a value: digits with an optional sign, fraction and exponent.
#[inline]
pub(crate) fn parse_value(text: &[u8]) -> Result<f64, Refusal> {
    let (is_negative, number) = match text {
        [b'-', number @ ..] => (true, number),
        _ => (false, text),
    };
    match parse_digits(number).and_then(|decimal| decimal.nearest()) {
        Some(value) => Ok(if is_negative { -value } else { value }),
        None => parse_any(text),
    }
}

/// Each byte of a word the same.
const EACH: u64 = 0x0101_0101_0101_0101;

/// The high bit of every byte of `word` that is `byte`; all other bits are zero.
#[inline]
pub(crate) fn bytes_equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = 0x7f * EACH;
    let differing = word ^ (u64::from(byte) * EACH);
    !(((differing & LOW) + LOW) | differing | LOW)
}

/// Reads the value in the last `length` bytes of a word, given as they lie in memory: digits with an optional sign
/// and point. `None` says nothing about the value.
#[inline]
pub(crate) fn parse_last_bytes(word: u64, length: usize) -> Option<f64> {
    const ZEROS: u64 = b'0' as u64 * EACH;
    let skipped = 8_usize.checked_sub(length).filter(|&skipped| skipped < 8)?;
    let value = u64::MAX << (8 * skipped);
    let mut digits = word & value | ZEROS & !value;
    let is_negative = digits >> (8 * skipped) & 0xff == u64::from(b'-');
    if is_negative {
        // A minus becomes a zero.
        digits ^= u64::from(b'-' ^ b'0') << (8 * skipped);
    }
    let points = bytes_equal(digits, b'.');
    let mut fraction = 0;
    if points != 0 {
        let at = points.trailing_zeros() / 8;
        fraction = 7 - at as usize;
        let before = (1 << (8 * at)) - 1;
        // The digits before the point move over it; a second point is found to be no digit.
        digits = digits & !(before << 8 | 0xff) | (digits & before) << 8 | u64::from(b'0');
    }
    let is_bare = length <= usize::from(is_negative) + usize::from(points != 0);
    let mantissa = if is_bare { None } else { parse_eight(digits.to_le_bytes()) }?;
    let value = mantissa as f64 / EXACT_POWERS[fraction];
    Some(if is_negative { -value } else { value })
}

/// Eight digits in three multiplications: neighbours are joined to pairs, pairs to fours, fours to the whole.
#[inline]
pub(crate) fn parse_eight(digits: [u8; 8]) -> Option<i64> {
    let word = u64::from_le_bytes(digits);
    let number = word.wrapping_sub(u64::from(b'0') * EACH);
    // Not a digit: below '0' the subtraction sets a high bit, above '9' the addition does.
    if (word | number | (number & !(0x80 * EACH)).wrapping_add(0x76 * EACH)) & (0x80 * EACH) != 0 {
        return None;
    }
    let pairs = (number.wrapping_mul(10).wrapping_add(number >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100).wrapping_add(pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let whole = (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff;
    i64::try_from(whole).ok()
}

/// A number as its digits say: `mantissa` / 10^`fraction`.
struct Decimal {
    mantissa: u64,
    fraction: usize,
}

/// Digits with at most one point among them, no more than nineteen: all of them count.
#[inline]
fn parse_digits(mut number: &[u8]) -> Option<Decimal> {
    if number.len() > DIGITS_MAX + 1 {
        return None;
    }
    let (mut mantissa, mut digits, mut before_point) = (0_u64, 0, None);
    loop {
        // At most twenty bytes: a mantissa that wrapped is caught below, for it takes twenty digits.
        if let Some((eight, rest)) = number.split_first_chunk()
            && let Some(joined) = parse_eight(*eight)
        {
            mantissa = mantissa.wrapping_mul(100_000_000).wrapping_add(joined as u64);
            (digits, number) = (digits + 8, rest);
            continue;
        }
        let Some((&byte, rest)) = number.split_first() else { break };
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            digits += 1;
        } else if byte == b'.' && before_point.is_none() {
            before_point = Some(digits);
        } else {
            return None;
        }
        number = rest;
    }
    let fraction = digits - before_point.unwrap_or(digits);
    (1..=DIGITS_MAX).contains(&digits).then_some(Decimal { mantissa, fraction })
}

impl Decimal {
    /// The float nearest to it.
    #[inline]
    fn nearest(&self) -> Option<f64> {
        if self.mantissa > MANTISSA_MAX {
            return self.divided();
        }
        // One rounding of two exact operands.
        Some(self.mantissa as f64 / *EXACT_POWERS.get(self.fraction)?)
    }

    /// The same for a mantissa that no float holds: both sides are shifted up as far as they go and divided as
    /// integers. The quotient has ten bits more than a float; that something is left over shows in its last one, so that
    /// the one rounding, of the quotient to a float, goes the right way.
    fn divided(&self) -> Option<f64> {
        let power = 10_u64.checked_pow(u32::try_from(self.fraction).ok()?)?;
        let (up, power_up) = (self.mantissa.leading_zeros(), power.leading_zeros());
        let dividend = u128::from(self.mantissa << up) << 63;
        let divisor = u128::from(power << power_up);
        let quotient = u64::try_from(dividend / divisor).ok()? | u64::from(dividend % divisor != 0);
        // Between 2^-126 and 2^0: neither this nor the product is near the ends of the range.
        let shift = i64::from(power_up) - i64::from(up) - 63;
        let scale = f64::from_bits(u64::try_from(1023 + shift).ok()? << 52);
        Some(quotient as f64 * scale)
    }
}

#[cold]
#[inline(never)]
fn parse_any(text: &[u8]) -> Result<f64, Refusal> {
    let is_decimal = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if text.iter().all(is_decimal) {
        let text = std::str::from_utf8(text).map_err(|_| Refusal::ValueNotANumber)?;
        return finite(text.parse().map_err(|_| Refusal::ValueNotANumber)?);
    }
    let word = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if word.eq_ignore_ascii_case(b"nan") {
        Err(Refusal::ValueNan)
    } else if word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"infinity") {
        Err(Refusal::ValueInfinite)
    } else {
        Err(Refusal::ValueNotANumber)
    }
}

/// Refuses what is not finite.
pub(crate) fn finite(value: f64) -> Result<f64, Refusal> {
    if value.is_finite() {
        Ok(value)
    } else if value.is_nan() {
        Err(Refusal::ValueNan)
    } else {
        Err(Refusal::ValueInfinite)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_in_every_form() {
        for (text, value) in [
            ("0", 0.0),
            ("42", 42.0),
            ("-3.25", -3.25),
            ("+7", 7.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e5", 1e5),
            ("1E+5", 1e5),
            ("-2.5e-3", -0.0025),
            ("0.1", 0.1),
            ("9007199254740993", 9007199254740992.0),
            ("18446744073709551615", 18446744073709551615.0),
            ("0.30000000000000004", 0.30000000000000004),
            ("00000000000000000000000001.5", 1.5),
            ("1.7976931348623157e308", f64::MAX),
            ("5e-324", 5e-324),
            ("1e-400", 0.0),
        ] {
            assert_eq!(parse_value(text.as_bytes()), Ok(value), "{text}");
        }
        assert_eq!(parse_value(b"-0").map(f64::to_bits), Ok((-0.0f64).to_bits()));
    }

    #[test]
    fn what_is_no_finite_number_is_refused_by_name() {
        for text in [
            "", "-", "+", ".", "e5", "1e", "0x10", "1_000", "12a", "1.2.3", "--1", "1-2", "١", "nano",
            "true", "N",
        ] {
            assert_eq!(parse_value(text.as_bytes()), Err(Refusal::ValueNotANumber), "{text}");
        }
        for text in ["nan", "NaN", "-nan", "+NAN"] {
            assert_eq!(parse_value(text.as_bytes()), Err(Refusal::ValueNan), "{text}");
        }
        for text in ["inf", "-Inf", "Infinity", "+infinity", "1e999", "-1e999"] {
            assert_eq!(parse_value(text.as_bytes()), Err(Refusal::ValueInfinite), "{text}");
        }
        assert_eq!(parse_value(b"\xff"), Err(Refusal::ValueNotANumber));
    }

    #[test]
    fn a_second_point_or_sign_and_nothing_at_all_are_no_short_values() {
        for text in ["1.2.3", "..", ".", "-", "-.", "--1", "1-", "+1", " 1", "1 ", "\u{e9}1"] {
            let mut bytes = [b'9'; 8];
            bytes[8 - text.len()..].copy_from_slice(text.as_bytes());
            assert_eq!(parse_last_bytes(u64::from_le_bytes(bytes), text.len()), None, "{text}");
        }
        assert_eq!(parse_last_bytes(0, 0), None);
        assert_eq!(parse_last_bytes(0, 9), None);
    }

    /// Numbers that lie between two floats, or next to that, and on the edges of what is computed here.
    #[test]
    fn halves_are_rounded_to_even() {
        let around = |middle: u64| [middle - 1, middle, middle + 1];
        let edges =
            [1 << 53, 1 << 54, (1 << 53) + (1 << 52), 1 << 60, 9_999_999_999_999_999_999, u64::MAX - 1];
        for mantissa in edges.into_iter().flat_map(around) {
            for fraction in 0..20 {
                let digits = format!("{mantissa:0>20}");
                let text = format!("{}.{}", &digits[..20 - fraction], &digits[20 - fraction..]);
                let text = text.trim_start_matches('0');
                assert_eq!(parse_value(text.as_bytes()).ok(), text.parse::<f64>().ok(), "{text}");
            }
        }
        for text in ["9007199254740993", "9007199254740993.0", "9007199254740993.001", "18014398509481985"] {
            assert_eq!(parse_value(text.as_bytes()).ok(), text.parse::<f64>().ok(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn short_values_behind_anything(before in any::<[u8; 8]>(), text in "-?[0-9]{0,4}[.]?[0-9]{0,3}") {
            prop_assume!((1..=8).contains(&text.len()));
            let mut bytes = before;
            bytes[8 - text.len()..].copy_from_slice(text.as_bytes());
            let value = parse_last_bytes(u64::from_le_bytes(bytes), text.len());
            prop_assert_eq!(value.map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits));
        }

        #[test]
        fn agrees_with_the_standard_library(text in "[-+]?[0-9]{0,22}(\\.[0-9]{0,22})?([eE][-+]?[0-9]{1,3})?") {
            let expected = text.parse::<f64>().map_err(|_| Refusal::ValueNotANumber).and_then(finite);
            prop_assert_eq!(parse_value(text.as_bytes()).map(f64::to_bits), expected.map(f64::to_bits));
        }

        #[test]
        fn decimals_of_up_to_nineteen_digits_agree_too(mantissa in any::<u64>(), kept in 1u32..=19, places in 0usize..20) {
            let digits = format!("{:0>20}", mantissa % 10_u64.pow(kept));
            let text = format!("{}.{}", &digits[..20 - places], &digits[20 - places..]);
            let text = text.trim_start_matches('0');
            prop_assert_eq!(parse_value(text.as_bytes()).ok(), text.parse::<f64>().ok());
        }
    }
}
