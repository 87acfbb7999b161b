//! Strings, numbers and words: the leaves that stand between a call's parentheses.
//!
//! Invariant: a number or a word counts only where `,`, `)` or the end follows; `5min` and `true.rate` are paths.

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::combinator::{opt, recognize};

use super::expression::{Expression, Number, Quoted};
use super::parser::{Fault, Parsed, recoverable};
use super::path::is_path_character;

/// A string in single or double quotes. A backslash keeps the next character from ending it, as does a doubled quote.
pub(super) fn quoted(input: &str) -> Parsed<'_, Quoted> {
    let quote = match input.chars().next() {
        Some(c @ ('"' | '\'')) => c,
        _ => return recoverable(input, "a string"),
    };
    let mut rest = input.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '\\' => {
                rest.next();
            }
            '\n' | '\r' => {
                return Err(nom::Err::Failure(Fault::new(&input[at..], "a closing quote on the same line")));
            }
            c if c == quote => {
                // `""` is an empty string, `"a""b"` holds a doubled quote.
                let doubled = at > 1 && rest.next_if(|(_, next)| *next == quote).is_some();
                if !doubled {
                    let text = input[1..at].to_owned();
                    return Ok((&input[at + 1..], Quoted { text, quote }));
                }
            }
            _ => {}
        }
    }
    Err(nom::Err::Failure(Fault::new(&input[input.len()..], "a closing quote")))
}

/// `12`, `-1.5`, `.5`, `1e+2`, where nothing but `,`, `)` or the end follows.
pub(super) fn number(input: &str) -> Parsed<'_, Expression> {
    let digits = || take_while1::<_, _, Fault<'_>>(|c: char| c.is_ascii_digit());
    let exponent =
        || (nom::character::complete::one_of("eE"), opt(nom::character::complete::one_of("+-")), digits());
    let whole = recognize((opt(char('-')), digits(), opt((char('.'), digits())), opt(exponent())));
    let fraction = recognize((char('.'), digits(), opt(exponent())));
    let (rest, text) = nom::branch::alt((whole, fraction)).parse(input)?;
    if !ends_argument(rest) {
        return recoverable(input, "a number");
    }
    let number = match text.parse::<i64>() {
        Ok(integer) => Number::Integer(integer),
        // What a double cannot hold is infinite.
        Err(_) => match text.parse::<f64>() {
            Ok(float) => Number::Float(float),
            Err(_) => return recoverable(input, "a number"),
        },
    };
    Ok((rest, Expression::Number(number)))
}

/// `true`, `false`, `none` and `inf`, in any case.
pub(super) fn word(input: &str) -> Parsed<'_, Expression> {
    let (rest, text) = take_while1(|c: char| c.is_ascii_alphabetic()).parse(input)?;
    let value = match text.to_ascii_lowercase().as_str() {
        "true" => Expression::Boolean(true),
        "false" => Expression::Boolean(false),
        "none" => Expression::None,
        "inf" => Expression::Infinity,
        _ => return recoverable(input, "true, false, None or inf"),
    };
    let continues = rest.starts_with(|c: char| is_path_character(c) || matches!(c, '.' | '{' | '\\'))
        || rest.trim_start().starts_with(['(', '|']);
    if continues { recoverable(input, "a word") } else { Ok((rest, value)) }
}

fn ends_argument(rest: &str) -> bool {
    // Blanks are what they are everywhere else in the grammar: a form feed, too.
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with([',', ')'])
}
