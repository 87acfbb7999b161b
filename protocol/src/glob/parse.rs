//! The text of a glob to a tree.
//!
//! Owns the grammar: characters, wildcards, classes, braces and dots. Braces are left as they are, to be expanded by
//! the next file.

use super::GlobError;
use super::segment::Class;
use crate::limits::GLOB_NESTING_MAX;

/// One element of a glob.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// One character that stands for itself.
    Character(char),
    /// `.`, the separator of nodes.
    Dot,
    /// `?`, any one character.
    One,
    /// `*`, any run of characters.
    Run,
    /// `[…]`, one character of a set.
    Class(Class),
    /// `{…}`: one of several sequences.
    Braces(Vec<Vec<Item>>),
}

/// Parses a whole glob.
pub(super) fn parse(text: &str) -> Result<Vec<Item>, GlobError> {
    let mut parser = Parser { characters: text.chars().collect(), at: 0 };
    let items = parser.sequence(0)?;
    match parser.peek() {
        None => Ok(items),
        Some(character) => {
            Err(parser.error(parser.at, "a brace that was opened before", &format!("'{character}'")))
        }
    }
}

struct Parser {
    characters: Vec<char>,
    at: usize,
}

impl Parser {
    /// Items up to the end, or inside braces up to a comma or the closing brace.
    fn sequence(&mut self, depth: usize) -> Result<Vec<Item>, GlobError> {
        let mut items = Vec::new();
        while let Some(character) = self.peek() {
            if character == '}' || (character == ',' && depth > 0) {
                break;
            }
            let start = self.at;
            self.at += 1;
            items.push(match character {
                '.' => Item::Dot,
                '?' => Item::One,
                '*' => Item::Run,
                '[' => self.class(),
                '{' => self.braces(start, depth + 1)?,
                '\\' => Item::Character(self.escaped()),
                _ => Item::Character(character),
            });
        }
        Ok(items)
    }

    /// What follows an opening brace.
    fn braces(&mut self, start: usize, depth: usize) -> Result<Item, GlobError> {
        if depth > GLOB_NESTING_MAX {
            return Err(self.error(start, &format!("at most {GLOB_NESTING_MAX} nested braces"), "one more"));
        }
        let mut choices = Vec::new();
        loop {
            choices.push(self.sequence(depth)?);
            match self.peek() {
                Some(',') => self.at += 1,
                Some(_) => break,
                None => return Err(self.error(start, "a brace that is closed by '}'", "no '}' after it")),
            }
        }
        self.at += 1;
        Ok(Item::Braces(choices))
    }

    /// What follows an opening bracket; one that is not closed stands for itself. A `]` in first place is a member.
    fn class(&mut self) -> Item {
        let start = self.at;
        let is_negated = self.peek() == Some('!');
        self.at += usize::from(is_negated);
        let first = self.at;
        let mut ranges = Vec::new();
        loop {
            match self.peek() {
                None => {
                    self.at = start;
                    return Item::Character('[');
                }
                Some(']') if self.at > first => break,
                Some(low) => {
                    self.at += 1;
                    ranges.push((low, self.range_end().unwrap_or(low)));
                }
            }
        }
        self.at += 1;
        Item::Class(Class::new(is_negated, ranges))
    }

    /// The character after a `-` that stands between two members.
    fn range_end(&mut self) -> Option<char> {
        match self.characters.get(self.at..self.at + 2) {
            Some(&['-', high]) if high != ']' => {
                self.at += 2;
                Some(high)
            }
            _ => None,
        }
    }

    /// What follows a backslash: a special character loses its meaning, before others the backslash is one itself.
    fn escaped(&mut self) -> char {
        match self.peek() {
            Some(special @ ('*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\')) => {
                self.at += 1;
                special
            }
            _ => '\\',
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn error(&self, at: usize, expected: &str, found: &str) -> GlobError {
        GlobError { column: at + 1, expected: expected.to_owned(), found: found.to_owned() }
    }
}
