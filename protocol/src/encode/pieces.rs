//! An answer written piece by piece, whatever its format.
//!
//! Invariant: the pieces, one after the other, are the answer, however large they are asked to be. A piece ends after a
//! bounded number of values, so that a series of any length is no burden.

use super::SeriesView;
use super::indent::Indent;
use std::fmt;
use std::ops::Range;

/// The series of an answer.
pub trait SeriesList {
    /// How many there are.
    fn count(&self) -> usize;

    /// The series of this number, which is below [`SeriesList::count`].
    fn series(&self, number: usize) -> SeriesView<'_>;

    /// Its tags, in the order in which they are to be shown.
    fn tags(&self, number: usize) -> Vec<(&str, &str)>;
}

/// How one format is laid out: sections that consist of items. Usually a section is a series and an item a value.
pub trait Layout: fmt::Debug + Send {
    /// How many sections there are.
    fn sections(&self, list: &dyn SeriesList) -> usize {
        list.count()
    }

    /// How many items are written before the length of a piece is looked at again; at least one.
    fn items_at_once(&self, _list: &dyn SeriesList) -> usize {
        1024
    }

    /// Writes what stands before the first section.
    fn begin(&mut self, _list: &dyn SeriesList, _out: &mut Vec<u8>) {}

    /// Writes what stands before the items of a section, and answers how many those are.
    fn open(&mut self, list: &dyn SeriesList, section: usize, out: &mut Vec<u8>) -> usize;

    /// Writes these items of a section.
    fn items(&mut self, list: &dyn SeriesList, section: usize, range: Range<usize>, out: &mut Vec<u8>);

    /// Writes what stands behind the items of a section.
    fn close(&mut self, _list: &dyn SeriesList, _section: usize, _out: &mut Vec<u8>) {}

    /// Writes what stands behind the last section.
    fn end(&mut self, _list: &dyn SeriesList, _out: &mut Vec<u8>) {}
}

/// Where the writing of an answer has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Begin,
    Before { section: usize },
    Within { section: usize, item: usize, items: usize },
    Over,
}

/// An answer on its way into bytes.
#[derive(Debug)]
pub struct Pieces {
    layout: Box<dyn Layout>,
    place: Place,
    indent: Option<Indent>,
    callback: Option<String>,
    plain: Vec<u8>,
}

impl Pieces {
    /// An answer of which nothing is written yet.
    pub fn new(layout: Box<dyn Layout>) -> Pieces {
        Pieces { layout, place: Place::Begin, indent: None, callback: None, plain: Vec::new() }
    }

    /// The same, of JSON, with a line for every value.
    pub fn indented(self) -> Pieces {
        Pieces { indent: Some(Indent::default()), ..self }
    }

    /// The same, of JSON, as the argument of a call.
    pub fn in_call(self, callback: impl Into<String>) -> Pieces {
        Pieces { callback: Some(callback.into()), ..self }
    }

    /// Writes on until `out` has got `bytes_wanted` more, or the answer is over; tells whether there is more.
    pub fn write(&mut self, list: &dyn SeriesList, out: &mut Vec<u8>, bytes_wanted: usize) -> bool {
        let enough = out.len().saturating_add(bytes_wanted);
        while self.place != Place::Over {
            if let (Place::Begin, Some(callback)) = (self.place, &self.callback) {
                out.extend_from_slice(callback.as_bytes());
                out.push(b'(');
            }
            self.step(list, out);
            if self.place == Place::Over && self.callback.is_some() {
                out.push(b')');
            }
            if out.len() >= enough {
                break;
            }
        }
        self.place != Place::Over
    }

    fn step(&mut self, list: &dyn SeriesList, out: &mut Vec<u8>) {
        match &mut self.indent {
            None => self.place = step(&mut *self.layout, self.place, list, out),
            Some(indent) => {
                self.plain.clear();
                self.place = step(&mut *self.layout, self.place, list, &mut self.plain);
                indent.write(&self.plain, out);
            }
        }
    }
}

fn step(layout: &mut dyn Layout, place: Place, list: &dyn SeriesList, out: &mut Vec<u8>) -> Place {
    match place {
        Place::Begin => {
            layout.begin(list, out);
            Place::Before { section: 0 }
        }
        Place::Before { section } if section < layout.sections(list) => {
            let items = layout.open(list, section, out);
            Place::Within { section, item: 0, items }
        }
        Place::Before { .. } => {
            layout.end(list, out);
            Place::Over
        }
        Place::Within { section, item, items } if item < items => {
            let next = items.min(item.saturating_add(layout.items_at_once(list).max(1)));
            layout.items(list, section, item..next, out);
            Place::Within { section, item: next, items }
        }
        Place::Within { section, .. } => {
            layout.close(list, section, out);
            Place::Before { section: section + 1 }
        }
        Place::Over => Place::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, minutes};
    use super::super::{RenderJson, Rickshaw};
    use super::*;

    #[test]
    fn a_long_series_comes_in_many_pieces() {
        let values: Vec<f64> = (0..5000).map(f64::from).collect();
        let list = Fixture(vec![(minutes("a", 0, &values), Vec::new())]);
        let mut pieces = Pieces::new(Box::new(RenderJson::default())).in_call("cb");
        let (mut whole, mut largest, mut more) = (Vec::new(), 0, true);
        while more {
            let mut piece = Vec::new();
            more = pieces.write(&list, &mut piece, 1);
            largest = largest.max(piece.len());
            whole.extend_from_slice(&piece);
        }
        assert!(largest < whole.len() / 3, "{largest} of {}", whole.len());
        let text = String::from_utf8(whole).unwrap();
        let json = text.strip_prefix("cb(").and_then(|text| text.strip_suffix(')')).unwrap();
        let read: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(read[0]["datapoints"].as_array().map(Vec::len), Some(5000));
        let mut over = Vec::new();
        assert!(!pieces.write(&list, &mut over, 100) && over.is_empty());
    }

    #[test]
    fn indented_json_is_the_same_json() {
        let list = Fixture(vec![(minutes("a \"{[,:]}\\", 0, &[1.0, f64::NAN]), vec![("name", "a")])]);
        for layout in [Box::new(RenderJson::default()) as Box<dyn Layout>, Box::new(Rickshaw)] {
            let mut pieces = Pieces::new(layout).indented();
            let mut out = Vec::new();
            assert!(!pieces.write(&list, &mut out, usize::MAX));
            let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.starts_with("[\n  {\n    \"target\": \"a \\\"{[,:]}\\\\\",\n"), "{text}");
            assert!(text.ends_with("\n    ]\n  }\n]"), "{text}");
            assert_eq!(value[0]["target"], "a \"{[,:]}\\");
        }
    }
}
