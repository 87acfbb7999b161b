//! The recursive part of the grammar: expressions, calls, pipes and templates.
//!
//! Invariant: recursion is bounded by `limits::QUERY_NESTING_MAX` and the text by `limits::TARGET_BYTES_MAX`, so no
//! text can exhaust the stack. A fault is reported at the farthest place that any alternative reached.

use std::fmt;

use nom::bytes::complete::{take_while, take_while1};
use nom::combinator::recognize;
use nom::{IResult, Parser};
use plumbago_protocol::limits;

use super::expression::{Argument, Call, Expression, Span};
use super::{lenient, literal, path};

/// Why a text is not an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The column of the fault, in characters from 1.
    pub column: usize,
    /// What would have been right there.
    pub expected: String,
    /// What stands there, shortened; empty at the end of the text.
    pub found: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: expected {}, found ", self.column, self.expected)?;
        match self.found.is_empty() {
            true => write!(f, "the end"),
            false => write!(f, "{:?}", self.found),
        }
    }
}

impl std::error::Error for SyntaxError {}

/// Parses an expression that was put together from names: where it is none, it stands for the expression that it begins
/// with.
///
/// # Errors
/// It does not even begin with a path.
pub(crate) fn parse_derived(text: &str) -> Result<Expression, SyntaxError> {
    parse(text).or_else(|error| beginning(text).ok_or(error))
}

/// The expression that a text begins with, whatever follows: a call or template that is whole, else a path.
pub(super) fn beginning(text: &str) -> Option<Expression> {
    let within_limit = text.len() <= limits::TARGET_BYTES_MAX;
    let whole = within_limit
        .then(|| expression(text, Context { text, depth: 0, is_argument: false }))
        .and_then(Result::ok);
    match whole {
        Some((_, tree)) => Some(lenient::without_keyword_calls(tree)),
        None => lenient::leading_path(text),
    }
}

/// Parses one target.
///
/// # Errors
/// The column and what was expected there, for the first fault in the text.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    if text.len() > limits::TARGET_BYTES_MAX {
        let expected = format!("at most {} bytes", limits::TARGET_BYTES_MAX);
        return Err(SyntaxError { column: 1, expected, found: String::new() });
    }
    if let Some(bare) = lenient::bare_path(text) {
        return Ok(bare);
    }
    let context = Context { text, depth: 0, is_argument: false };
    let fault = match expression(text, context) {
        Ok((rest, tree)) => match rest.trim_start() {
            "" => return Ok(lenient::without_keyword_calls(tree)),
            rest if lenient::is_ignored_pipe(rest, context) => return Ok(lenient::as_bare(tree)),
            rest => Fault::new(rest, "the end, or a pipe"),
        },
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => fault,
        Err(nom::Err::Incomplete(_)) => Fault::new(text, "an expression"),
    };
    Err(fault.describe(text))
}

pub(super) type Parsed<'a, T> = IResult<&'a str, T, Fault<'a>>;

/// A fault, as the rest of the text where it happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault<'a> {
    rest: &'a str,
    expected: &'static str,
}

impl<'a> Fault<'a> {
    pub(super) fn new(rest: &'a str, expected: &'static str) -> Fault<'a> {
        Fault { rest, expected }
    }

    fn describe(&self, text: &str) -> SyntaxError {
        let offset = text.len().saturating_sub(self.rest.len());
        let column = text.get(..offset).map_or(0, |before| before.chars().count()) + 1;
        let found = self.rest.chars().take(12).collect();
        SyntaxError { column, expected: self.expected.to_owned(), found }
    }
}

impl<'a> nom::error::ParseError<&'a str> for Fault<'a> {
    fn from_error_kind(input: &'a str, _: nom::error::ErrorKind) -> Self {
        Fault::new(input, "an expression")
    }

    fn append(_: &'a str, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }

    fn or(self, other: Self) -> Self {
        if other.rest.len() <= self.rest.len() { other } else { self }
    }
}

pub(super) fn recoverable<'a, T>(input: &'a str, expected: &'static str) -> Parsed<'a, T> {
    Err(nom::Err::Error(Fault::new(input, expected)))
}

fn fatal<'a, T>(input: &'a str, expected: &'static str) -> Parsed<'a, T> {
    Err(nom::Err::Failure(Fault::new(input, expected)))
}

/// The whole text, to compute offsets, and how deep the parser stands in it.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    text: &'a str,
    depth: usize,
    /// Whether this is inside a call, where nothing is cut short.
    is_argument: bool,
}

impl<'a> Context<'a> {
    fn offset(self, rest: &str) -> usize {
        self.text.len().saturating_sub(rest.len())
    }

    fn deeper(self, input: &'a str) -> Result<Context<'a>, nom::Err<Fault<'a>>> {
        let depth = self.depth + 1;
        if depth > limits::QUERY_NESTING_MAX {
            return Err(nom::Err::Failure(Fault::new(input, "a less deeply nested expression")));
        }
        Ok(Context { depth, ..self })
    }
}

