//! Answers as Python's pickle, protocol 2: series with all they are known by, and nodes.
//!
//! Owns that encoding. Only dictionaries, lists, tuples, texts, numbers and `None` are written, never a class, so that the
//! strictest of readers takes it.

use super::{FoundNode, Layout, SeriesList};
use std::ops::Range;

const BEGIN: &[u8] = b"\x80\x02](";
const END: &[u8] = b"e.";
/// Values that are put into a list at once: a reader keeps that many on its stack.
const BATCH: usize = 1024;

/// Series as a list of dictionaries.
#[derive(Debug)]
pub struct Pickle;

impl Layout for Pickle {
    fn items_at_once(&self, _list: &dyn SeriesList) -> usize {
        BATCH
    }

    fn begin(&mut self, _list: &dyn SeriesList, out: &mut Vec<u8>) {
        out.extend_from_slice(BEGIN);
    }

    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize {
        let series = list.series(section);
        out.extend_from_slice(b"}(");
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
        out.push(b']');
        series.values.len()
    }

    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>) {
        let series = list.series(section);
        for batch in series.values.get(range).unwrap_or_default().chunks(BATCH) {
            out.push(b'(');
            for &value in batch {
                if value.is_nan() { out.push(b'N') } else { push_double(out, value) }
            }
            out.push(b'e');
        }
    }

    fn close(&mut self, _list: &dyn SeriesList, _section: usize, out: &mut Vec<u8>) {
        out.push(b'u');
    }

    fn end(&mut self, _list: &dyn SeriesList, out: &mut Vec<u8>) {
        out.extend_from_slice(END);
    }
}

/// Writes nodes as a list of dictionaries: `path`, `is_leaf`, and `intervals` of a leaf.
pub fn nodes_pickle<'a>(out: &mut Vec<u8>, nodes: impl Iterator<Item = FoundNode<'a>>) {
    out.extend_from_slice(BEGIN);
    for node in nodes {
        out.extend_from_slice(b"}(");
        push_text(out, "path");
        push_text(out, node.path);
        push_text(out, "is_leaf");
        out.push(if node.is_leaf() { 0x88 } else { 0x89 });
        if let Some(interval) = node.interval {
            push_text(out, "intervals");
            out.extend_from_slice(b"](");
            push_integer(out, interval.start);
            push_integer(out, interval.end);
            out.extend_from_slice(b"\x86e");
        }
        out.push(b'u');
    }
    out.extend_from_slice(END);
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'X');
    // Names and expressions are bounded far below four gigabytes.
    out.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn push_integer(out: &mut Vec<u8>, number: i64) {
    match i32::try_from(number) {
        Ok(number) => {
            out.push(b'J');
            out.extend_from_slice(&number.to_le_bytes());
        }
        Err(_) => {
            out.extend_from_slice(&[0x8a, 8]);
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
}

fn push_double(out: &mut Vec<u8>, value: f64) {
    out.push(b'G');
    out.extend_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::Interval;
    use super::super::fixture::{minutes, written};
    use super::*;

    #[test]
    fn series_are_dictionaries() {
        assert_eq!(written(|| Pickle, &[]), b"\x80\x02](e.");
        let out = written(|| Pickle, &[minutes("a", 1 << 32, &[1.5, f64::NAN])]);
        let expected: &[&[u8]] = &[
            b"\x80\x02](}(X\x04\0\0\0nameX\x01\0\0\0aX\x05\0\0\0start\x8a\x08\0\0\0\0\x01\0\0\0",
            b"X\x03\0\0\0end\x8a\x08\x78\0\0\0\x01\0\0\0X\x04\0\0\0stepJ\x3c\0\0\0",
            b"X\x0e\0\0\0pathExpressionX\x03\0\0\0a.*X\x0e\0\0\0valuesPerPointJ\x01\0\0\0",
            b"X\x11\0\0\0consolidationFuncX\x07\0\0\0averageX\x0c\0\0\0xFilesFactorG\x3f\xe0\0\0\0\0\0\0",
            b"X\x06\0\0\0values](G\x3f\xf8\0\0\0\0\0\0Neue.",
        ];
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn a_long_list_comes_in_batches() {
        let values = vec![2.0; 3000];
        let out = written(|| Pickle, &[minutes("a", 0, &values)]);
        assert_eq!(out.windows(2).filter(|pair| pair == b"(G").count(), 3);
    }

    #[test]
    fn nodes_are_dictionaries() {
        let leaf = FoundNode { path: "a.b", interval: Some(Interval { start: 0, end: 300 }) };
        let mut out = Vec::new();
        nodes_pickle(&mut out, [FoundNode { path: "a", interval: None }, leaf].into_iter());
        let expected: &[&[u8]] = &[
            b"\x80\x02](}(X\x04\0\0\0pathX\x01\0\0\0aX\x07\0\0\0is_leaf\x89u",
            b"}(X\x04\0\0\0pathX\x03\0\0\0a.bX\x07\0\0\0is_leaf\x88",
            b"X\x09\0\0\0intervals](J\0\0\0\0J\x2c\x01\0\0\x86eue.",
        ];
        assert_eq!(out, expected.concat());
    }
}
