//! Metric paths as they stand in an expression: nodes, dots, globs, braces and escapes.
//!
//! Invariant: the text is kept as written; `pattern_text` takes the escapes out. What a glob matches is decided elsewhere.

use super::parser::{Fault, Parsed, recoverable};
use plumbago_protocol::limits;

/// The characters that mean something to the grammar and need a backslash to stand in a name.
const SYMBOLS: &str = "(){},.'\"\\|";

/// Whether a character may stand in a path without an escape.
pub(super) fn is_path_character(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !SYMBOLS.contains(c)
}

/// The longest path at the start of `input`.
pub(super) fn path(input: &str) -> Parsed<'_, String> {
    let mut at = 0;
    while let Some(c) = input[at..].chars().next() {
        let length = match c {
            '.' if at > 0 || leads_a_name(&input[1..]) => 1,
            '{' => group_length(&input[at..], 0)?,
            '\\' => escape_length(&input[at..]),
            c if is_path_character(c) => c.len_utf8(),
            _ => 0,
        };
        if length == 0 {
            break;
        }
        at += length;
    }
    if at == 0 {
        return recoverable(input, "a metric path or a function call");
    }
    Ok((&input[at..], input[..at].to_owned()))
}

/// Whether dots in front of `rest` belong to a name, where they are dropped as on ingest. `.5` is a number, and
/// `../etc` no name.
fn leads_a_name(rest: &str) -> bool {
    let first = rest.trim_start_matches('.').chars().next();
    first.is_some_and(|c| c.is_alphabetic() || "_*?[".contains(c))
}

/// The path without its escapes, as Graphite shows it in names and matches it against the store.
pub(crate) fn pattern_text(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        let skip = usize::from(c == '\\' && escape_length(rest) > 1);
        let taken = rest[skip..].chars().next().map_or(0, char::len_utf8);
        text.push_str(&rest[skip..skip + taken]);
        rest = &rest[skip + taken..];
    }
    text
}

/// Whether a backslash before the character is taken out.
pub(super) fn is_escapable(c: char) -> bool {
    SYMBOLS.contains(c) || c == '='
}

/// Whether the path's last character is a backslash that stands for itself.
pub(super) fn ends_in_stray_backslash(path: &str) -> bool {
    let mut rest = path;
    while let Some(at) = rest.find('\\') {
        let length = escape_length(&rest[at..]);
        if length == 1 && at + 1 == rest.len() {
            return true;
        }
        rest = &rest[at + length..];
    }
    false
}

/// Length of `\` plus a symbol; a backslash before anything else stands for itself.
fn escape_length(input: &str) -> usize {
    match input[1..].chars().next() {
        Some(c) if is_escapable(c) => 1 + c.len_utf8(),
        _ => 1,
    }
}

/// Length of a brace group, nested ones included.
fn group_length(input: &str, depth: usize) -> Result<usize, nom::Err<Fault<'_>>> {
    let fault = |at: usize, expected| Err(nom::Err::Failure(Fault::new(&input[at..], expected)));
    if depth >= limits::GLOB_NESTING_MAX {
        return fault(0, "fewer nested braces");
    }
    let mut at = 1;
    loop {
        match input[at..].chars().next() {
            Some('}') => return Ok(at + 1),
            Some('{') => at += group_length(&input[at..], depth + 1)?,
            Some('\\') => at += escape_length(&input[at..]),
            Some(',') => at += 1,
            Some(c) if is_path_character(c) => at += c.len_utf8(),
            _ => return fault(at, "a closing brace"),
        }
    }
}
