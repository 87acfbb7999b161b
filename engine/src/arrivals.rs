//! Owns points as they arrived at a listener: parsed, but their names not looked up yet.
//!
//! Invariant: what was pushed comes back unchanged, by its position. A name is the bytes that were received: whether
//! it is canonical is found out by looking it up, since only canonical names exist. Memory is kept from batch to batch.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use plumbago_protocol::{Refusal, canonical_bytes, line};

/// Points that wait to be handed to a writer together.
#[derive(Debug, Default)]
pub struct Arrivals {
    text: Vec<u8>,
    points: Vec<Arrival>,
}

/// One point as it arrived, shown to whoever decides what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What it came as.
    pub text: &'a [u8],
    /// Its name, as it was received.
    pub name: &'a [u8],
    /// Its value.
    pub value: f64,
    /// Seconds since the epoch.
    pub timestamp: i64,
}

/// What becomes of a point before it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revision {
    /// It stays as it is.
    Keep,
    /// It gets this name, which may have to be brought into canonical form; its text stays what it came as.
    Rename(Arc<str>),
    /// It goes.
    Drop,
}

/// One point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    text_start: usize,
    text_length: u32,
    /// Within the text, as is the end.
    name_start: u32,
    name_end: u32,
    is_line: bool,
    pub(crate) value: f64,
    pub(crate) timestamp: i64,
}

impl Arrivals {
    /// Adds a point that came as the line `text`, in which its name stands at `name`. The name may have to be brought
    /// into canonical form, as [`plumbago_protocol::line::name`] does.
    pub fn push(&mut self, text: &[u8], name: Range<usize>, value: f64, timestamp: i64) {
        self.push_as(true, text, name, value, timestamp);
    }

    /// Adds a point of which only the name is kept, as it was received. It may have to be brought into canonical form,
    /// as [`plumbago_protocol::canonical_bytes`] does.
    pub fn push_name(&mut self, name: &[u8], value: f64, timestamp: i64) {
        self.push_as(false, name, 0..name.len(), value, timestamp);
    }

    #[inline]
    fn push_as(&mut self, is_line: bool, text: &[u8], name: Range<usize>, value: f64, timestamp: i64) {
        let text_start = self.text.len();
        self.text.extend_from_slice(text);
        // No listener takes a text that 32 bits cannot count; of a longer one, the beginning would be the name.
        let text_length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let name_end = u32::try_from(name.end).unwrap_or(u32::MAX).min(text_length);
        let name_start = u32::try_from(name.start).unwrap_or(u32::MAX).min(name_end);
        self.points.push(Arrival {
            text_start,
            text_length,
            name_start,
            name_end,
            is_line,
            value,
            timestamp,
        });
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Forgets all points.
    pub fn clear(&mut self) {
        self.text.clear();
        self.points.clear();
    }

    /// What the point at `position` came as, with its value and its timestamp.
    pub fn get(&self, position: usize) -> Option<(&[u8], f64, i64)> {
        let point = self.points.get(position)?;
        Some((part(&self.text, point, 0, point.text_length), point.value, point.timestamp))
    }

    /// The timestamps of all points, in their order.
    pub fn timestamps(&self) -> impl Iterator<Item = i64> + '_ {
        self.points.iter().map(|point| point.timestamp)
    }

    /// The name of the point at `position` as it was received.
    pub fn received_name(&self, position: usize) -> Option<&[u8]> {
        Some(self.name(self.points.get(position)?))
    }

