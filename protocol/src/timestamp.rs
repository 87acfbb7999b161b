//! Timestamps of received points.
//!
//! Owns the reading of timestamps in lines and pickles, and their unit. Seconds are the unit of the field; a timestamp
//! of more than 10^11 cannot sensibly be one (it would lie beyond the year 5100) and is taken as milliseconds, beyond
//! 10^14 as microseconds, beyond 10^17 as nanoseconds, each divided with the fraction dropped. This is a choice of
//! ours: carbon accepts such a point and breaks on its write. −1 stands for now, as in carbon. Whether the time is
//! too old or too far ahead is for the store to say.

use crate::limits::TIMESTAMP_SECONDS_MAX;
use crate::number::parse_eight;
use crate::refusal::Refusal;

const MILLISECONDS_FROM: i64 = 100_000_000_001;
const MICROSECONDS_FROM: i64 = 100_000_000_000_001;
const NANOSECONDS_FROM: i64 = 100_000_000_000_000_001;

/// Floats from here on are no nanoseconds of any year that is accepted.
const FLOAT_MAX: f64 = 9.2e18;

/// Reads a timestamp: an integer, or a float, which is truncated.
#[inline]
pub(crate) fn parse_timestamp(text: &[u8], now: i64) -> Result<i64, Refusal> {
    match parse_digits(text) {
        Some(seconds) if seconds < MILLISECONDS_FROM => Ok(seconds),
        Some(large) => from_integer(large, now),
        None => parse_any(text, now),
    }
}

/// One to eighteen digits: they cannot overflow.
#[inline]
fn parse_digits(text: &[u8]) -> Option<i64> {
    if let Ok(ten) = text.try_into() {
        return parse_ten_digits(ten);
    }
    if text.is_empty() || text.len() > 18 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |number, byte| number * 10 + i64::from(byte & 0x0f)))
}

/// Ten digits are the rule from the year 2001 to 2286: eight of them at once, two by themselves.
#[inline]
pub(crate) fn parse_ten_digits([head @ .., tens, ones]: &[u8; 10]) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    let head = parse_eight(*head)?;
    (tens <= 9 && ones <= 9).then(|| head * 100 + i64::from(tens) * 10 + i64::from(ones))
}

#[cold]
#[inline(never)]
fn parse_any(text: &[u8], now: i64) -> Result<i64, Refusal> {
    let is_decimal = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.iter().all(is_decimal) {
        return Err(Refusal::TimestampNotANumber);
    }
    let text = std::str::from_utf8(text).map_err(|_| Refusal::TimestampNotANumber)?;
    match text.parse::<i64>() {
        Ok(integer) => from_integer(integer, now),
        Err(_) => from_float(text.parse().map_err(|_| Refusal::TimestampNotANumber)?, now),
    }
}

/// The seconds that an integer stands for.
pub(crate) fn from_integer(number: i64, now: i64) -> Result<i64, Refusal> {
    let seconds = match number {
        -1 => now,
        i64::MIN..-1 => return Err(Refusal::TimestampNegative),
        0..MILLISECONDS_FROM => number,
        MILLISECONDS_FROM..MICROSECONDS_FROM => number / 1_000,
        MICROSECONDS_FROM..NANOSECONDS_FROM => number / 1_000_000,
        NANOSECONDS_FROM.. => number / 1_000_000_000,
    };
    if seconds > TIMESTAMP_SECONDS_MAX { Err(Refusal::TimestampOutOfRange) } else { Ok(seconds) }
}

/// The seconds that a float stands for, truncated.
pub(crate) fn from_float(number: f64, now: i64) -> Result<i64, Refusal> {
    if number.is_nan() {
        Err(Refusal::TimestampNotANumber)
    } else if number >= FLOAT_MAX {
        Err(Refusal::TimestampOutOfRange)
    } else if number <= -FLOAT_MAX {
        Err(Refusal::TimestampNegative)
    } else {
        from_integer(number as i64, now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_710_504_000;

    #[test]
    fn integers_floats_and_now() {
        for (text, seconds) in [
            ("1710504001", 1_710_504_001),
            ("0", 0),
            ("60", 60),
            ("0000000060", 60),
            ("+60", 60),
            ("1710504001.999", 1_710_504_001),
            ("1710504001.000000", 1_710_504_001),
            ("1.710504001e9", 1_710_504_001),
            ("-0.5", 0),
            ("-1", NOW),
            ("-1.0", NOW),
            ("100000000000", 100_000_000_000),
            ("1710504001123", 1_710_504_001),
            ("1710504001123.5", 1_710_504_001),
            ("1710504001123456", 1_710_504_001),
            ("1710504001123456789", 1_710_504_001),
        ] {
            assert_eq!(parse_timestamp(text.as_bytes(), NOW), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn the_rest_is_refused_by_name() {
        for text in
            ["", "N", "now", "12:30", "0x10", "1_0", "nan", "inf", "171050400a", "1710504/00", "-", "\u{661}"]
        {
            assert_eq!(parse_timestamp(text.as_bytes(), NOW), Err(Refusal::TimestampNotANumber), "{text}");
        }
        for text in ["-2", "-1710504000", "-1e30"] {
            assert_eq!(parse_timestamp(text.as_bytes(), NOW), Err(Refusal::TimestampNegative), "{text}");
        }
        for text in ["99999999999999999999", "1e300", "1e999"] {
            assert_eq!(parse_timestamp(text.as_bytes(), NOW), Err(Refusal::TimestampOutOfRange), "{text}");
        }
    }

    proptest! {
        #[test]
        fn ten_bytes_agree_with_the_standard_library(text in "[0-9]{10}|[ -~]{10}") {
            let expected = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
            prop_assert_eq!(parse_digits(text.as_bytes()), expected);
        }
    }
}
