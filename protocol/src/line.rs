//! The plaintext protocol: `name value timestamp`, one point a line.
//!
//! Owns the reading of one line, the hottest code of ingest, which allocates nothing for a name that is canonical.
//! Fields are separated by any run of blanks and tabs; a line has exactly three. Splitting a buffer into lines is
//! done by [`crate::Lines`].

use std::borrow::Cow;
use std::ops::Range;

use crate::limits::LINE_BYTES_MAX;
use crate::name;
use crate::number::{bytes_equal, parse_last_bytes, parse_value};
use crate::point::Point;
use crate::refusal::Refusal;
use crate::timestamp::{parse_ten_digits, parse_timestamp};

/// Reads one line, given without its line feed; `now` is what a timestamp of −1 stands for.
///
/// # Errors
/// The reason why the line is refused. Where several apply, the number of fields comes first, then the name, the
/// value and the timestamp.
///
/// ```
/// let point = plumbago_protocol::line::parse(b"servers.web01.load 0.25 1710504000\r", 0).unwrap();
/// assert_eq!((point.name.as_ref(), point.value, point.timestamp), ("servers.web01.load", 0.25, 1_710_504_000));
/// ```
#[inline]
pub fn parse(line: &[u8], now: i64) -> Result<Point<'_>, Refusal> {
    let fields = split(line, now)?;
    let name = name(line.get(fields.name).unwrap_or_default())?;
    Ok(Point { name, value: fields.value, timestamp: fields.timestamp })
}

/// A line cut into its fields, numbers read, the name not looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// Where the name stands in the line: a field that [`name()`] takes, or refuses.
    pub name: Range<usize>,
    /// The value, finite.
    pub value: f64,
    /// Seconds since the epoch.
    pub timestamp: i64,
}

/// As [`parse`], but for the name: whoever finds it among canonical names need not check it.
///
/// # Errors
/// As [`parse`], but for what is wrong with the name alone.
#[inline]
pub fn split(line: &[u8], now: i64) -> Result<Fields, Refusal> {
    match split_usual(line) {
        Some(fields) => Ok(fields),
        None => split_any(line, now),
    }
}

/// The canonical form of a name as it stands in a line.
///
/// # Errors
/// As [`crate::canonical_bytes`], and [`Refusal::FieldCount`] for a blank in it.
#[inline]
pub fn name(field: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    name::canonical_bytes(field).or_else(|reason| odd_name(field, reason))
}

/// The form that nearly all lines have: one space between fields, nothing behind the timestamp, which has ten digits.
/// `None` says nothing about the line.
#[inline]
fn split_usual(line: &[u8]) -> Option<Fields> {
    let (rest, [b' ', timestamp @ ..]) = line.split_last_chunk::<11>()? else { return None };
    let timestamp = parse_ten_digits(timestamp)?;
    let (name_end, value) = split_last_value(rest)?;
    let name = rest.get(..name_end)?;
    let blank_at_edge = is_blank(*name.first()?) || is_blank(*name.last()?);
    let usual = !blank_at_edge && line.len() <= LINE_BYTES_MAX;
    usual.then_some(Fields { name: 0..name_end, value, timestamp })
}

/// Where the last space stands, and the value behind it.
#[inline]
fn split_last_value(text: &[u8]) -> Option<(usize, f64)> {
    let (mut before, last) = text.split_last_chunk()?;
    let word = u64::from_le_bytes(*last);
    if let Some(length) = bytes_behind_last_space(word) {
        let space = text.len() - length - 1;
        return match parse_last_bytes(word, length) {
            Some(value) => Some((space, value)),
            None => Some((space, parse_value(text.get(space + 1..)?).ok()?)),
        };
    }
    while let Some((earlier, word)) = before.split_last_chunk() {
        if let Some(length) = bytes_behind_last_space(u64::from_le_bytes(*word)) {
            let space = before.len() - length - 1;
            return Some((space, parse_value(text.get(space + 1..)?).ok()?));
        }
        before = earlier;
    }
    let space = before.iter().rposition(|&byte| byte == b' ')?;
    Some((space, parse_value(text.get(space + 1..)?).ok()?))
}

/// How many of eight bytes follow the last space among them.
#[inline]
fn bytes_behind_last_space(word: u64) -> Option<usize> {
    let spaces = bytes_equal(word, b' ');
    (spaces != 0).then(|| spaces.leading_zeros() as usize / 8)
}

#[cold]
#[inline(never)]
fn split_any(line: &[u8], now: i64) -> Result<Fields, Refusal> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Refusal::LineTooLong);
    }
    let (rest, timestamp) = split_last_field(line).ok_or(Refusal::FieldCount)?;
    let (rest, value) = split_last_field(rest).ok_or(Refusal::FieldCount)?;
    let field = trim_end(rest);
    let name_start = field.iter().take_while(|&&byte| is_blank(byte)).count();
    let numbers = parse_value(value).and_then(|value| Ok((value, parse_timestamp(timestamp, now)?)));
    match numbers {
        Ok((value, timestamp)) if name_start < field.len() => {
            Ok(Fields { name: name_start..field.len(), value, timestamp })
        }
        Ok(_) => Err(Refusal::FieldCount),
        Err(refusal) => Err(name(field).err().unwrap_or(refusal)),
    }
}

