//! The time of day in front of a reference: `12:30`, `6pm`, `noon`.
//!
//! Owns Graphite's reading of it. Each form is tried in turn on what the one before left, as Graphite does; midnight
//! is what stays if there is none.

use jiff::civil::Time;

use super::AtTimeError;

/// The time of day, and what follows it.
pub(super) fn parse(text: &str) -> Result<(Time, &str), AtTimeError> {
    let (mut hour, mut minute) = (0, 0);
    let mut rest = text;
    if let Some((hours, after)) = split_short(rest, ":") {
        let (minutes, after) = after.split_at(after.len().min(2));
        (hour, minute) = (number(hours, "an hour")?, number(minutes, "minutes")?);
        rest = after;
        if let Some(after) = rest.strip_prefix("am") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("pm") {
            hour = (hour + 12) % 24;
            rest = after;
        }
    }
    if let Some((hours, after)) = split_short(rest, "am") {
        (hour, rest) = (number(hours, "an hour")?, after);
    }
    if let Some((hours, after)) = split_short(rest, "pm") {
        (hour, rest) = ((number(hours, "an hour")? + 12) % 24, after);
    }
    for (name, named_hour) in [("noon", 12), ("midnight", 0), ("teatime", 16)] {
        if let Some(after) = rest.strip_prefix(name) {
            (hour, minute, rest) = (named_hour, 0, after);
            break;
        }
    }
    let time = Time::new(hour, minute, 0, 0)
        .map_err(|_| AtTimeError::new("an hour from 0 to 23 and minutes from 0 to 59", text))?;
    Ok((time, rest))
}

/// What stands before and after the first `mark`, if one or two characters stand before it.
fn split_short<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(mark).filter(|(before, _)| (1..3).contains(&before.len()))
}

/// One or two digits.
fn number(text: &str, expected: &str) -> Result<i8, AtTimeError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AtTimeError::new(expected, text));
    }
    text.parse().map_err(|_| AtTimeError::new(expected, text))
}
