//! What a search means, for one event.
//!
//! Invariant: this is the meaning; an index that answers otherwise is wrong. Words are runs of letters and digits,
//! without regard to case.

use super::{Field, Pattern, Search, Term, Test};
use crate::{Comparison, Event, Status};

impl Search {
    /// Whether the event is one of those that are searched for.
    pub fn matches(&self, event: &Event) -> bool {
        (self.names_status() || event.status != Status::Retracted)
            && self.terms.iter().all(|term| term.matches(event))
    }
}

impl Term {
    /// Whether the term holds for the event.
    pub fn matches(&self, event: &Event) -> bool {
        self.test.matches(event) != self.negated
    }

    /// Whether a term about words holds for an event with this title and this text; `None` for any other term.
    pub fn matches_texts(&self, texts: [&str; 2]) -> Option<bool> {
        match &self.test {
            Test::Words { words, is_prefix } => Some(any_has(texts, words, *is_prefix) != self.negated),
            _ => None,
        }
    }
}

impl Test {
    fn matches(&self, event: &Event) -> bool {
        match self {
            Test::Words { words, is_prefix } => any_has([&event.title, &event.text], words, *is_prefix),
            Test::Field(field, pattern) => field_matches(event, *field, pattern),
            Test::Severity(comparison, severity) => compares(*comparison, &event.severity, severity),
            Test::Value(comparison, number) => {
                event.value.is_some_and(|value| compares(*comparison, &value, number))
            }
            Test::Source(source) => event.source == *source,
            Test::Status(status) => event.status == *status,
            Test::Key(key) => event.key.as_deref() == Some(key),
            Test::Since(moment) => event.start_ms >= *moment,
            Test::Until(moment) => event.start_ms <= *moment,
        }
    }
}

fn field_matches(event: &Event, field: Field, pattern: &Pattern) -> bool {
    match field {
        Field::Kind => pattern.matches(&event.kind),
        Field::Tag => event.tags.iter().any(|tag| pattern.matches(tag)),
        Field::Rule => event.rule.as_deref().is_some_and(|rule| pattern.matches(rule)),
        Field::Series => event.series.as_deref().is_some_and(|series| pattern.matches(series)),
    }
}

fn compares<T: PartialOrd>(comparison: Comparison, left: &T, right: &T) -> bool {
    match comparison {
        Comparison::Above => left > right,
        Comparison::AtLeast => left >= right,
        Comparison::Below => left < right,
        Comparison::AtMost => left <= right,
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
    }
}

/// The words of a text, in lower case.
pub(super) fn split(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

fn any_has(texts: [&str; 2], words: &[String], is_prefix: bool) -> bool {
    texts.iter().any(|text| follow_each_other(&split(text), words, is_prefix))
}

fn follow_each_other(text: &[String], words: &[String], is_prefix: bool) -> bool {
    let Some((last, others)) = words.split_last() else {
        return true;
    };
    text.windows(words.len()).any(|window| match window.split_last() {
        Some((end, begin)) => begin == others && if is_prefix { end.starts_with(last) } else { end == last },
        None => false,
    })
}
