//! Owns the payload of one log record: a batch of points, as `docs/format.md` lays it out.
//!
//! Invariant: decoding yields exactly the points encoded, or nothing at all: a payload whose checksum holds but that
//! does not parse is damage, not a shorter batch.

use super::value::{self, Tags};
use crate::varint;

/// Version of the payload, its first byte.
pub(super) const VERSION: u8 = 1;

/// A point as the log keeps it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LoggedPoint {
    pub(crate) series: u32,
    pub(crate) timestamp: i64,
    pub(crate) value: f64,
}

/// What a record says besides its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    /// Order among all lanes.
    pub(crate) sequence: u64,
    /// The `now` at which the points were accepted.
    pub(crate) accepted_at: i64,
}

const SERIES_FOLLOWS: u8 = 0x08;
const TIMESTAMP_FOLLOWS: u8 = 0x10;

/// Appends the payload of one record. A point is a control byte (value tag, two flags) and what the flags ask for:
/// agents send their series in one order with one timestamp, so most points are the byte and the value alone.
pub(crate) fn encode(
    header: BatchHeader,
    points: impl ExactSizeIterator<Item = LoggedPoint>,
    tags: &mut Tags,
    out: &mut Vec<u8>,
) {
    out.push(VERSION);
    varint::put(header.sequence, out);
    varint::put_signed(header.accepted_at, out);
    varint::put(points.len() as u64, out);
    let (mut series, mut timestamp, mut tag) = (0u32, header.accepted_at, 0u8);
    for point in points {
        let guess = tags.guess(point.series, tag);
        let is_next = point.series == series.wrapping_add(1) && point.timestamp == timestamp;
        if is_next && let Some((word, bytes)) = value::short(point.value, guess) {
            // Nearly every point: the control byte and the value at once.
            let start = out.len();
            out.extend_from_slice(&(u64::from(word) << 8 | u64::from(guess)).to_le_bytes());
            out.truncate(start + 1 + bytes);
            (series, tag) = (point.series, guess);
            tags.note(series, tag);
            continue;
        }
        let control_at = out.len();
        let mut control = 0;
        out.push(0);
        if point.series != series.wrapping_add(1) {
            control |= SERIES_FOLLOWS;
            varint::put_signed(i64::from(point.series) - i64::from(series), out);
        }
        if point.timestamp != timestamp {
            control |= TIMESTAMP_FOLLOWS;
            varint::put_signed(point.timestamp.wrapping_sub(timestamp), out);
        }
        tag = value::put(point.value, guess, out);
        tags.note(point.series, tag);
        out[control_at] = control | tag;
        (series, timestamp) = (point.series, point.timestamp);
    }
}

/// The version of a payload if it is not the one known here.
pub(crate) fn unknown_version(payload: &[u8]) -> Option<u8> {
    payload.first().copied().filter(|version| *version != VERSION)
}

/// The sequence number of a payload; `None` if it is not one.
pub(crate) fn sequence(mut payload: &[u8]) -> Option<u64> {
    let [version] = varint::take_array(&mut payload)?;
    if version != VERSION {
        return None;
    }
    varint::take(&mut payload)
}

/// Reads a payload; `None` if it is not one.
pub(crate) fn decode(payload: &[u8], points: &mut Vec<LoggedPoint>) -> Option<BatchHeader> {
    let kept = points.len();
    let header = decode_into(payload, points);
    if header.is_none() {
        points.truncate(kept);
    }
    header
}

