//! The answer of a render request as JSON: `[{"target":…,"tags":{…},"datapoints":[[value,time],…]},…]`.
//!
//! Owns that shape. Series are written one after the other, in the order given.

use super::json::{push_integer, push_json_number, push_json_string};
use super::{Layout, SeriesList};
use std::ops::Range;

/// Room for one datapoint of common length.
const DATAPOINT_BYTES: usize = 24;

/// Series as JSON.
#[derive(Debug, Default)]
pub struct RenderJson {
    skips_missing: bool,
    is_first_point: bool,
}

impl RenderJson {
    /// All points, or those only that have a value.
    pub fn new(skips_missing: bool) -> RenderJson {
        RenderJson { skips_missing, is_first_point: true }
    }
}

impl Layout for RenderJson {
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
        out.extend_from_slice(b",\"tags\":");
        push_tags(out, &list.tags(section));
        out.extend_from_slice(b",\"datapoints\":[");
        self.is_first_point = true;
        series.values.len()
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        out.reserve(range.len() * DATAPOINT_BYTES);
        let mut time = series.time(range.start);
        for &value in series.values.get(range).unwrap_or_default() {
            if !(self.skips_missing && value.is_nan()) {
                let is_first = std::mem::take(&mut self.is_first_point);
                out.extend_from_slice(if is_first { b"[" } else { b",[" });
                push_json_number(out, value);
                out.push(b',');
                push_integer(out, time);
                out.push(b']');
            }
            time = time.saturating_add(series.step);
        }
    }

    fn close(&mut self, _list: &dyn SeriesList, _section: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"]}");
    }

    fn end(&mut self, _list: &dyn SeriesList, out: &mut Vec<u8>) {
        out.push(b']');
    }
}

fn push_tags(out: &mut Vec<u8>, tags: &[(&str, &str)]) {
    out.push(b'{');
    for (position, (tag, value)) in tags.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        push_json_string(out, tag);
        out.push(b':');
        push_json_string(out, value);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, minutes, written_text};
    use super::super::{Pieces, Target};
    use super::*;

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(written_text(|| RenderJson::new(false), &[]), "[]");
    }

    #[test]
    fn series_follow_each_other() {
        let first = minutes("a\"b", -60, &[1.5, f64::NAN, f64::INFINITY, -3.0]);
        let mut second = minutes("5", 0, &[]);
        second.target = Target::Number("5");
        assert_eq!(
            written_text(|| RenderJson::new(false), &[first, second]),
            "[{\"target\":\"a\\\"b\",\"tags\":{},\"datapoints\":[[1.5,-60],[null,0],[null,60],[-3.0,120]]},\
             {\"target\":5,\"tags\":{},\"datapoints\":[]}]"
        );
        assert_eq!(
            written_text(|| RenderJson::new(true), &[first]),
            "[{\"target\":\"a\\\"b\",\"tags\":{},\"datapoints\":[[1.5,-60],[null,60],[-3.0,120]]}]"
        );
    }

    #[test]
    fn tags_are_shown_in_their_order() {
        let list = Fixture(vec![(minutes("c", 0, &[]), vec![("name", "c"), ("k", "\\")])]);
        let (mut pieces, mut out) = (Pieces::new(Box::new(RenderJson::default())), Vec::new());
        assert!(!pieces.write(&list, &mut out, usize::MAX));
        assert_eq!(out, br#"[{"target":"c","tags":{"name":"c","k":"\\"},"datapoints":[]}]"#);
    }
}
