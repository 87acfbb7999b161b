//! Intervals, as in `summarize(x, "1h30min")` and after the sign of `now-1d`.
//!
//! Owns their units and arithmetic. Numbers and units alternate; a sign in front counts for all. Units are known by
//! their beginning, as in Graphite: `s…`, `min…`, `h…`, `d…`, `w…`, `mon…` (30 days) and `y…` (365 days).

use std::fmt;

use crate::limits::{AT_TIME_BYTES_MAX, INTERVAL_SECONDS_MAX};

/// A text that is no interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalError {
    /// The column of the character at fault, counted in characters from 1.
    pub column: usize,
    /// What should have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

/// The seconds that an interval stands for; negative after a `-`, and 0 for an empty text.
///
/// # Errors
/// A number or a known unit is missing, or the interval is longer than [`INTERVAL_SECONDS_MAX`].
///
/// ```
/// use plumbago_protocol::parse_interval;
/// assert_eq!(parse_interval("1h30min"), Ok(5400));
/// assert_eq!(parse_interval("-1w"), Ok(-604_800));
/// assert_eq!(parse_interval("5m").unwrap_err().to_string(),
///     "the interval is wrong at column 2: expected a unit (s, min, h, d, w, mon, y), found \"m\"");
/// ```
pub fn parse_interval(text: &str) -> Result<i64, IntervalError> {
    if text.len() > AT_TIME_BYTES_MAX {
        return Err(IntervalError::new(1, format!("at most {AT_TIME_BYTES_MAX} bytes"), "more"));
    }
    let (sign, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    };
    let column = |rest: &str| text.chars().count() - rest.chars().count() + 1;
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let at = column(rest);
        let (number, after) = split_while(rest, |character| character.is_ascii_digit());
        if number.is_empty() {
            return Err(IntervalError::new(at, "a number".to_owned(), rest));
        }
        let (unit, next) = split_while(after, char::is_alphabetic);
        let Some(unit_seconds) = unit_seconds(unit) else {
            let found = if unit.is_empty() { after } else { unit };
            let expected = "a unit (s, min, h, d, w, mon, y)".to_owned();
            return Err(IntervalError::new(column(after), expected, found));
        };
        let seconds = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit_seconds));
        let sum = seconds.and_then(|seconds| total.checked_add(seconds));
        total = sum.filter(|&total| total <= INTERVAL_SECONDS_MAX).ok_or_else(|| {
            IntervalError::new(at, format!("an interval of at most {INTERVAL_SECONDS_MAX} seconds"), rest)
        })?;
        rest = next;
    }
    Ok(sign * total)
}

fn unit_seconds(unit: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 7] = [
        ("s", 1),
        ("min", 60),
        ("h", 3600),
        ("d", 86_400),
        ("w", 604_800),
        ("mon", 30 * 86_400),
        ("y", 365 * 86_400),
    ];
    UNITS.iter().find(|(beginning, _)| unit.starts_with(beginning)).map(|&(_, seconds)| seconds)
}

/// The longest beginning whose characters all pass, and the rest.
fn split_while(text: &str, passes: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|character| !passes(character)).unwrap_or(text.len()))
}

impl IntervalError {
    fn new(column: usize, expected: String, found: &str) -> IntervalError {
        let found = match found {
            "" => "the end".to_owned(),
            text => format!("{:?}", text.chars().take(20).collect::<String>()),
        };
        IntervalError { column, expected, found }
    }
}

impl fmt::Display for IntervalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IntervalError { column, expected, found } = self;
        write!(formatter, "the interval is wrong at column {column}: expected {expected}, found {found}")
    }
}

impl std::error::Error for IntervalError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_unit_and_chains() {
        for (text, seconds) in [
            ("", 0),
            ("1s", 1),
            ("3600seconds", 3600),
            ("60min", 3600),
            ("60mins", 3600),
            ("60minutes", 3600),
            ("1h", 3600),
            ("1hr", 3600),
            ("1hours", 3600),
            ("1d", 86_400),
            ("1days", 86_400),
            ("1w", 604_800),
            ("1week", 604_800),
            ("1mon", 2_592_000),
            ("1months", 2_592_000),
            ("1year", 31_536_000),
            ("1d2h", 93_600),
            ("-11h50min", -42_600),
            ("+1h", 3600),
            ("0s", 0),
        ] {
            assert_eq!(parse_interval(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn malformed_ones_name_their_column() {
        for (text, column) in [
            ("1m", 2),
            ("--1h", 2),
            ("1h-1h", 3),
            ("1.5h", 2),
            ("1fortnight", 2),
            ("bogus", 1),
            ("5", 2),
            ("1H", 2),
            ("1 h", 2),
            ("h", 1),
            ("99999999999999999999s", 1),
            ("1d999999999999y", 3),
        ] {
            assert_eq!(parse_interval(text).unwrap_err().column, column, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[-+0-9smihdwyonö. ]{0,20}") {
            let _ = parse_interval(&text);
        }
    }
}
