//! What is wrong with rule files, and what is only remarked; and where.
//!
//! Invariant: every fault has the file, line and column that a person would look at: the value, or the place inside of it.

use std::fmt;

use plumbago_protocol::limits;
use saphyr_parser::ScalarStyle;

use super::tree::{Mark, Node, Value};

/// Something wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileError {
    /// The file's name, without its folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for FileError {}

/// Something that was read and has no effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file's name, without its folder.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What has no effect, as a sentence without a full stop.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// Collects what is wrong with one file.
pub struct Faults<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// What is wrong.
    pub errors: Vec<FileError>,
    /// What is only remarked.
    pub notes: Vec<Note>,
}

impl<'a> Faults<'a> {
    /// None yet, of a file with this name and this text.
    pub fn new(file: &'a str, text: &'a str) -> Faults<'a> {
        Faults { file, text, errors: Vec::new(), notes: Vec::new() }
    }

    /// Something is wrong at a place. What goes beyond the limit is left out: nobody reads it.
    pub fn at(&mut self, mark: Mark, message: impl Into<String>) {
        if self.errors.len() < limits::RULE_ERRORS_MAX {
            let Mark { line, column, .. } = mark;
            self.errors.push(FileError { file: self.file.to_owned(), line, column, message: message.into() });
        }
    }

    /// Something has no effect.
    pub fn note(&mut self, mark: Mark, message: impl Into<String>) {
        if self.notes.len() < limits::RULE_ERRORS_MAX {
            let Mark { line, column, .. } = mark;
            self.notes.push(Note { file: self.file.to_owned(), line, column, message: message.into() });
        }
    }

    /// Something is wrong within a text, at one of its characters (from 0).
    pub fn within(&mut self, node: &Node, character: usize, message: impl Into<String>) {
        let mark = place_within(self.text, node, character);
        self.at(mark, message);
    }
}

/// Where a character of a scalar stands in the file. Folding changes blanks only: so the place is found by counting those
/// characters that are none.
fn place_within(source: &str, node: &Node, character: usize) -> Mark {
    let Value::Text(scalar) = &node.value else { return node.mark };
    let before = scalar.text.chars().take(character).filter(|c| !c.is_whitespace()).count();
    let is_blank = scalar.text.chars().nth(character).is_none_or(char::is_whitespace);
    let length = node.end.saturating_sub(node.mark.index);
    let mut characters = source.chars().skip(node.mark.index).take(length).peekable();
    let (mut line, mut column, mut seen) = (node.mark.line, node.mark.column, 0_usize);
    let mut in_front = matches!(scalar.style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    let mut last = node.mark;
    while let Some(c) = characters.next() {
        let here = Mark { line, column, index: node.mark.index };
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        if std::mem::take(&mut in_front) || c.is_whitespace() {
            continue;
        }
        if seen == before && !is_blank {
            return here;
        }
        seen += 1;
        last = Mark { column: here.column + 1, ..here };
        // One character is written as two, or as more in a few escapes that nobody writes into expressions.
        let escapes = match scalar.style {
            ScalarStyle::SingleQuoted => c == '\'',
            ScalarStyle::DoubleQuoted => c == '\\',
            _ => false,
        };
        if escapes && characters.next().is_some() {
            column += 1;
            last.column += 1;
        }
        if seen == before && is_blank {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tree;

    /// Line and column of the `%` in a value.
    fn place(text: &str) -> (usize, usize) {
        let root = tree::parse(text).expect("YAML").expect("a document");
        let Value::Map(entries) = &root.value else { panic!("a mapping") };
        let node = &entries[0].1;
        let Value::Text(scalar) = &node.value else { panic!("a text") };
        let character = scalar.text.chars().position(|c| c == '%').expect("a %");
        let mark = place_within(text, node, character);
        (mark.line, mark.column)
    }

    #[test]
    fn places_within_texts_of_every_style() {
        for (text, expected) in [
            ("a: xy%z", (1, 6)),
            ("a: 'xy%z'", (1, 7)),
            ("a: \"xy%z\"", (1, 7)),
            ("a: 'it''s %'", (1, 11)),
            ("a: \"\\\"x\\\" %\"", (1, 11)),
            ("a:   ä %", (1, 8)),
            ("a: one\n  two %", (2, 7)),
            ("a: |\n  one\n  two(%)", (3, 7)),
            ("a: >-\n  one\n\n  two %\n", (4, 7)),
            ("a: |2\n    one\n   % two\n", (3, 4)),
            ("a: \"one\n  two %\"", (2, 7)),
        ] {
            assert_eq!(place(text), expected, "{text:?}");
        }
    }
}
