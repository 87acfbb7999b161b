//! The names and filters of a template, before it is ever rendered.
//!
//! Invariant: a misspelt name is found at load, at its place, and not when an event happens.

use std::collections::HashSet;

use plumbago_protocol::limits::{TEMPLATE_CODE_TOKENS_MAX, TEMPLATE_STATEMENTS_MAX};

use super::environment::{FILTERS, has_filter, has_function};
use super::scan::{Kind, Part, Token, tokens};
use super::{TemplateError, Vocabulary, go};
use crate::nearest::nearest;

/// The code is small enough to be compiled: the engine's parser and compiler take stack for what is chained or nested.
pub(super) fn size(text: &str, parts: &[Part]) -> Result<(), TemplateError> {
    let statements = || parts.iter().filter(|part| matches!(part, Part::Statement(_)));
    if let Some(Part::Statement(range)) = statements().nth(TEMPLATE_STATEMENTS_MAX) {
        let message = format!("a template has at most {TEMPLATE_STATEMENTS_MAX} statements");
        return Err(TemplateError::at(text, range.start, message));
    }
    for code in parts.iter().filter_map(Part::code) {
        if let Some(token) = tokens(text, code).nth(TEMPLATE_CODE_TOKENS_MAX) {
            let message = format!(
                "a piece of code has at most {TEMPLATE_CODE_TOKENS_MAX} words and signs; cut it in two"
            );
            return Err(TemplateError::at(text, token.range.start, message));
        }
    }
    Ok(())
}

/// Every filter exists, here or among those of Go's that have been translated.
pub(super) fn filters(text: &str, parts: &[Part], vocabulary: &Vocabulary) -> Result<(), TemplateError> {
    for code in parts.iter().filter_map(Part::code) {
        let tokens: Vec<Token> = tokens(text, code).collect();
        for pair in tokens.windows(2) {
            let [Token { kind: Kind::Symbol('|'), .. }, Token { kind: Kind::Word, range }] = pair else {
                continue;
            };
            let name = &text[range.clone()];
            let is_go = vocabulary.go_pipes.iter().any(|(pipe, _)| *pipe == name);
            if !has_filter(name) && !is_go {
                let near = hint(name, FILTERS.iter().copied());
                return Err(TemplateError::at(text, range.start, format!("unknown filter {name:?}{near}")));
            }
        }
    }
    Ok(())
}

/// Every name that is `used` without being set in the template exists.
pub(super) fn names(
    text: &str,
    parts: &[Part],
    used: &HashSet<String>,
    vocabulary: &Vocabulary,
) -> Result<(), TemplateError> {
    let names = vocabulary.names;
    let mut unknown: Vec<&str> =
        used.iter().map(String::as_str).filter(|name| !names.contains(name) && !has_function(name)).collect();
    unknown.sort_unstable();
    let Some(name) = unknown.first() else { return Ok(()) };
    let mut all = parts.iter().filter_map(Part::code).flat_map(|code| tokens(text, code));
    let place = all.find(|token| token.kind == Kind::Word && text[token.range.clone()] == **name);
    let offset = place.map_or(0, |token| token.range.start);
    if go::KEYWORDS.contains(name) {
        return Err(go::refusal(text, offset, name, vocabulary));
    }
    let near = hint(name, names.iter().copied());
    Err(TemplateError::at(text, offset, format!("unknown name {name:?}{near}")))
}

/// What may have been meant.
fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!(": did you mean {near:?}?"),
        None => format!("; there are {}", known.collect::<Vec<_>>().join(", ")),
    }
}
