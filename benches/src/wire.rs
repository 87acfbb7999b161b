//! The load as agents send it: plaintext lines and pickle frames.
//!
//! Invariant: every line and every item is well-formed, with a canonical name. The pickles have the shape that Python's
//! `pickle.dumps(points, protocol=2)` gives them, memo entries included.

use crate::store::{Load, time_of};

/// Beyond this, the digits of a double are no integer's any more.
const INTEGER_MAX: f64 = 1e15;

/// Appends one line; the value has the fewest digits that give it back.
pub fn push_line(buffer: &mut Vec<u8>, name: &str, value: f64, time: i64) {
    buffer.extend_from_slice(name.as_bytes());
    buffer.push(b' ');
    if value.fract() == 0.0 && value.abs() < INTEGER_MAX {
        push_integer(buffer, value as i64);
    } else {
        buffer.extend_from_slice(ryu::Buffer::new().format(value).as_bytes());
    }
    buffer.push(b' ');
    push_integer(buffer, time);
    buffer.push(b'\n');
}

fn push_integer(buffer: &mut Vec<u8>, integer: i64) {
    if integer < 0 {
        buffer.push(b'-');
    }
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = integer.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[start..]);
}

/// One step of the whole load as lines.
pub fn lines(load: &Load, step: usize) -> Vec<u8> {
    let mut buffer = Vec::new();
    for (index, name) in load.names.iter().enumerate() {
        push_line(&mut buffer, name, load.value(index, step), time_of(step));
    }
    buffer
}

/// One step of the whole load as frames of `frame_points` points each (the last may be shorter), headers included.
pub fn pickle_frames(load: &Load, step: usize, frame_points: usize) -> Vec<u8> {
    let mut frames = Vec::new();
    let positions: Vec<usize> = (0..load.names.len()).collect();
    for part in positions.chunks(frame_points) {
        let mut pickle = Pickle::default();
        for index in part {
            pickle.push_point(&load.names[*index], time_of(step), load.value(*index, step));
        }
        pickle.finish_frame(&mut frames);
    }
    frames
}

/// A list of points being pickled.
pub struct Pickle {
    bytes: Vec<u8>,
    memo_entries: u32,
}

impl Default for Pickle {
    fn default() -> Self {
        let mut pickle = Self { bytes: b"\x80\x02]".to_vec(), memo_entries: 0 };
        pickle.memoize();
        pickle.bytes.push(b'(');
        pickle
    }
}

impl Pickle {
    /// Adds one point.
    pub fn push_point(&mut self, name: &str, time: i64, value: f64) {
        self.bytes.push(b'X');
        self.bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.memoize();
        self.bytes.push(b'J');
        self.bytes.extend_from_slice(&(time as i32).to_le_bytes());
        self.bytes.push(b'G');
        self.bytes.extend_from_slice(&value.to_be_bytes());
        for _ in 0..2 {
            self.bytes.push(b'\x86');
            self.memoize();
        }
    }

    fn memoize(&mut self) {
        match u8::try_from(self.memo_entries) {
            Ok(short) => self.bytes.extend_from_slice(&[b'q', short]),
            Err(_) => {
                self.bytes.push(b'r');
                self.bytes.extend_from_slice(&self.memo_entries.to_le_bytes());
            }
        }
        self.memo_entries += 1;
    }

    /// Ends the list and appends it to `frames`, its length before it.
    pub fn finish_frame(mut self, frames: &mut Vec<u8>) {
        self.bytes.extend_from_slice(b"e.");
        frames.extend_from_slice(&(self.bytes.len() as u32).to_be_bytes());
        frames.extend_from_slice(&self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use plumbago_protocol::pickle::{Decoder, Frames, RefusedItem};
    use plumbago_protocol::{Lines, Point, line};

    use super::*;

    #[test]
    fn lines_and_frames_say_the_same() {
        let load = Load::new(321, 4);
        let buffer = lines(&load, 3);
        let point = |line: &[u8]| {
            let point = line::parse(line, 0).unwrap();
            (point.name.into_owned(), point.value, point.timestamp)
        };
        let plain: Vec<_> = Lines::new(&buffer).map(point).collect();
        let (mut pickled, mut decoder) = (Vec::new(), Decoder::default());
        for frame in Frames::new(&pickle_frames(&load, 3, 100), 1 << 20) {
            let emit = &mut |point: Result<Point<'_>, RefusedItem<'_>>| {
                let point = point.unwrap();
                pickled.push((point.name.into_owned(), point.value, point.timestamp));
            };
            decoder.decode(frame.unwrap(), 0, emit).unwrap();
        }
        assert_eq!(plain.len(), 321);
        assert_eq!(plain[7], (load.names[7].clone(), load.columns[7][3], time_of(3)));
        assert_eq!(plain, pickled);
    }

    #[test]
    fn a_line_gives_its_value_back_to_the_last_bit() {
        for value in [0.0, -0.5, 12.34, -7.0, 1e15, 123_456_789_012.0, 0.1 + 0.2, 1e300, -2.5e-8, f64::MAX] {
            let mut buffer = Vec::new();
            push_line(&mut buffer, "a.b", value, 1_710_460_800);
            let point = line::parse(&buffer[..buffer.len() - 1], 0).unwrap();
            assert_eq!((point.value.to_bits(), point.timestamp), (value.to_bits(), 1_710_460_800));
        }
        let mut buffer = Vec::new();
        push_integer(&mut buffer, i64::MIN);
        assert_eq!(buffer, i64::MIN.to_string().into_bytes());
    }
}
