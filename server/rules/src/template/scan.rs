//! A template taken apart: text, `{{ … }}`, `{% … %}` and comments, and the words inside of code.
//!
//! Invariant: the parts cover the text in order, and end where the template engine ends them. What the code means is not
//! known here.

use std::ops::Range;

use super::Piece;

/// A part of a template; ranges are bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Text that stands for itself.
    Text(Range<usize>),
    /// What stands between `{{` and `}}`.
    Expression(Range<usize>),
    /// What stands between `{%` and `%}`.
    Statement(Range<usize>),
    /// A comment, or the frame of a text that is taken as it is.
    Nothing,
}

impl Part {
    /// The code in it.
    pub(super) fn code(&self) -> Option<Range<usize>> {
        match self {
            Part::Expression(range) | Part::Statement(range) => Some(range.clone()),
            Part::Text(_) | Part::Nothing => None,
        }
    }
}

/// Takes a template apart. What is never closed is left to the engine's own message: it counts as code up to the end.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let Some(begin) = next_opening(text, at) else {
            parts.push(Part::Text(at..text.len()));
            break;
        };
        if begin > at {
            parts.push(Part::Text(at..begin));
        }
        let inside = begin + 2;
        at = match text.as_bytes().get(begin + 1) {
            Some(b'#') => {
                parts.push(Part::Nothing);
                find(text, inside, "#}").map_or(text.len(), |end| end + 2)
            }
            Some(b'{') => {
                let end = code_end(text, inside, "}}");
                parts.push(Part::Expression(inside..end));
                (end + 2).min(text.len())
            }
            _ => {
                let end = code_end(text, inside, "%}");
                let after = (end + 2).min(text.len());
                match word_alone(&text[inside..end]) {
                    "raw" => raw(text, after, &mut parts),
                    _ => {
                        parts.push(Part::Statement(inside..end));
                        after
                    }
                }
            }
        };
    }
    parts
}

/// Text up to `{% endraw %}`; returns where the template goes on.
fn raw(text: &str, from: usize, parts: &mut Vec<Part>) -> usize {
    let mut at = from;
    while let Some(begin) = find(text, at, "{%") {
        if let Some(end) = find(text, begin, "%}").filter(|&end| end >= begin + 2)
            && word_alone(&text[begin + 2..end]) == "endraw"
        {
            parts.push(Part::Text(from..begin));
            parts.push(Part::Nothing);
            return end + 2;
        }
        at = begin + 2;
    }
    parts.push(Part::Text(from..text.len()));
    text.len()
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    text.get(from..)?.find(what).map(|at| at + from)
}

fn next_opening(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len().saturating_sub(1))
        .find(|&at| bytes[at] == b'{' && matches!(bytes[at + 1], b'{' | b'%' | b'#'))
}

/// Where code ends: at its closing sign outside of strings and brackets.
fn code_end(text: &str, from: usize, closing: &str) -> usize {
    let mut depth = 0_usize;
    for token in tokens(text, from..text.len()) {
        match token.kind {
            Kind::Symbol(_) if depth == 0 && text[token.range.start..].starts_with(closing) => {
                return token.range.start;
            }
            Kind::Symbol('(' | '[' | '{') => depth += 1,
            Kind::Symbol(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

fn word_alone(code: &str) -> &str {
    code.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '+'))
}

/// A word, a string or a sign of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Word,
    /// `$` and a name.
    Variable,
    /// A quoted text, also one in back quotes; or one that is not closed.
    Quoted,
    /// A number without a sign.
    Number,
    /// Any other character.
    Symbol(char),
}

/// The tokens of a piece of code.
pub(super) fn tokens(text: &str, code: Range<usize>) -> impl Iterator<Item = Token> + '_ {
    let mut at = code.start;
    std::iter::from_fn(move || {
        let rest = text.get(at..code.end)?;
        let trimmed = rest.trim_start();
        let start = at + (rest.len() - trimmed.len());
        let first = trimmed.chars().next()?;
        let (kind, length) = match first {
            '$' => (Kind::Variable, 1 + word_length(&trimmed[1..])),
            '"' | '\'' | '`' => (Kind::Quoted, quoted_length(trimmed, first)),
            c if c.is_ascii_digit() => (Kind::Number, number_length(trimmed)),
            c if c.is_ascii_alphabetic() || c == '_' => (Kind::Word, word_length(trimmed)),
            c => (Kind::Symbol(c), c.len_utf8()),
        };
        at = start + length;
        Some(Token { kind, range: start..at })
    })
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

fn number_length(text: &str) -> usize {
    let whole = word_length(text);
    let fraction = text[whole..].strip_prefix('.').map_or(0, |after| match word_length(after) {
        0 => 0,
        digits => digits + 1,
    });
    whole + fraction
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// What the output is made of. From the first statement to the last one anything can come out.
pub(super) fn pieces(text: &str, parts: &[Part]) -> Vec<Piece> {
    let is_statement = |part: &Part| matches!(part, Part::Statement(_));
    let (first, last) = (parts.iter().position(is_statement), parts.iter().rposition(is_statement));
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let is_conditional = first.is_some_and(|first| at >= first) && last.is_some_and(|last| at <= last);
        let piece = match part {
            _ if is_conditional => Piece::AnyText,
            Part::Text(range) => Piece::Text(text[range.clone()].to_owned()),
            Part::Expression(range) => of_expression(text, range),
            Part::Statement(_) | Part::Nothing => continue,
        };
        if piece != Piece::AnyText || pieces.last() != Some(&Piece::AnyText) {
            pieces.push(piece);
        }
    }
    pieces
}

/// Nodes, labels and tags count as a `*`; a whole name, which has dots, as any text.
fn of_expression(text: &str, code: &Range<usize>) -> Piece {
    let tokens: Vec<Token> = tokens(text, code.clone()).collect();
    let word = |token: &Token| (token.kind == Kind::Word).then(|| &text[token.range.clone()]);
    let names_whole = tokens.iter().enumerate().any(|(at, token)| match word(token) {
        Some("series" | "graph_url") => true,
        // `tag("name")` is the metric's name; what `tag(…)` of anything but a plain text is, nobody knows.
        Some("tag") => match tokens.get(at + 2) {
            Some(Token { kind: Kind::Quoted, range }) => {
                matches!(&text[range.clone()], "\"name\"" | "'name'")
            }
            _ => true,
        },
        _ => false,
    });
    if names_whole { Piece::AnyText } else { Piece::WithinNode }
}
