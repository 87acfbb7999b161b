//! The language in which events are searched: `kind:deploy tag:host=web* severity>=warning "disk full" since:-2d`.
//!
//! Invariant: a search means the same to a store's index as [`Search::matches`] says of one event. How an index finds the
//! events is left to the store.

mod matching;
mod parser;
mod pattern;

pub use pattern::Pattern;

use crate::{Comparison, Severity, Source, Status};
use jiff::tz::TimeZone;
use std::fmt;

/// What is searched for: events for which every term holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// The terms, in the order in which they were written.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Whether it must not hold: written with a `-` in front.
    pub negated: bool,
    /// What is asked.
    pub test: Test,
}

/// What a term asks of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Words that follow each other in the title or in the text, in lower case; none of them is empty.
    Words {
        /// The words.
        words: Vec<String>,
        /// Whether the last one may go on.
        is_prefix: bool,
    },
    /// A field, or for tags one of them, matches.
    Field(Field, Pattern),
    /// The severity compares.
    Severity(Comparison, Severity),
    /// The value compares; an event without one never does.
    Value(Comparison, f64),
    /// Who made it.
    Source(Source),
    /// Whether it goes on.
    Status(Status),
    /// The key.
    Key(String),
    /// It began at this moment or later, in milliseconds since the epoch.
    Since(i64),
    /// It began at this moment or earlier, in milliseconds since the epoch.
    Until(i64),
}

/// Fields that are searched by pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `kind:`
    Kind,
    /// `tag:`
    Tag,
    /// `rule:`
    Rule,
    /// `series:`
    Series,
}

impl Field {
    /// The name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Field::Kind => "kind",
            Field::Tag => "tag",
            Field::Rule => "rule",
            Field::Series => "series",
        }
    }
}

/// What is wrong with a search, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchError {
    /// The character at which it begins, from 1.
    pub column: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for SearchError {}

impl Search {
    /// Reads a search; an empty one finds everything. Times are read at `now`, in seconds since the epoch, and in `zone`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its column.
    pub fn parse(text: &str, now: i64, zone: &TimeZone) -> Result<Search, SearchError> {
        parser::parse(text, now, zone)
    }

    /// Whether a status is asked for by name. Where none is, events that were retracted are not found.
    pub fn names_status(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Status(_)))
    }
}