/// A call, template or path, and the calls it is piped through.
fn expression<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Expression> {
    let mut context = context.deeper(input)?;
    let (mut rest, mut tree) = head(input.trim_start(), context)?;
    while let Some(piped) = rest.trim_start().strip_prefix('|') {
        let piped = piped.trim_start();
        if identifier_before(piped, '(').is_none() {
            return fatal(piped, "a function call after the pipe");
        }
        // A chain of pipes nests as deeply as the calls it stands for.
        context = context.deeper(piped)?;
        if !context.is_argument && lenient::is_keywords_only(piped, context) {
            break;
        }
        let (after, call) = call(piped, context)?;
        tree = Expression::Pipe { input: Box::new(tree), call };
        rest = after;
    }
    Ok((rest, tree))
}

fn head<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Expression> {
    match identifier_before(input, '(') {
        Some("template") => template(input, context),
        Some(_) => call(input, context).map(|(rest, call)| (rest, Expression::Call(call))),
        None => path::path(input).map(|(rest, path)| (rest, Expression::Path(path))),
    }
}

/// The identifier at the start of `input`, if `symbol` follows it (blanks between them do not matter).
fn identifier_before(input: &str, symbol: char) -> Option<&str> {
    let (rest, name) = identifier(input).ok()?;
    rest.trim_start().starts_with(symbol).then_some(name)
}

fn identifier(input: &str) -> Parsed<'_, &str> {
    let first = take_while1(|c: char| c.is_ascii_alphabetic() || c == '_');
    let others = take_while(|c: char| c.is_ascii_alphanumeric() || c == '_');
    recognize((first, others)).parse(input)
}

pub(super) fn call<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Call> {
    let start = context.offset(input);
    let (rest, function) = identifier(input)?;
    let (rest, arguments) = arguments(rest, context)?;
    let span = Span { start, end: context.offset(rest) };
    Ok((rest, Call { function: function.to_owned(), arguments, span }))
}

/// `(a, b, key=c)`
fn arguments<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Vec<Argument>> {
    let Some(mut rest) = input.trim_start().strip_prefix('(').map(str::trim_start) else {
        return recoverable(input, "an opening parenthesis");
    };
    let mut arguments: Vec<Argument> = Vec::new();
    if let Some(after) = rest.strip_prefix(')') {
        return Ok((after, arguments));
    }
    loop {
        if arguments.len() >= limits::QUERY_ARGUMENTS_MAX {
            return fatal(rest, "fewer arguments");
        }
        let (after, argument) = argument(rest, context)?;
        let after_keyword = arguments.last().is_some_and(|last| last.keyword.is_some());
        if after_keyword && argument.keyword.is_none() {
            return fatal(rest, "a keyword argument, as the one before");
        }
        arguments.push(argument);
        let after = after.trim_start();
        if let Some(after) = after.strip_prefix(')') {
            return Ok((after, arguments));
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return fatal(after, "a comma or a closing parenthesis"),
        }
    }
}

fn argument<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Argument> {
    let Some(keyword) = identifier_before(input, '=') else {
        let (rest, value) = value(input, context)?;
        return Ok((rest, Argument { keyword: None, value }));
    };
    let after = input[keyword.len()..].trim_start();
    let (rest, value) = value(after[1..].trim_start(), context)?;
    Ok((rest, Argument { keyword: Some(keyword.to_owned()), value }))
}

fn value<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Expression> {
    if let Ok(found) = literal::word(input) {
        return Ok(found);
    }
    match literal::number(input) {
        Err(nom::Err::Error(_)) => {}
        decided => return decided,
    }
    match literal::quoted(input) {
        Ok((rest, text)) => Ok((rest, Expression::Text(text))),
        Err(nom::Err::Error(_)) => match expression(input, Context { is_argument: true, ..context }) {
            Err(nom::Err::Error(fault)) => fatal(fault.rest, "an argument"),
            decided => decided,
        },
        Err(fault) => Err(fault),
    }
}

/// `template(body, values)`: one call or path, then numbers and strings.
fn template<'a>(input: &'a str, context: Context<'a>) -> Parsed<'a, Expression> {
    let (after_name, _) = identifier(input)?;
    let (rest, mut arguments) = arguments(after_name, context)?;
    if arguments.is_empty() || arguments[0].keyword.is_some() {
        return fatal(after_name, "a path or a call as template's first argument");
    }
    let body = arguments.remove(0).value;
    if !matches!(body, Expression::Call(_) | Expression::Path(_)) {
        return fatal(after_name, "a path or a call as template's first argument");
    }
    let literals = arguments.iter().all(|a| matches!(a.value, Expression::Number(_) | Expression::Text(_)));
    let keywords = arguments.iter().filter(|a| a.keyword.is_some()).count();
    if !literals {
        return fatal(after_name, "numbers and strings only as template's values");
    }
    if keywords != 0 && keywords != arguments.len() {
        return fatal(after_name, "template values all with a keyword, or all without");
    }
    Ok((rest, Expression::Template { body: Box::new(body), values: arguments }))
}
