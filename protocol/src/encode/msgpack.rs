//! Answers as MessagePack: series with all they are known by, and nodes.
//!
//! Owns that encoding. Texts are `str`, times and steps integers, values doubles, and a missing value is nil.

use super::{FoundNode, Layout, SeriesList};
use std::ops::Range;

/// Series as a list of maps.
#[derive(Debug)]
pub struct Msgpack;

impl Layout for Msgpack {
    fn begin(&mut self, list: &dyn SeriesList, out: &mut Vec<u8>) {
        push_length(out, LIST, list.count());
    }

    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        push_length(out, MAP, 9);
        push_text(out, "name");
        push_text(out, series.target.text());
        for (key, number) in [("start", series.start), ("end", series.end), ("step", series.step)] {
            push_text(out, key);
            push_integer(out, number);
        }
        push_text(out, "pathExpression");
        push_text(out, series.path_expression);
        // Nothing was joined: a front end does that itself.
        push_text(out, "valuesPerPoint");
        push_integer(out, 1);
        push_text(out, "consolidationFunc");
        push_text(out, series.consolidation);
        push_text(out, "xFilesFactor");
        push_double(out, series.x_files_factor);
        push_text(out, "values");
        push_length(out, LIST, series.values.len());
        series.values.len()
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        for &value in series.values.get(range).unwrap_or_default() {
            if value.is_nan() { out.push(0xc0) } else { push_double(out, value) }
        }
    }
}

/// Writes nodes as a list of maps: `path`, `is_leaf`, and `intervals` of a leaf.
pub fn nodes_msgpack<'a>(out: &mut Vec<u8>, nodes: impl ExactSizeIterator<Item = FoundNode<'a>>) {
    push_length(out, LIST, nodes.len());
    for node in nodes {
        push_length(out, MAP, if node.is_leaf() { 3 } else { 2 });
        push_text(out, "path");
        push_text(out, node.path);
        push_text(out, "is_leaf");
        out.push(if node.is_leaf() { 0xc3 } else { 0xc2 });
        if let Some(interval) = node.interval {
            push_text(out, "intervals");
            push_length(out, LIST, 1);
            push_length(out, LIST, 2);
            push_integer(out, interval.start);
            push_integer(out, interval.end);
        }
    }
}

/// The bytes that begin a text, a list or a map: the short form with its longest length, then those of 8 (texts only),
/// 16 and 32 bits.
#[derive(Clone, Copy)]
struct Heads {
    short: u8,
    short_max: u8,
    eight: Option<u8>,
    sixteen: u8,
    thirty_two: u8,
}

const TEXT: Heads = Heads { short: 0xa0, short_max: 31, eight: Some(0xd9), sixteen: 0xda, thirty_two: 0xdb };
const LIST: Heads = Heads { short: 0x90, short_max: 15, eight: None, sixteen: 0xdc, thirty_two: 0xdd };
const MAP: Heads = Heads { short: 0x80, short_max: 15, eight: None, sixteen: 0xde, thirty_two: 0xdf };

fn push_length(out: &mut Vec<u8>, heads: Heads, length: usize) {
    match (u8::try_from(length), u16::try_from(length), heads.eight) {
        (Ok(length), _, _) if length <= heads.short_max => out.push(heads.short | length),
        (Ok(length), _, Some(eight)) => out.extend_from_slice(&[eight, length]),
        (_, Ok(length), _) => {
            out.push(heads.sixteen);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(heads.thirty_two);
            // No answer has so many entries: what one request reads is bounded far below.
            out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_length(out, TEXT, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn push_integer(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = u8::try_from(number)
        && number < 0x80
    {
        out.push(number);
    } else if let Ok(number) = u32::try_from(number) {
        out.push(0xce);
        out.extend_from_slice(&number.to_be_bytes());
    } else {
        out.push(0xd3);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

fn push_double(out: &mut Vec<u8>, value: f64) {
    out.push(0xcb);
    out.extend_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::Interval;
    use super::super::fixture::{minutes, written};
    use super::*;

    #[test]
    fn series_are_maps() {
        assert_eq!(written(|| Msgpack, &[]), [0x90]);
        let out = written(|| Msgpack, &[minutes("a", 60, &[1.5, f64::NAN])]);
        let expected: &[&[u8]] = &[
            b"\x91\x89\xa4name\xa1a\xa5start\x3c\xa3end\xce\x00\x00\x00\xb4\xa4step\x3c\xaepathExpression\xa3a.*",
            b"\xaevaluesPerPoint\x01\xb1consolidationFunc\xa7average\xacxFilesFactor\xcb\x3f\xe0\0\0\0\0\0\0",
            b"\xa6values\x92\xcb\x3f\xf8\0\0\0\0\0\0\xc0",
        ];
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn lengths_and_integers_in_all_their_forms() {
        let length = |heads, length| {
            let mut out = Vec::new();
            push_length(&mut out, heads, length);
            out
        };
        assert_eq!(length(TEXT, 31), [0xbf]);
        assert_eq!(length(TEXT, 32), [0xd9, 32]);
        assert_eq!(length(TEXT, 256), [0xda, 1, 0]);
        assert_eq!(length(LIST, 16), [0xdc, 0, 16]);
        assert_eq!(length(MAP, 70_000), [0xdf, 0, 1, 0x11, 0x70]);
        let integer = |number| {
            let mut out = Vec::new();
            push_integer(&mut out, number);
            out
        };
        assert_eq!(integer(127), [127]);
        assert_eq!(integer(128), [0xce, 0, 0, 0, 128]);
        assert_eq!(integer(-1), [0xd3, 255, 255, 255, 255, 255, 255, 255, 255]);
        assert_eq!(integer(1 << 32), [0xd3, 0, 0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn nodes_are_maps() {
        let leaf = FoundNode { path: "a.b", interval: Some(Interval { start: 0, end: 300 }) };
        let branch = FoundNode { path: "a", interval: None };
        let mut out = Vec::new();
        nodes_msgpack(&mut out, [branch, leaf].into_iter());
        let expected: &[&[u8]] = &[
            b"\x92\x82\xa4path\xa1a\xa7is_leaf\xc2",
            b"\x83\xa4path\xa3a.b\xa7is_leaf\xc3\xa9intervals\x91\x92\x00\xce\x00\x00\x01\x2c",
        ];
        assert_eq!(out, expected.concat());
    }
}
