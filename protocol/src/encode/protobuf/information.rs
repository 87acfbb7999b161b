//! How a series is kept, in both dialects.

use super::v2::narrow;
use super::wire::{push_bytes, push_float, push_integer, push_text};

/// One archive of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Seconds of a slot.
    pub step_secs: i64,
    /// How many slots there are.
    pub slots: i64,
}

/// How a series is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Information<'a> {
    /// Its name.
    pub name: &'a str,
    /// The method that it is rolled up with.
    pub aggregation: &'a str,
    /// The longest retention in seconds.
    pub retention_secs: i64,
    /// The share of known values that a rollup needs.
    pub x_files_factor: f32,
    /// Its archives, from fine to coarse.
    pub archives: Vec<Archive>,
}

/// Writes an `InfoResponse` of the second dialect.
pub fn information_v2(out: &mut Vec<u8>, series: &Information<'_>) {
    push(out, series, |number| i64::from(narrow(number)));
}

/// Writes a `MultiMetricsInfoResponse` of the third, one series at a time.
pub fn information_v3(out: &mut Vec<u8>, series: &Information<'_>) {
    let mut one = Vec::new();
    push(&mut one, series, |number| number);
    push_bytes(out, 1, &one);
}

/// The two differ in the width of their numbers only.
fn push(out: &mut Vec<u8>, series: &Information<'_>, fitting: impl Fn(i64) -> i64) {
    push_text(out, 1, series.name);
    push_text(out, 2, series.aggregation);
    push_integer(out, 3, fitting(series.retention_secs));
    push_float(out, 4, series.x_files_factor);
    for archive in &series.archives {
        let mut bytes = Vec::new();
        push_integer(&mut bytes, 1, fitting(archive.step_secs));
        push_integer(&mut bytes, 2, fitting(archive.slots));
        push_bytes(out, 5, &bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_messages() {
        let series = Information {
            name: "a",
            aggregation: "Sum",
            retention_secs: 1 << 32,
            x_files_factor: 0.5,
            archives: vec![Archive { step_secs: 60, slots: 10 }],
        };
        let mut out = Vec::new();
        information_v2(&mut out, &series);
        assert_eq!(
            out,
            b"\x0a\x01a\x12\x03Sum\x18\xff\xff\xff\xff\x07\x25\0\0\0\x3f\x2a\x04\x08\x3c\x10\x0a"
        );
        out.clear();
        information_v3(&mut out, &series);
        assert_eq!(
            out,
            b"\x0a\x19\x0a\x01a\x12\x03Sum\x18\x80\x80\x80\x80\x10\x25\0\0\0\x3f\x2a\x04\x08\x3c\x10\x0a"
        );
    }
}