/// What is wrong with the text before the value: blanks around or inside it are a matter of fields, not of names.
#[cold]
#[inline(never)]
fn odd_name(field: &[u8], reason: Refusal) -> Result<Cow<'_, str>, Refusal> {
    let blanks = field.iter().take_while(|&&byte| is_blank(byte)).count();
    let name = field.get(blanks..).unwrap_or_default();
    if name.is_empty() || name.iter().any(|&byte| is_blank(byte)) {
        return Err(Refusal::FieldCount);
    }
    if blanks == 0 { Err(reason) } else { name::canonical_bytes(name) }
}

/// The last field and what stands before it; none if there is no blank before it.
#[inline(always)]
fn split_last_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = trim_end(line);
    let blank = line.iter().rposition(|&byte| is_blank(byte))?;
    let (rest, field) = line.split_at(blank);
    Some((rest, field.get(1..)?))
}

#[inline(always)]
fn trim_end(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., last] = line
        && (is_blank(*last) || *last == b'\r')
    {
        line = rest;
    }
    line
}

#[inline(always)]
fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_710_504_000;

    fn parsed(line: &str) -> Result<(String, f64, i64), Refusal> {
        parse(line.as_bytes(), NOW).map(|point| (point.name.into_owned(), point.value, point.timestamp))
    }

    #[test]
    fn any_run_of_blanks_and_a_carriage_return() {
        for line in [
            "a.b 1.5 1710504001",
            "a.b 1.5 1710504001\r",
            "a.b\t1.5\t1710504001",
            "  a.b \t 1.5   1710504001 \t\r",
            "a..b 1.5 1710504001.7",
        ] {
            assert_eq!(parsed(line), Ok(("a.b".to_owned(), 1.5, 1_710_504_001)), "{line:?}");
        }
    }

    #[test]
    fn what_agents_send() {
        for (line, name, value, timestamp) in [
            ("h.cpu-0.cpu-idle;host=h;dc=x 99.5 1710504000\r", "h.cpu-0.cpu-idle;dc=x;host=h", 99.5, NOW),
            ("prom./_a%2Eb 3.000000 1710504000.000000", "prom./_a%2Eb", 3.0, NOW),
            ("a 1 -1", "a", 1.0, NOW),
            ("a 1 1710504001500", "a", 1.0, NOW + 1),
            ("otel.x;k=<empty>;a=b 7 1710504000", "otel.x;a=b;k=<empty>", 7.0, NOW),
        ] {
            assert_eq!(parsed(line), Ok((name.to_owned(), value, timestamp)), "{line:?}");
        }
    }

    #[test]
    fn every_bad_line_has_its_reason() {
        let long = format!("{} 1 2", "x".repeat(LINE_BYTES_MAX));
        for (line, reason) in [
            ("", Refusal::FieldCount),
            (" \t ", Refusal::FieldCount),
            ("a", Refusal::FieldCount),
            ("a 1", Refusal::FieldCount),
            (" 1 1710504000", Refusal::FieldCount),
            ("a b 1 1710504000", Refusal::FieldCount),
            ("a 1 1710504000 x", Refusal::FieldCount),
            ("... 1 1710504000", Refusal::NameEmpty),
            ("a\u{b}b 1 1710504000", Refusal::NameInvalid),
            ("a;b 1 1710504000", Refusal::TagInvalid),
            ("a nan 1710504000", Refusal::ValueNan),
            ("a -inf 1710504000", Refusal::ValueInfinite),
            ("a N 1710504000", Refusal::ValueNotANumber),
            ("a 0x1 1710504000", Refusal::ValueNotANumber),
            ("a 1 N", Refusal::TimestampNotANumber),
            ("a 1 tomorrow", Refusal::TimestampNotANumber),
            ("a 1 -7", Refusal::TimestampNegative),
            (long.as_str(), Refusal::LineTooLong),
        ] {
            assert_eq!(parsed(line), Err(reason), "{line:.60}");
        }
        assert_eq!(parse(b"a\xff 1 1710504000", NOW), Err(Refusal::InvalidUtf8));
    }

    proptest! {
        #[test]
        fn the_usual_form_is_only_a_shortcut(line in "[a~. ]{0,3}[a-c. ]{0,12}[ \t]{0,2}[-+]?[0-9]{0,9}[.]?[0-9]{0,9}[ \t]{1,2}[0-9]{9,11}[\r ]?") {
            if let Some(fields) = split_usual(line.as_bytes()) {
                prop_assert_eq!(split_any(line.as_bytes(), NOW), Ok(fields), "{:?}", line);
            }
        }

        #[test]
        fn a_written_line_reads_back(name in "[a-z][a-z0-9_-]{0,9}(\\.[a-z0-9]{1,9}){0,5}", value: f64, timestamp in 0..100_000_000_000i64) {
            prop_assume!(value.is_finite());
            let line = format!("{name} {value:?} {timestamp}");
            prop_assert_eq!(parsed(&line), Ok((name, value, timestamp)));
        }

        #[test]
        fn any_bytes_are_answered(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(point) = parse(&line, NOW) {
                let again = name::canonical(&point.name);
                prop_assert_eq!(again.as_deref(), Ok(point.name.as_ref()));
                prop_assert!(point.value.is_finite());
            }
        }
    }
}
