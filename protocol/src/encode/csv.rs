//! Series as comma-separated values: a line `name,date time,value` for every value.
//!
//! Owns the lines: quoted as spreadsheets expect it, ended by CRLF, times of a zone, nothing where a value is missing.

use super::python::push_python_float;
use super::{Layout, SeriesList};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::io::Write;
use std::ops::Range;

/// Series as csv, with the times of a zone.
#[derive(Debug)]
pub struct Csv {
    zone: TimeZone,
    name: Vec<u8>,
}

impl Csv {
    /// Times are those of this zone's clocks.
    pub fn new(zone: TimeZone) -> Csv {
        Csv { zone, name: Vec::new() }
    }
}

impl Layout for Csv {
    fn open(&mut self, list: &dyn SeriesList, section: usize, _out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        self.name.clear();
        push_field(&mut self.name, series.target.text());
        series.values.len()
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        for position in range {
            let Some(&value) = series.values.get(position) else { break };
            out.extend_from_slice(&self.name);
            out.push(b',');
            push_time(out, series.time(position), &self.zone);
            out.push(b',');
            if !value.is_nan() {
                push_python_float(out, value);
            }
            out.extend_from_slice(b"\r\n");
        }
    }
}

/// Appends a text, in quotes where it could be taken for more than one field or line.
fn push_field(out: &mut Vec<u8>, text: &str) {
    if !text.contains([',', '"', '\r', '\n']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Appends `2024-03-15 12:00:00`; a time that no calendar has is written in seconds.
fn push_time(out: &mut Vec<u8>, seconds: i64, zone: &TimeZone) {
    let Ok(moment) = Timestamp::from_second(seconds) else {
        super::json::push_integer(out, seconds);
        return;
    };
    let time: DateTime = zone.to_datetime(moment);
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    // Writing to memory cannot fail.
    let _ = write!(out, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{minutes, written_text};
    use super::*;

    #[test]
    fn a_line_for_every_value() {
        let values = [88.0, f64::NAN, 1e-9, f64::INFINITY];
        let series = [minutes("a,\"b\"", 1_710_504_000, &values[..2]), minutes("c d", 0, &values[2..])];
        assert_eq!(
            written_text(|| Csv::new(TimeZone::UTC), &series),
            "\"a,\"\"b\"\"\",2024-03-15 12:00:00,88.0\r\n\"a,\"\"b\"\"\",2024-03-15 12:01:00,\r\n\
             c d,1970-01-01 00:00:00,1e-09\r\nc d,1970-01-01 00:01:00,inf\r\n"
        );
        assert_eq!(written_text(|| Csv::new(TimeZone::UTC), &[]), "");
    }

    #[test]
    fn times_are_those_of_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let series = minutes("a", 1_710_504_000, &[1.0]);
        assert_eq!(written_text(|| Csv::new(zone.clone()), &[series]), "a,2024-03-15 08:00:00,1.0\r\n");
        let late = minutes("a", i64::MAX - 1000, &[1.0]);
        assert!(written_text(|| Csv::new(zone.clone()), &[late]).starts_with("a,9223372036854774807,"));
    }
}