    /// The canonical name of the point at `position`; `None` where there is no such point or it has no valid name.
    pub fn name_at(&self, position: usize) -> Option<Cow<'_, str>> {
        self.canonical_name(self.points.get(position)?).ok()
    }

    /// Changes or takes away points, each as `decide` says.
    pub fn revise(&mut self, mut decide: impl FnMut(Shown<'_>) -> Revision) {
        let Self { text, points } = self;
        let mut renamed = Vec::new();
        let name_base = text.len();
        points.retain_mut(|point| {
            let shown = Shown {
                text: part(text, point, 0, point.text_length),
                name: part(text, point, point.name_start, point.name_end),
                value: point.value,
                timestamp: point.timestamp,
            };
            match decide(shown) {
                Revision::Keep => true,
                Revision::Rename(name) => {
                    // No longer a field of a line. Behind all texts, counted from the point's own; nothing received is so
                    // long that 32 bits do not do.
                    point.is_line = false;
                    let offset = |end: usize| u32::try_from(end - point.text_start).unwrap_or(u32::MAX);
                    point.name_start = offset(name_base + renamed.len());
                    renamed.extend_from_slice(name.as_bytes());
                    point.name_end = offset(name_base + renamed.len());
                    true
                }
                Revision::Drop => false,
            }
        });
        text.append(&mut renamed);
    }

    pub(crate) fn points(&self) -> &[Arrival] {
        &self.points
    }

    /// The canonical form of the name of `point`.
    pub(crate) fn canonical_name(&self, point: &Arrival) -> Result<Cow<'_, str>, Refusal> {
        let name = self.name(point);
        if point.is_line { line::name(name) } else { canonical_bytes(name) }
    }

    /// The name of `point`, as it was received.
    #[inline]
    pub(crate) fn name(&self, point: &Arrival) -> &[u8] {
        part(&self.text, point, point.name_start, point.name_end)
    }
}

/// What lies from `start` to `end`, counted from where the text of `point` begins.
#[inline]
fn part<'t>(text: &'t [u8], point: &Arrival, start: u32, end: u32) -> &'t [u8] {
    let text = text.get(point.text_start..).unwrap_or_default();
    text.get(start as usize..end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_come_back_with_their_names_and_texts() {
        let mut arrivals = Arrivals::default();
        arrivals.push(b" a.b 1 2", 1..4, 1.0, 2);
        arrivals.push(b"c", 0..1, 3.0, 4);
        let names: Vec<&[u8]> = arrivals.points().iter().map(|point| arrivals.name(point)).collect();
        assert_eq!(names, [b"a.b".as_slice(), b"c"]);
        assert_eq!(arrivals.get(0), Some((b" a.b 1 2".as_slice(), 1.0, 2)));
        assert_eq!((arrivals.get(1), arrivals.get(2)), (Some((b"c".as_slice(), 3.0, 4)), None));
        arrivals.clear();
        assert!(arrivals.is_empty());
    }

    #[test]
    fn a_name_outside_its_text_is_cut() {
        let mut arrivals = Arrivals::default();
        arrivals.push(b"abc", 2..9, 1.0, 2);
        arrivals.push(b"abc", 7..9, 1.0, 2);
        let names: Vec<&[u8]> = arrivals.points().iter().map(|point| arrivals.name(point)).collect();
        assert_eq!(names, [b"c".as_slice(), b""]);
    }

    #[test]
    fn points_are_renamed_and_taken_away_and_keep_what_they_came_as() {
        let mut arrivals = Arrivals::default();
        for (line, value) in [(b"a 1 2".as_slice(), 1.0), (b"b 2 2", 2.0), (b"c 3 2", 3.0), (b"d 4 2", 4.0)] {
            arrivals.push(line, 0..1, value, 2);
        }
        arrivals.revise(|shown| match (shown.name, shown.value) {
            (b"a", _) => Revision::Rename(Arc::from("a.renamed")),
            (_, 2.0) => Revision::Drop,
            (b"c", _) => Revision::Rename(Arc::from("")),
            _ => Revision::Keep,
        });
        let names: Vec<&[u8]> = arrivals.points().iter().map(|point| arrivals.name(point)).collect();
        assert_eq!(names, [b"a.renamed".as_slice(), b"", b"d"]);
        assert_eq!(arrivals.get(0), Some((b"a 1 2".as_slice(), 1.0, 2)));
        assert_eq!(arrivals.get(2), Some((b"d 4 2".as_slice(), 4.0, 2)));
    }
}
