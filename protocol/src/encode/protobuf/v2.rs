//! carbonapi's second dialect, `carbonapi_v2_pb`: series with a flag for each missing value, and nodes.

use super::super::{FoundNode, Layout, SeriesList};
use super::wire::{packed_bytes, push_bytes, push_flag, push_integer, push_length, push_text, varint_bytes};
use std::ops::Range;

/// Series as a `MultiFetchResponse`.
#[derive(Debug)]
pub struct ProtobufV2;

impl Layout for ProtobufV2 {
    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        let count = series.values.len();
        let mut head = Vec::new();
        push_text(&mut head, 1, series.target.text());
        for (field, number) in [(2, series.start), (3, series.end), (4, series.step)] {
            push_integer(&mut head, field, i64::from(narrow(number)));
        }
        push_length(out, 1, head.len() + packed_bytes(8 * count) + packed_bytes(count));
        out.extend_from_slice(&head);
        // First all values, then a flag for each.
        2 * count
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let values = list.series(section).values;
        let count = values.len();
        for item in range {
            if item == 0 {
                push_length(out, 5, 8 * count);
            } else if item == count {
                push_length(out, 6, count);
            }
            match item.checked_sub(count) {
                None => {
                    let value = values.get(item).copied().unwrap_or(f64::NAN);
                    out.extend_from_slice(&if value.is_nan() { 0.0 } else { value }.to_le_bytes());
                }
                Some(item) => out.push(u8::from(values.get(item).is_none_or(|value| value.is_nan()))),
            }
        }
    }
}

/// Writes what a pattern found as a `GlobResponse`.
pub fn nodes_v2<'a>(out: &mut Vec<u8>, query: &str, nodes: impl Iterator<Item = FoundNode<'a>>) {
    push_text(out, 1, query);
    let mut node_bytes = Vec::new();
    for node in nodes {
        node_bytes.clear();
        push_text(&mut node_bytes, 1, node.path);
        push_flag(&mut node_bytes, 2, node.is_leaf());
        out.reserve(node_bytes.len() + 1 + varint_bytes(node_bytes.len() as u64));
        push_bytes(out, 2, &node_bytes);
    }
}

/// A number as this dialect can hold it.
pub(super) fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::super::super::Interval;
    use super::super::super::fixture::{minutes, written};
    use super::*;

    #[test]
    fn a_missing_value_has_a_flag() {
        assert!(written(|| ProtobufV2, &[]).is_empty());
        let out = written(|| ProtobufV2, &[minutes("ab", 60, &[1.5, f64::NAN]), minutes("c", 0, &[])]);
        let expected: &[&[u8]] = &[
            b"\x0a\x21\x0a\x02ab\x10\x3c\x18\xb4\x01\x20\x3c",
            b"\x2a\x10\0\0\0\0\0\0\xf8\x3f\0\0\0\0\0\0\0\0\x32\x02\x00\x01",
            b"\x0a\x05\x0a\x01c\x20\x3c",
        ];
        assert_eq!(out, expected.concat());
        let values = vec![1.0; 3000];
        let long = written(|| ProtobufV2, &[minutes("a", 60, &values)]);
        assert_eq!(long.iter().rev().take_while(|&&byte| byte == 0).count(), 3000);
    }

    #[test]
    fn nodes_are_matches() {
        let leaf = FoundNode { path: "a.b", interval: Some(Interval { start: 0, end: 300 }) };
        let mut out = Vec::new();
        nodes_v2(&mut out, "a*", [FoundNode { path: "a", interval: None }, leaf].into_iter());
        assert_eq!(out, b"\x0a\x02a*\x12\x03\x0a\x01a\x12\x07\x0a\x03a.b\x10\x01");
    }
}
