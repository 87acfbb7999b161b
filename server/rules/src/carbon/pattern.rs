//! The patterns of carbon's rule files: Python regular expressions, searched anywhere in a name.
//!
//! Invariant: a fast path answers as the expression would, for every name without a line break; most patterns in
//! use are a beginning, an end or a fixed text, and need no regular expression at all. A search that takes too
//! many steps gives up and says so; it never hangs.

use plumbago_protocol::limits::{REGEX_BACKTRACK_MAX, REGEX_BYTES_MAX, REGEX_COMPILED_BYTES_MAX};

use super::python_syntax::translate;

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: Matcher,
}

#[derive(Debug, Clone)]
enum Matcher {
    Everything,
    Exact(String),
    Beginning(String),
    End(String),
    Inside(String),
    Expression(Box<fancy_regex::Regex>),
}

/// The outcome of one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// The pattern occurs in the name.
    Found,
    /// It does not.
    NotFound,
    /// Finding out took too many steps.
    GaveUp,
}

impl Pattern {
    /// Compiles `text`.
    ///
    /// # Errors
    /// A sentence that says why it is no usable regular expression.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > REGEX_BYTES_MAX {
            return Err(format!("the pattern is longer than {REGEX_BYTES_MAX} bytes"));
        }
        let matcher = match plain_matcher(text) {
            Some(matcher) => matcher,
            None => Matcher::Expression(Box::new(compile(text)?)),
        };
        Ok(Self { text: text.to_owned(), matcher })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every name is sure to match.
    pub fn matches_everything(&self) -> bool {
        matches!(self.matcher, Matcher::Everything)
    }

    /// Searches `name`.
    pub fn search(&self, name: &str) -> Search {
        let found = match &self.matcher {
            Matcher::Everything => true,
            Matcher::Exact(literal) => name == literal,
            Matcher::Beginning(literal) => name.starts_with(literal.as_str()),
            Matcher::End(literal) => name.ends_with(literal.as_str()),
            Matcher::Inside(literal) => name.contains(literal.as_str()),
            Matcher::Expression(expression) => match expression.is_match(name) {
                Ok(found) => found,
                Err(_) => return Search::GaveUp,
            },
        };
        if found { Search::Found } else { Search::NotFound }
    }
}

/// The expression that Python would make of `text`, under limits.
pub(super) fn compile(text: &str) -> Result<fancy_regex::Regex, String> {
    builder(text).build().map_err(|error| {
        let message = error.to_string();
        // The compiler draws the place over several lines; the sentence comes last.
        let sentence = message.lines().last().unwrap_or("").trim_start_matches("error: ");
        format!("the pattern `{text}` is no regular expression: {sentence}")
    })
}

/// How every expression here is compiled; `text` is in Python's syntax.
pub(super) fn builder(text: &str) -> fancy_regex::RegexBuilder {
    let mut builder = fancy_regex::RegexBuilder::new(&translate(text));
    builder.backtrack_limit(REGEX_BACKTRACK_MAX).delegate_size_limit(REGEX_COMPILED_BYTES_MAX);
    builder
}

/// The matcher of a literal with optional `^`, `$` and `.*` around it; `None` for anything else.
fn plain_matcher(text: &str) -> Option<Matcher> {
    let mut starts = text.starts_with('^');
    let mut rest = text.strip_prefix('^').unwrap_or(text);
    if let Some(tail) = rest.strip_prefix(".*") {
        starts = false;
        rest = tail;
    }
    let (literal, rest) = take_literal(rest)?;
    let ends = match rest {
        "" | ".*" | ".*$" => false,
        "$" => true,
        _ => return None,
    };
    Some(match (literal.is_empty(), starts, ends) {
        (true, true, true) => return None,
        (true, _, _) => Matcher::Everything,
        (false, true, true) => Matcher::Exact(literal),
        (false, true, false) => Matcher::Beginning(literal),
        (false, false, true) => Matcher::End(literal),
        (false, false, false) => Matcher::Inside(literal),
    })
}

/// The literal that `text` starts with, and what follows it. `None` when a repetition applies to its last
/// character, so that it is no literal.
fn take_literal(text: &str) -> Option<(String, &str)> {
    let mut literal = String::new();
    let mut rest = text;
    loop {
        let mut characters = rest.chars();
        match characters.next() {
            Some('\\') => match characters.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => literal.push(escaped),
                _ => return None,
            },
            Some('*' | '+' | '?' | '{') => return None,
            Some('.' | '$') | None => return Some((literal, rest)),
            Some('^' | '[' | ']' | '(' | ')' | '|' | '}') => return None,
            Some(character) => literal.push(character),
        }
        rest = characters.as_str();
    }
}

#[cfg(test)]
mod tests;
