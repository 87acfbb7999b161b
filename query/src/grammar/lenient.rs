//! The few texts that graphite-web cuts short and answers all the same, and that dashboards therefore contain.
//!
//! Everything else that does not parse is an error with a column. Two things are cut here:
//! a target that is nothing but a path ends before a backslash that escapes nothing, before a brace group that is nested,
//! has blanks or an empty alternative, and before a blank that precedes a dot; and a call that has keyword arguments only
//! is not seen as a call: in a target's own pipe it is dropped with all that follows it, as a target it is a path. Inside
//! the arguments of a call nothing is dropped.

use super::expression::{Call, Expression};
use super::parser::{self, Context};
use super::path::{is_escapable, is_path_character};

/// A target that is a path and would be cut short; `None` for everything that the grammar proper should read.
pub(super) fn bare_path(text: &str) -> Option<Expression> {
    let text = text.trim();
    if text.contains(['(', ')', '|', '"', '\'']) || text.matches('{').count() != text.matches('}').count() {
        return None;
    }
    let length = strict_prefix(text);
    let (kept, tail) = text.split_at(length);
    let after_dot = tail.strip_prefix('.').unwrap_or(tail);
    let blank_before_dot = tail.trim_start().starts_with('.') && !tail.starts_with('.');
    let cut = after_dot.starts_with(['{', '\\']) || blank_before_dot;
    (cut && !kept.is_empty()).then(|| Expression::Path(kept.to_owned()))
}

/// A tree whose pipe was dropped: a path that is left alone reads as one that always was.
pub(super) fn as_bare(tree: Expression) -> Expression {
    match &tree {
        Expression::Path(path) => bare_path(path).unwrap_or(tree),
        _ => tree,
    }
}

/// The path that a text begins with, whatever follows.
pub(super) fn leading_path(text: &str) -> Option<Expression> {
    let text = text.trim_start();
    let kept = &text[..strict_prefix(text)];
    (!kept.is_empty()).then(|| Expression::Path(kept.to_owned()))
}

/// A target that is a call with keyword arguments only reads as a path of the function's name.
pub(super) fn without_keyword_calls(tree: Expression) -> Expression {
    match tree {
        Expression::Call(call) if has_keywords_only(&call) => Expression::Path(call.function),
        other => other,
    }
}

fn has_keywords_only(call: &Call) -> bool {
    !call.arguments.is_empty() && call.arguments.iter().all(|argument| argument.keyword.is_some())
}

/// Whether all that remains is a pipe into a call with keyword arguments only.
pub(super) fn is_ignored_pipe(rest: &str, context: Context<'_>) -> bool {
    rest.strip_prefix('|').is_some_and(|piped| is_keywords_only(piped.trim_start(), context))
}

/// Whether a call has keyword arguments only.
pub(super) fn is_keywords_only(input: &str, context: Context<'_>) -> bool {
    match parser::call(input, context) {
        Ok((_, call)) => has_keywords_only(&call),
        Err(_) => false,
    }
}

/// Length of the longest prefix made of nodes, escapes and flat brace groups without empty alternatives.
fn strict_prefix(text: &str) -> usize {
    let mut end = 0;
    let mut at = 0;
    while at < text.len() {
        let element = element_length(&text[at..]);
        if element == 0 {
            break;
        }
        at += element;
        end = at;
        // Repeated and trailing dots are canonicalised, they do not end a path.
        at += text[at..].len() - text[at..].trim_start_matches('.').len();
        if at == text.len() {
            end = at;
        }
    }
    end
}

fn element_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let length = match c {
            '{' => flat_group_length(&text[at..]),
            '\\' => escape_length(&text[at..]),
            c if is_path_character(c) => c.len_utf8(),
            _ => 0,
        };
        if length == 0 {
            break;
        }
        at += length;
    }
    at
}

fn escape_length(text: &str) -> usize {
    match text[1..].chars().next() {
        Some(c) if is_escapable(c) => 1 + c.len_utf8(),
        _ => 0,
    }
}

fn flat_group_length(text: &str) -> usize {
    let Some(end) = text.find('}') else { return 0 };
    let flat = text[1..end]
        .split(',')
        .all(|alternative| !alternative.is_empty() && alternative.chars().all(is_path_character));
    if flat { end + 1 } else { 0 }
}

/// The first path inside a name such as `scale(app.*.hits,2)`: what functions that count nodes look at.
pub(crate) fn first_path(name: &str) -> Option<String> {
    let mut tree = parser::beginning(name)?;
    loop {
        tree = match tree {
            Expression::Path(path) => return Some(super::path::pattern_text(&path)),
            Expression::Pipe { input, .. } => *input,
            Expression::Call(mut call) if !call.arguments.is_empty() => call.arguments.swap_remove(0).value,
            _ => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_at_the_end_of_a_path_stays_by_itself() {
        for text in ["f(a\\ )", "f(a\\ ,b\\ )|g(c\\\\)", "f(a\\\\\\ , 1)"] {
            let tree = parser::parse(text).expect("a call");
            assert_eq!(parser::parse(&tree.to_string()).as_ref(), Ok(&tree), "{text} printed as {tree}");
        }
    }

    #[test]
    fn a_path_whose_pipe_is_dropped_reads_as_one_without() {
        let piped = parser::parse("a\\b.c|f(x=1)").expect("a path").to_string();
        let alone = parser::parse("a\\b.c").expect("a path").to_string();
        assert_eq!((piped.as_str(), alone.as_str()), ("a", "a"));
    }

    #[test]
    fn a_pipe_inside_an_argument_is_a_pipe() {
        let tree = parser::parse("scale(a.b|movingSum(windowSize=3),2)").expect("a call");
        assert_eq!(parser::parse(&tree.to_string()).as_ref(), Ok(&tree));
        assert!(tree.to_string().contains("windowSize=3"), "{tree}");
        assert_eq!(parser::parse("a.b|movingSum(windowSize=3)").expect("a path").to_string(), "a.b");
    }

    #[test]
    fn a_backslash_before_a_control_character_escapes_nothing() {
        let cut = bare_path("a\\\0\\x").map(|tree| tree.to_string());
        assert_eq!(cut.as_deref(), Some("a"));
        assert!(parser::parse("\\\0\\x").is_err());
    }
}
