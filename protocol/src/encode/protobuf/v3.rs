//! carbonapi's third dialect, `carbonapi_v3_pb`: series with all they are known by, nodes of several patterns, and what a
//! back end can do.

use super::super::{FoundNode, Layout, SeriesList};
use super::v2::nodes_v2;
use super::wire::{packed_bytes, push_bytes, push_flag, push_float, push_integer, push_length, push_text};
use std::ops::Range;

/// Series as a `MultiFetchResponse`. A missing value is NaN.
#[derive(Debug)]
pub struct ProtobufV3;

impl Layout for ProtobufV3 {
    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        push_text(&mut head, 1, series.target.text());
        push_text(&mut head, 2, series.path_expression);
        push_text(&mut head, 3, series.consolidation);
        for (field, number) in [(4, series.start), (5, series.end), (6, series.step)] {
            push_integer(&mut head, field, number);
        }
        push_float(&mut head, 7, series.x_files_factor as f32);
        push_asked(&mut tail, list, section);
        let packed = 8 * series.values.len();
        push_length(out, 1, head.len() + packed_bytes(packed) + tail.len());
        out.extend_from_slice(&head);
        if packed > 0 {
            push_length(out, 9, packed);
        }
        series.values.len()
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        for value in series.values.get(range).unwrap_or_default() {
            out.extend_from_slice(&value.to_le_bytes());
        }
    }

    fn close(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) {
        push_asked(out, list, section);
    }
}

fn push_asked(out: &mut Vec<u8>, list: &dyn SeriesList, section: usize) {
    let asked = list.series(section).asked;
    push_integer(out, 11, asked.start);
    push_integer(out, 12, asked.end);
}

/// Writes what several patterns found as a `MultiGlobResponse`, one pattern at a time.
pub fn nodes_v3<'a>(out: &mut Vec<u8>, query: &str, nodes: impl Iterator<Item = FoundNode<'a>>) {
    let mut found = Vec::new();
    nodes_v2(&mut found, query, nodes);
    push_bytes(out, 1, &found);
}

/// What a back end can do.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities<'a> {
    /// The names of its protocols, the best first.
    pub protocols: &'a [&'a str],
    /// Its own name.
    pub name: &'a str,
}

/// Writes a `CapabilityResponse`: requests of any number of targets are fine, nothing else is special.
pub fn capabilities_v3(out: &mut Vec<u8>, capabilities: &Capabilities<'_>) {
    for protocol in capabilities.protocols {
        push_text(out, 1, protocol);
    }
    push_text(out, 2, capabilities.name);
    push_flag(out, 5, true);
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{minutes, written};
    use super::*;

    #[test]
    fn series_carry_what_they_are_known_by() {
        assert!(written(|| ProtobufV3, &[]).is_empty());
        let out = written(|| ProtobufV3, &[minutes("ab", 120, &[1.5, f64::NAN])]);
        let expected: &[&[u8]] = &[
            b"\x0a\x35\x0a\x02ab\x12\x03a.*\x1a\x07average\x20\x78\x28\xf0\x01\x30\x3c\x3d\0\0\0\x3f",
            b"\x4a\x10\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\xf8\x7f\x58\x3c\x60\xd0\x05",
        ];
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn nodes_come_by_pattern() {
        let mut out = Vec::new();
        nodes_v3(&mut out, "a", [FoundNode { path: "a", interval: None }].into_iter());
        nodes_v3(&mut out, "b", std::iter::empty());
        assert_eq!(out, b"\x0a\x08\x0a\x01a\x12\x03\x0a\x01a\x0a\x03\x0a\x01b");
    }

    #[test]
    fn capabilities_are_a_message() {
        let mut out = Vec::new();
        capabilities_v3(&mut out, &Capabilities { protocols: &["v3", "v2"], name: "h" });
        assert_eq!(out, b"\x0a\x02v3\x0a\x02v2\x12\x01h\x28\x01");
    }
}
