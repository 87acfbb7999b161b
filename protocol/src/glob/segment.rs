//! The pieces of a node's pattern between its `*`.
//!
//! Owns the matching of one segment: a sequence of literal text, `?` and classes, which always matches the same number
//! of characters. Searching a literal segment is linear; one with `?` or a class takes at worst the product of the
//! lengths, both of which are bounded.

/// A set of characters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    is_negated: bool,
    ranges: Box<[(char, char)]>,
}

impl Class {
    /// A range whose end lies before its start holds nothing.
    pub(super) fn new(is_negated: bool, ranges: Vec<(char, char)>) -> Class {
        Class { is_negated, ranges: ranges.into() }
    }

    fn holds(&self, character: char) -> bool {
        let is_member = self.ranges.iter().any(|&(low, high)| low <= character && character <= high);
        is_member != self.is_negated
    }
}

impl Class {
    /// Whether a character may be in both; of two classes of which one is negated that is taken for granted.
    pub(super) fn overlaps(&self, other: &Class) -> bool {
        let meets = |&(low, high): &(char, char)| {
            low <= high && other.ranges.iter().any(|&(from, to)| from <= to && low <= to && from <= high)
        };
        self.is_negated || other.is_negated || self.ranges.iter().any(meets)
    }
}

/// A part of a segment.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// Text that stands for itself.
    Text(Box<str>),
    /// Any one character.
    One,
    /// One character of a set.
    Class(Class),
}

impl Part {
    /// Whether it matches this character as its only one; of a text that is not asked.
    pub(super) fn accepts(&self, character: char) -> bool {
        match self {
            Part::Text(text) => text.chars().eq([character]),
            Part::One => true,
            Part::Class(class) => class.holds(character),
        }
    }
}

/// Parts in a row, without `*`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Segment {
    parts: Vec<Part>,
}

impl Segment {
    /// Appends a part; text is joined to text before it.
    pub(super) fn push(&mut self, part: Part) {
        match (self.parts.last_mut(), part) {
            (Some(Part::Text(text)), Part::Text(more)) => *text = [&**text, &*more].concat().into(),
            (_, part) => self.parts.push(part),
        }
    }

    /// Its parts, in order.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text, if there is nothing else.
    pub(super) fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text it begins with.
    pub(super) fn first_text(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// What follows the segment at the start of the text.
    pub(super) fn match_start<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.parts.iter().try_fold(text, |rest, part| match part {
            Part::Text(wanted) => rest.strip_prefix(&**wanted),
            Part::One => skip_if(rest, |_| true),
            Part::Class(class) => skip_if(rest, |character| class.holds(character)),
        })
    }

    /// What stands before the segment at the end of the text.
    pub(super) fn match_end<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.parts.iter().rev().try_fold(text, |rest, part| match part {
            Part::Text(wanted) => rest.strip_suffix(&**wanted),
            Part::One => skip_last_if(rest, |_| true),
            Part::Class(class) => skip_last_if(rest, |character| class.holds(character)),
        })
    }

    /// What follows the first place where the segment matches.
    pub(super) fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        if let Some(wanted) = self.text() {
            return text.find(wanted).and_then(|at| text.get(at + wanted.len()..));
        }
        text.char_indices().find_map(|(at, _)| self.match_start(text.get(at..)?))
    }
}

fn skip_if(text: &str, accepts: impl Fn(char) -> bool) -> Option<&str> {
    let mut characters = text.chars();
    characters.next().filter(|&character| accepts(character))?;
    Some(characters.as_str())
}

fn skip_last_if(text: &str, accepts: impl Fn(char) -> bool) -> Option<&str> {
    let mut characters = text.chars();
    characters.next_back().filter(|&character| accepts(character))?;
    Some(characters.as_str())
}
