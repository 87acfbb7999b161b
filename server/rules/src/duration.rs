//! Durations as Prometheus writes them: `1h30m`, where `m` is a minute.
//!
//! Invariant: what is printed parses to the same duration. Graphite's intervals, where `m` would be a month, belong to
//! expressions and not to files of rules.

use std::fmt;

/// Units from the longest to the shortest, with their milliseconds, and whether one is printed only where nothing is left
/// over: `90d` is easier to read than `12w6d`.
const UNITS: [(&str, i64, bool); 7] = [
    ("y", 365 * 86_400_000, true),
    ("w", 7 * 86_400_000, true),
    ("d", 86_400_000, false),
    ("h", 3_600_000, false),
    ("m", 60_000, false),
    ("s", 1_000, false),
    ("ms", 1, false),
];

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    /// The text.
    pub found: String,
    /// What is wrong with it, as part of a sentence.
    pub reason: &'static str,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no duration such as 1h30m: {}", self.found, self.reason)
    }
}

impl std::error::Error for DurationError {}

/// Reads a duration: whole numbers with the units `y w d h m s ms`, longest first, each at most once; or `0`.
///
/// # Errors
/// Another form, or more milliseconds than 64 bits hold.
///
/// ```
/// assert_eq!(plumbago_rules::parse_duration("1h30m"), Ok(5_400_000));
/// assert!(plumbago_rules::parse_duration("90").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let fault = |reason| DurationError { found: text.chars().take(40).collect(), reason };
    match text {
        "" => return Err(fault("it is empty")),
        "0" => return Ok(0),
        _ => {}
    }
    let (mut rest, mut units, mut total_ms) = (text, UNITS.as_slice(), 0_i64);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        if number.is_empty() {
            return Err(fault("a whole number stands before each unit"));
        }
        if unit.is_empty() {
            return Err(fault("a unit follows each number, one of y w d h m s ms"));
        }
        if UNITS.iter().all(|(name, ..)| *name != unit) {
            return Err(fault("its units are y w d h m s ms"));
        }
        let Some(at) = units.iter().position(|(name, ..)| *name == unit) else {
            return Err(fault("longer units come first, each of them once"));
        };
        let part = number.parse::<i64>().ok().and_then(|number| number.checked_mul(units[at].1));
        total_ms = part.and_then(|part| total_ms.checked_add(part)).ok_or_else(|| fault("it is too long"))?;
        (rest, units) = (after, &units[at + 1..]);
    }
    Ok(total_ms)
}

/// Writes a duration of milliseconds in the form that [`parse_duration`] reads; below zero with a sign before it.
pub fn show_duration(milliseconds: i64) -> String {
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    let mut text = String::from(if milliseconds < 0 { "-" } else { "" });
    let mut rest = milliseconds.unsigned_abs();
    for (unit, length, only_whole) in UNITS {
        let length = length.unsigned_abs();
        let count = rest / length;
        if count > 0 && (!only_whole || rest.is_multiple_of(length)) {
            text.push_str(&format!("{count}{unit}"));
            rest %= length;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_prometheus() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1y2w3d4h5m6s7ms", 31_536_000_000 + 1_209_600_000 + 259_200_000 + 14_706_007),
            ("150ms", 150),
            ("90d", 7_776_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(milliseconds), "{text}");
            assert_eq!(parse_duration(&show_duration(milliseconds)), Ok(milliseconds), "{text}");
        }
        assert_eq!(show_duration(7_776_000_000), "90d");
        assert_eq!(show_duration(1_209_600_000), "2w");
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", "it is empty"),
            ("60", "a unit follows each number, one of y w d h m s ms"),
            ("m", "a whole number stands before each unit"),
            ("-5m", "a whole number stands before each unit"),
            ("1.5h", "a unit follows each number, one of y w d h m s ms"),
            ("5min", "its units are y w d h m s ms"),
            ("30m1h", "longer units come first, each of them once"),
            ("1m1m", "longer units come first, each of them once"),
            ("1h 30m", "a whole number stands before each unit"),
            ("99999999999y", "it is too long"),
        ] {
            assert_eq!(parse_duration(text).map_err(|error| error.reason), Err(reason), "{text}");
        }
    }
}
