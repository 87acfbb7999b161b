//! The load as agents send it: plaintext lines and pickle frames.
//!
//! Invariant: every line and every item is well-formed, with a canonical name. The pickles have the shape that Python's
//! `pickle.dumps(points, protocol=2)` gives them, memo entries included.

use crate::store::{Load, time_of};

/// One step of the whole load as lines.
pub fn lines(load: &Load, step: usize) -> Vec<u8> {
    let time = time_of(step);
    let line = |(index, name): (usize, &String)| format!("{name} {} {time}\n", load.value(index, step));
    load.names.iter().enumerate().map(line).collect::<String>().into_bytes()
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
        let payload = pickle.finish();
        frames.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        frames.extend_from_slice(&payload);
    }
    frames
}

/// A list of points being pickled.
struct Pickle {
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
    fn push_point(&mut self, name: &str, time: i64, value: f64) {
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

    fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"e.");
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use plumbago_protocol::pickle::{Decoder, Frames, RefusedItem};
    use plumbago_protocol::{Lines, line};

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
            let emit = &mut |point: Result<plumbago_protocol::Point<'_>, RefusedItem<'_>>| {
                let point = point.unwrap();
                pickled.push((point.name.into_owned(), point.value, point.timestamp));
            };
            decoder.decode(frame.unwrap(), 0, emit).unwrap();
        }
        assert_eq!(plain.len(), 321);
        assert_eq!(plain[7], (load.names[7].clone(), load.columns[7][3], time_of(3)));
        assert_eq!(plain, pickled);
    }
}