fn decode_into(mut bytes: &[u8], points: &mut Vec<LoggedPoint>) -> Option<BatchHeader> {
    let sequence = sequence(bytes)?;
    let _version: [u8; 1] = varint::take_array(&mut bytes)?;
    varint::take(&mut bytes)?;
    let accepted_at = varint::take_signed(&mut bytes)?;
    let count = varint::take(&mut bytes)?;
    let (mut series, mut timestamp) = (0u32, accepted_at);
    for _ in 0..count {
        let [control] = varint::take_array(&mut bytes)?;
        series = if control & SERIES_FOLLOWS == 0 {
            series.wrapping_add(1)
        } else {
            let moved = i64::from(series).checked_add(varint::take_signed(&mut bytes)?)?;
            u32::try_from(moved).ok()?
        };
        if control & TIMESTAMP_FOLLOWS != 0 {
            timestamp = timestamp.wrapping_add(varint::take_signed(&mut bytes)?);
        }
        let value = value::take(control & 0x07, &mut bytes)?;
        points.push(LoggedPoint { series, timestamp, value });
    }
    bytes.is_empty().then_some(BatchHeader { sequence, accepted_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<LoggedPoint> {
        let point = |series, timestamp, value| LoggedPoint { series, timestamp, value };
        vec![
            point(0, 100, 1.0),
            point(1, 100, 42.17),
            point(2, 100, -0.0),
            point(u32::MAX, i64::MAX, 1e300),
            point(0, 0, 1.0 / 3.0),
        ]
    }

    #[test]
    fn a_batch_comes_back_whole_and_any_cut_of_it_is_refused() {
        let header = BatchHeader { sequence: 7, accepted_at: 100 };
        let mut payload = Vec::new();
        encode(header, sample().into_iter(), &mut Tags::default(), &mut payload);
        let mut points = Vec::new();
        assert_eq!(decode(&payload, &mut points), Some(header));
        assert_eq!(points, sample());
        for cut in 0..payload.len() {
            let mut points = Vec::new();
            assert_eq!(decode(&payload[..cut], &mut points), None);
            assert!(points.is_empty());
        }
    }

    #[test]
    fn what_a_series_had_last_is_tried_first_and_any_value_comes_back() {
        let mut tags = Tags::default();
        let kinds = [[1.0, 7.0, 0.5, -0.0], [42.17, 42.18, 1e300, 5.0], [1.0 / 3.0, 0.25, 1e9, 3.0]];
        let mut lengths = Vec::new();
        for step in 0..4 {
            let values = kinds.iter().zip(5..);
            let points: Vec<LoggedPoint> = values
                .map(|(values, series)| LoggedPoint { series, timestamp: 50, value: values[step] })
                .collect();
            let header = BatchHeader { sequence: 1, accepted_at: 50 };
            let (mut payload, mut decoded) = (Vec::new(), Vec::new());
            encode(header, points.iter().copied(), &mut tags, &mut payload);
            lengths.push(payload.len());
            assert_eq!(decode(&payload, &mut decoded), Some(header));
            let bits = |points: &[LoggedPoint]| -> Vec<(u32, u64)> {
                points.iter().map(|point| (point.series, point.value.to_bits())).collect()
            };
            assert_eq!(bits(&decoded), bits(&points));
        }
        assert!(lengths[1] < lengths[0], "an integer takes no decimals of its neighbour");
    }

    #[test]
    fn points_in_the_usual_order_cost_four_bytes() {
        let points = (1..1001).map(|series| LoggedPoint { series, timestamp: 50, value: 99.25 });
        let mut payload = Vec::new();
        let header = BatchHeader { sequence: 1, accepted_at: 50 };
        encode(header, points, &mut Tags::default(), &mut payload);
        assert!(payload.len() <= 4 * 1000 + 8, "{} bytes", payload.len());
    }

    /// The example of `docs/format.md`, byte by byte.
    #[test]
    fn a_record_of_the_log_is_laid_out_as_documented() {
        let point = |series, timestamp, value| LoggedPoint { series, timestamp, value };
        let points = [
            point(1, 1_710_504_000, 42.17),
            point(2, 1_710_504_000, 5.0),
            point(9, 1_710_503_990, 1.0 / 3.0),
        ];
        let mut log = Vec::new();
        let start = crate::record::begin_record(&mut log);
        let header = BatchHeader { sequence: 7, accepted_at: 1_710_504_000 };
        encode(header, points.into_iter(), &mut Tags::default(), &mut log);
        crate::record::finish_record(&mut log, start);
        let documented = [
            &[0x50, 0x6c, 0x52, 0x31, 0x19, 0, 0, 0, 0x58, 0x41, 0x1d, 0x5f][..],
            &[0x01, 0x07, 0x80, 0xe1, 0xa1, 0xdf, 0x0c, 0x03],
            &[0x02, 0xf2, 0x41],
            &[0x02, 0xe8, 0x07],
            &[0x1f, 0x0e, 0x13, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5, 0x3f],
        ];
        assert_eq!(log, documented.concat());
    }
}
