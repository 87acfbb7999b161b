//! The answer of a render request as JSON: `[{"target":…,"tags":{…},"datapoints":[[value,time],…]},…]`.
//!
//! Owns that shape. Series are written one after the other, in the order given.

use super::json::{push_integer, push_json_number, push_json_string};
use super::{SeriesView, Target};

/// Room for one datapoint of common length.
const DATAPOINT_BYTES: usize = 24;

/// Writes series as JSON, one at a time.
///
/// ```
/// use plumbago_protocol::encode::{RenderJson, SeriesView, Target};
/// let mut out = Vec::new();
/// let mut render = RenderJson::begin(&mut out);
/// let values = [1.0, f64::NAN];
/// render.series(&mut out, &SeriesView { target: Target::Text("a"), tags: &[("name", "a")], start: 60, step: 60, values: &values });
/// render.end(&mut out);
/// assert_eq!(out, br#"[{"target":"a","tags":{"name":"a"},"datapoints":[[1.0,60],[null,120]]}]"#);
/// ```
#[derive(Debug)]
#[must_use = "an answer that was begun has to be ended"]
pub struct RenderJson {
    is_first: bool,
}

impl RenderJson {
    /// Writes what stands before the first series.
    pub fn begin(out: &mut Vec<u8>) -> RenderJson {
        out.push(b'[');
        RenderJson { is_first: true }
    }

    /// Writes one series.
    pub fn series(&mut self, out: &mut Vec<u8>, series: &SeriesView<'_>) {
        if !std::mem::replace(&mut self.is_first, false) {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"target\":");
        match series.target {
            Target::Text(name) => push_json_string(out, name),
            Target::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Target::Null => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"tags\":");
        push_tags(out, series.tags);
        out.extend_from_slice(b",\"datapoints\":");
        push_datapoints(out, series);
        out.push(b'}');
    }

    /// Writes what stands after the last series.
    pub fn end(self, out: &mut Vec<u8>) {
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

fn push_datapoints(out: &mut Vec<u8>, series: &SeriesView<'_>) {
    out.reserve(series.values.len() * DATAPOINT_BYTES);
    out.push(b'[');
    let mut time = series.start;
    for (position, &value) in series.values.iter().enumerate() {
        out.extend_from_slice(if position > 0 { b",[" } else { b"[" });
        push_json_number(out, value);
        out.push(b',');
        push_integer(out, time);
        out.push(b']');
        time = time.saturating_add(series.step);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(series: &[SeriesView<'_>]) -> String {
        let mut out = Vec::new();
        let mut render = RenderJson::begin(&mut out);
        for series in series {
            render.series(&mut out, series);
        }
        render.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        assert_eq!(rendered(&[]), "[]");
    }

    #[test]
    fn series_follow_each_other() {
        let values = [1.5, f64::NAN, f64::INFINITY, -3.0];
        let first =
            SeriesView { target: Target::Text("a\"b"), tags: &[], start: -60, step: 60, values: &values };
        let second = SeriesView {
            target: Target::Text("c"),
            tags: &[("name", "c"), ("k", "\\")],
            start: 0,
            step: 1,
            values: &[],
        };
        assert_eq!(
            rendered(&[first, second]),
            "[{\"target\":\"a\\\"b\",\"tags\":{},\"datapoints\":[[1.5,-60],[null,0],[null,60],[-3.0,120]]},\
             {\"target\":\"c\",\"tags\":{\"name\":\"c\",\"k\":\"\\\\\"},\"datapoints\":[]}]"
        );
    }
}
