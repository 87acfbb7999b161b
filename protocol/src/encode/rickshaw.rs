//! Series for the Rickshaw library: `[{"target":…,"datapoints":[{"x":time,"y":value},…]},…]`.
//!
//! Owns that shape. Values beyond the end of a series' range are not shown, as in graphite-web.

use super::json::{push_integer, push_json_number};
use super::{Layout, SeriesList};
use std::ops::Range;

/// Series as Rickshaw reads them.
#[derive(Debug)]
pub struct Rickshaw;

impl Layout for Rickshaw {
    fn begin(&mut self, _list: &dyn SeriesList, out: &mut Vec<u8>) {
        out.push(b'[');
    }

    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        if section > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"target\":");
        series.target.push_json(out);
        out.extend_from_slice(b",\"datapoints\":[");
        let seconds = u64::try_from(series.end.saturating_sub(series.start)).unwrap_or(0);
        let slots = seconds.div_ceil(series.step.max(1).unsigned_abs());
        series.values.len().min(usize::try_from(slots).unwrap_or(usize::MAX))
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        for position in range {
            let Some(&value) = series.values.get(position) else { break };
            out.extend_from_slice(if position > 0 { b",{\"x\":" } else { b"{\"x\":" });
            push_integer(out, series.time(position));
            out.extend_from_slice(b",\"y\":");
            push_json_number(out, value);
            out.push(b'}');
        }
    }

    fn close(&mut self, _list: &dyn SeriesList, _section: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"]}");
    }

    fn end(&mut self, _list: &dyn SeriesList, out: &mut Vec<u8>) {
        out.push(b']');
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{minutes, written_text};
    use super::*;

    #[test]
    fn points_are_objects() {
        assert_eq!(written_text(|| Rickshaw, &[]), "[]");
        let first = minutes("a\"b", 60, &[1.5, f64::NAN]);
        let mut second = minutes("c", 0, &[1.0, 2.0, 3.0]);
        second.end = 61;
        assert_eq!(
            written_text(|| Rickshaw, &[first, second]),
            "[{\"target\":\"a\\\"b\",\"datapoints\":[{\"x\":60,\"y\":1.5},{\"x\":120,\"y\":null}]},\
             {\"target\":\"c\",\"datapoints\":[{\"x\":0,\"y\":1.0},{\"x\":60,\"y\":2.0}]}]"
        );
    }
}
