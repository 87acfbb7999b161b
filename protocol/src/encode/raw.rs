//! Series as raw text: a line `name,start,end,step|value,value,…` each.
//!
//! Owns that line. Values are spelt as Python spells them, a missing one `None`.

use super::json::push_integer;
use super::python::push_python_float;
use super::{Layout, SeriesList};
use std::ops::Range;

/// Series as raw text.
#[derive(Debug)]
pub struct Raw;

impl Layout for Raw {
    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        out.extend_from_slice(series.target.text().as_bytes());
        for number in [series.start, series.end, series.step] {
            out.push(b',');
            push_integer(out, number);
        }
        out.push(b'|');
        series.values.len()
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        let is_first = range.start == 0;
        for (position, &value) in series.values.get(range).unwrap_or_default().iter().enumerate() {
            if position > 0 || !is_first {
                out.push(b',');
            }
            if value.is_nan() {
                out.extend_from_slice(b"None");
            } else {
                push_python_float(out, value);
            }
        }
    }

    fn close(&mut self, _list: &dyn SeriesList, _section: usize, out: &mut Vec<u8>) {
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{minutes, written_text};
    use super::*;

    #[test]
    fn a_line_for_every_series() {
        let values: Vec<f64> = (0..2050).map(f64::from).collect();
        let series = [
            minutes("a b", 60, &[f64::NAN, 88.0, f64::NEG_INFINITY]),
            minutes("c", 0, &[]),
            minutes("d", 0, &values),
        ];
        let text = written_text(|| Raw, &series);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..2], ["a b,60,240,60|None,88.0,-inf", "c,0,0,60|"]);
        let (head, numbers) = lines[2].split_once('|').unwrap();
        assert_eq!(head, "d,0,123000,60");
        assert!(numbers.split(',').map(|text| text.parse::<f64>().unwrap()).eq(values.iter().copied()));
    }
}
