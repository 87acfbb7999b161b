//! Owns the bytes of every name, each with the id of its series, in chunks that never move.
//!
//! Invariant: a place handed out stays readable and unchanged for the arena's life. A chunk is a `String`, so that
//! names are lent without checking their UTF-8 again; the header in front of each name is therefore written in
//! 7-bit digits, which are ASCII. Names of deleted series are left where they are: which are alive is not known here.

use crate::prefetch::prefetch;

const CHUNK_BYTES: usize = 1 << 20;
const UNIT_BYTES: usize = 4;
const UNITS_PER_CHUNK: usize = CHUNK_BYTES / UNIT_BYTES;
const ID_DIGITS: usize = 5;
const LENGTH_DIGITS: usize = 2;
const HEADER_BYTES: usize = ID_DIGITS + LENGTH_DIGITS;
const PADDING: &str = "\0\0\0";

/// Longest name that a header can describe.
pub(super) const ARENA_NAME_BYTES_MAX: usize = (1 << (7 * LENGTH_DIGITS)) - 1;

/// Where a name stands, in units of four bytes: 16 GiB can be addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NamePlace(u32);

impl NamePlace {
    /// Never handed out: stands for "no name".
    pub(super) const NONE: NamePlace = NamePlace(u32::MAX);
}

/// What the arena knows of a name before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) id: u32,
    chunk: usize,
    start: usize,
    length: usize,
}

impl Head {
    fn range(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.length
    }
}

/// An append-only store of names.
#[derive(Default)]
pub(super) struct NameArena {
    chunks: Vec<String>,
}

impl NameArena {
    /// Stores `name` for series `id`; `None` when the arena is full or the name is longer than a header can say.
    pub(super) fn push(&mut self, id: u32, name: &str) -> Option<NamePlace> {
        if name.len() > ARENA_NAME_BYTES_MAX {
            return None;
        }
        let needed = HEADER_BYTES + name.len();
        if self.chunks.last().is_none_or(|chunk| CHUNK_BYTES - chunk.len() < needed) {
            self.chunks.push(String::with_capacity(CHUNK_BYTES));
        }
        let number = self.chunks.len() - 1;
        let chunk = self.chunks.last_mut()?;
        let unit = number.checked_mul(UNITS_PER_CHUNK)?.checked_add(chunk.len() / UNIT_BYTES)?;
        let place = NamePlace(u32::try_from(unit).ok()?);
        if place == NamePlace::NONE {
            return None;
        }
        chunk.push_str(std::str::from_utf8(&header_of(id, name.len() as u32)).ok()?);
        chunk.push_str(name);
        chunk.push_str(&PADDING[..(UNIT_BYTES - chunk.len() % UNIT_BYTES) % UNIT_BYTES]);
        Some(place)
    }

    /// The name at `place`; empty for a place that was never handed out.
    pub(super) fn name(&self, place: NamePlace) -> &str {
        let Some(head) = self.head(place) else { return "" };
        self.chunks.get(head.chunk).and_then(|chunk| chunk.get(head.range())).unwrap_or("")
    }

    /// The series whose name stands at `place`, if that name is `name`.
    #[inline]
    pub(super) fn id_if_named(&self, place: NamePlace, name: &[u8]) -> Option<u32> {
        let head = self.head(place)?;
        self.is_named(&head, name).then_some(head.id)
    }

    /// What stands before the name at `place`.
    #[inline]
    pub(super) fn head(&self, place: NamePlace) -> Option<Head> {
        let unit = place.0 as usize;
        let chunk = unit / UNITS_PER_CHUNK;
        let start = unit % UNITS_PER_CHUNK * UNIT_BYTES;
        let header = self.chunks.get(chunk)?.as_bytes().get(start..)?.first_chunk()?;
        let (id, length) = digits(*header);
        Some(Head { id, chunk, start: start + HEADER_BYTES, length: length as usize })
    }

    /// Hints that the name at `place`, of about `length` bytes, will be looked at soon.
    #[inline]
    pub(super) fn expect(&self, place: NamePlace, length: usize) {
        let unit = place.0 as usize;
        let Some(chunk) = self.chunks.get(unit / UNITS_PER_CHUNK) else { return };
        let start = unit % UNITS_PER_CHUNK * UNIT_BYTES;
        let ends = [start, start + HEADER_BYTES + length];
        ends.iter().filter_map(|at| chunk.as_bytes().get(*at)).for_each(prefetch);
    }

    /// Whether the name behind `head` is `name`.
    #[inline]
    pub(super) fn is_named(&self, head: &Head, name: &[u8]) -> bool {
        head.length == name.len()
            && self.chunks.get(head.chunk).and_then(|chunk| chunk.as_bytes().get(head.range())) == Some(name)
    }

    #[cfg(test)]
    fn chunk_count(&self) -> usize {
        self.chunks.len()
    }
}

/// Digits of seven bits, the lowest first: first of the id, then of the length.
fn header_of(id: u32, length: u32) -> [u8; HEADER_BYTES] {
    let digit = |value: u32, index: usize| (value >> (7 * index) & 0x7f) as u8;
    std::array::from_fn(|index| match index.checked_sub(ID_DIGITS) {
        None => digit(id, index),
        Some(index) => digit(length, index),
    })
}

/// Id and length of a header.
#[inline]
fn digits(header: [u8; HEADER_BYTES]) -> (u32, u32) {
    let digit = |index: usize| u32::from(header[index]) << (7 * (index % ID_DIGITS));
    let id = digit(0) | digit(1) | digit(2) | digit(3) | digit(4);
    (id, digit(ID_DIGITS) | digit(ID_DIGITS + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_length_come_back_across_chunks() {
        let mut arena = NameArena::default();
        let mut kept = Vec::new();
        for length in (0..=ARENA_NAME_BYTES_MAX).step_by(61) {
            let name = "ä".repeat(length / 2);
            let id = u32::MAX - length as u32;
            kept.push((arena.push(id, &name).unwrap(), id, name));
        }
        assert!(arena.chunk_count() > 1);
        for (place, id, name) in &kept {
            assert_eq!(arena.name(*place), name);
            assert_eq!(arena.id_if_named(*place, name.as_bytes()), Some(*id));
            assert_eq!(arena.id_if_named(*place, b"other"), None);
        }
    }

    #[test]
    fn what_was_never_handed_out_is_nothing() {
        let arena = NameArena::default();
        assert_eq!(arena.name(NamePlace::NONE), "");
        assert_eq!(arena.id_if_named(NamePlace(0), b""), None);
    }

    #[test]
    fn a_name_too_long_for_a_header_is_refused() {
        let long = "a".repeat(ARENA_NAME_BYTES_MAX + 1);
        assert!(NameArena::default().push(0, &long).is_none());
    }
}
