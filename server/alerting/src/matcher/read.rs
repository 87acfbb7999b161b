//! Text to conditions: names and values with or without quotes, commas, braces.
//!
//! Invariant: what Alertmanager reads in its newer form, where names and values may be in quotes and any UTF-8, is read the
//! same; so is what only its older form takes, a value without quotes that holds signs or blanks. The newer one is tried
//! first.

use plumbago_protocol::limits;

use super::{Matcher, MatcherError, Operator, start_of};

/// The two-character operators first: each begins as another one does.
const OPERATORS: [(&str, Operator); 4] =
    [("=~", Operator::Like), ("!~", Operator::NotLike), ("!=", Operator::NotEqual), ("=", Operator::Equal)];

/// Reads conditions.
pub(super) fn list(text: &str) -> Result<Vec<Matcher>, MatcherError> {
    if text.len() > limits::MATCHERS_BYTES_MAX {
        let message = format!("conditions have at most {} bytes", limits::MATCHERS_BYTES_MAX);
        return Err(MatcherError { message });
    }
    let trimmed = text.trim();
    let inner = match (trimmed.strip_prefix('{'), trimmed.ends_with('}')) {
        (Some(rest), true) => rest.strip_suffix('}').unwrap_or(rest),
        // A regular expression may end with a brace.
        (None, _) => trimmed,
        (Some(_), false) => {
            let message = format!("{:?} begins with a brace and does not end with one", start_of(text));
            return Err(MatcherError { message });
        }
    };
    let mut all = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        if all.len() >= limits::MATCHERS_MAX {
            return Err(MatcherError { message: format!("at most {} conditions", limits::MATCHERS_MAX) });
        }
        let (matcher, after) = one(rest)?;
        all.push(matcher);
        rest = after.trim_start();
    }
    Ok(all)
}

/// The condition that a text begins with, and what follows its comma.
fn one(text: &str) -> Result<(Matcher, &str), MatcherError> {
    let expected = |what: &str| MatcherError {
        message: format!("expected {what} in {:?}, such as severity=~\"warn.*\"", start_of(text)),
    };
    let (name, rest) = match text.starts_with('"') {
        true => in_quotes(text).ok_or_else(|| expected("a closing quote"))?,
        false => {
            let end = text.find(is_reserved).unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            (name.to_owned(), rest)
        }
    };
    let rest = rest.trim_start();
    let found = OPERATORS.iter().find_map(|(sign, operator)| Some((rest.strip_prefix(sign)?, *operator)));
    let (rest, operator) = found.ok_or_else(|| expected("=, !=, =~ or !~ after a label's name"))?;
    let rest = rest.trim_start();
    let (value, rest) = value(rest).ok_or_else(|| expected("a comma or the end after a value"))?;
    Ok((Matcher::new(&name, operator, &value)?, rest))
}

/// A value, and what follows the comma behind it.
fn value(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        let (value, rest) = in_quotes(text)?;
        return Some((value, behind_comma(rest)?));
    }
    // The newer form ends it at the first reserved sign, the older one at the comma.
    let end = text.find(is_reserved).unwrap_or(text.len());
    if let (value, Some(rest)) = (text.get(..end)?, behind_comma(text.get(end..)?)) {
        return Some((value.to_owned(), rest));
    }
    let end = text.find(',').unwrap_or(text.len());
    let raw = text.get(..end)?.trim_end();
    (!raw.contains('"')).then(|| (raw.to_owned(), text.get(end + 1..).unwrap_or_default()))
}

/// What follows a comma; at the end, nothing; before anything else, `None`.
fn behind_comma(text: &str) -> Option<&str> {
    let text = text.trim_start();
    if text.is_empty() { Some("") } else { text.strip_prefix(',') }
}

/// The text in the quotes that a text begins with, and what follows them.
fn in_quotes(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                same @ ('"' | '\\') => value.push(same),
                // `"\d+"` without a second backslash is a slip that the older form forgives.
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

/// Ends a name or a value that has no quotes.
fn is_reserved(c: char) -> bool {
    c.is_whitespace() || matches!(c, '{' | '}' | '!' | '=' | '~' | ',' | '\\' | '"' | '\'' | '`')
}
