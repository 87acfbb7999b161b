//! The day of a reference: `yesterday`, `monday`, `mar 14`, `03/14/24`, `20240314`.
//!
//! Owns Graphite's reading of it. A weekday is the last one of that name, today included; a month name means this
//! year, be it past or future.

use jiff::civil::{Date, Weekday};

use super::AtTimeError;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("sun", Weekday::Sunday),
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
];

/// Whether digits look like YYYYMMDD. A date that does not exist may look like one.
pub(super) fn looks_like_date(digits: &str) -> bool {
    split_date(digits).is_some_and(|(year, month, day)| year > 1900 && month < 13 && day < 32)
}

/// The day that a text stands for; an empty text is today.
pub(super) fn parse(text: &str, today: Date) -> Result<Date, AtTimeError> {
    let out_of_range = || AtTimeError::new("a day that exists", text);
    match text {
        "" | "today" => return Ok(today),
        "yesterday" => return today.yesterday().map_err(|_| out_of_range()),
        "tomorrow" => return today.tomorrow().map_err(|_| out_of_range()),
        _ => {}
    }
    if text.bytes().filter(|&byte| byte == b'/').count() == 2 {
        return parse_slashes(text);
    }
    if let Some((year, month, day)) = split_date(text) {
        return Date::new(year, month, day).map_err(|_| out_of_range());
    }
    let beginning = text.get(..3).unwrap_or_default();
    if let Some(month) = (1..).zip(MONTHS).find_map(|(number, name)| (name == beginning).then_some(number)) {
        let day = trailing_number(text)
            .ok_or_else(|| AtTimeError::new("a day of the month after its name", text))?;
        return Date::new(today.year(), month, day).map_err(|_| out_of_range());
    }
    if let Some((_, weekday)) = WEEKDAYS.iter().find(|(name, _)| *name == beginning) {
        let days_ago = today.weekday().since(*weekday);
        return today.checked_sub(jiff::Span::new().days(days_ago)).map_err(|_| out_of_range());
    }
    Err(AtTimeError::new("a day such as today, monday, mar 14, 03/14/24 or 20240314", text))
}

/// MM/DD/YY or MM/DD/YYYY; a year below 70 is one of this century.
fn parse_slashes(text: &str) -> Result<Date, AtTimeError> {
    let wrong = || AtTimeError::new("a day as MM/DD/YY", text);
    let mut parts = text.split('/').map(|part| {
        part.parse::<i16>().ok().filter(|_| part.starts_with(|first: char| first.is_ascii_digit()))
    });
    let mut next = || parts.next().flatten().ok_or_else(wrong);
    let (month, day, mut year) = (next()?, next()?, next()?);
    if year < 1900 {
        year += 1900;
    }
    if year < 1970 {
        year += 100;
    }
    let (month, day) = (i8::try_from(month).map_err(|_| wrong())?, i8::try_from(day).map_err(|_| wrong())?);
    Date::new(year, month, day).map_err(|_| AtTimeError::new("a day that exists", text))
}

/// Year, month and day of eight digits.
fn split_date(text: &str) -> Option<(i16, i8, i8)> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((text.get(..4)?.parse().ok()?, text.get(4..6)?.parse().ok()?, text.get(6..)?.parse().ok()?))
}

/// The one or two digits at the end.
fn trailing_number(text: &str) -> Option<i8> {
    let digits = text.bytes().rev().take(2).take_while(u8::is_ascii_digit).count();
    text.get(text.len() - digits..)?.parse().ok()
}
