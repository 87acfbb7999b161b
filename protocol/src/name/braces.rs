//! Tagged names in carbon's other syntax: `name{tag="value",…}`.
//!
//! Owns the reading of that syntax, which it turns into `name;tag=value;…`; the rules for tags are those of the
//! other file. In a value `\"` and `\\` stand for `"` and `\`; no other escape is known.

use super::tagged::canonical_tagged;
use crate::refusal::Refusal;

/// Whether a name that holds a `{` is meant in this syntax. Trailing dots, which the canonical form drops, do not
/// count: what is left without them must not change its meaning.
pub(super) fn is_in_braces(name: &str) -> bool {
    name.trim_end_matches('.').ends_with("\"}")
}

/// The canonical form of a name in this syntax whose first `{` is at `brace`.
pub(super) fn canonical_in_braces(name: &str, brace: usize) -> Result<String, Refusal> {
    let (path, rest) = name.split_at(brace);
    let mut rest = rest
        .trim_end_matches('.')
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or_default();
    let mut written = String::with_capacity(name.len());
    written.push_str(path);
    while !rest.is_empty() {
        let (key, after) = rest.split_once("=\"").ok_or(Refusal::TagInvalid)?;
        if key.contains([';', '=']) {
            return Err(Refusal::TagInvalid);
        }
        written.push(';');
        written.push_str(key);
        written.push('=');
        rest = push_value(&mut written, after)?;
        rest = match rest.strip_prefix(',') {
            Some("") => return Err(Refusal::TagInvalid),
            Some(next) => next,
            None if rest.is_empty() => rest,
            None => return Err(Refusal::TagInvalid),
        };
    }
    if written.len() == path.len() {
        return Err(Refusal::TagInvalid);
    }
    canonical_tagged(&written, path.len()).map(|name| name.into_owned())
}

/// Appends the value that ends at the next bare `"`, and returns what follows it.
fn push_value<'a>(written: &mut String, text: &'a str) -> Result<&'a str, Refusal> {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok(text.get(at + 1..).unwrap_or_default()),
            ';' => return Err(Refusal::TagInvalid),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => written.push(escaped),
                _ => return Err(Refusal::TagInvalid),
            },
            _ => written.push(character),
        }
    }
    Err(Refusal::TagInvalid)
}
