//! What takes the place of a match: replacement texts as Python's `re.sub` reads them.
//!
//! Invariant: a parsed replacement names only groups that its expression has. `\1` to `\99`, `\g<1>` and `\g<name>` stand
//! for groups, `\0…` and three octal digits for a character, `\n` and its like for control characters; a backslash before
//! anything that is no letter stays where it is. Searching is `rewrite`'s business.

use std::iter::Peekable;
use std::str::Chars;

use fancy_regex::{Captures, Regex};
use plumbago_protocol::limits::CARBON_TEMPLATE_BYTES_MAX;

/// A replacement, cut into its pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// What this group matched; nothing where it took no part.
    Group(usize),
}

impl Replacement {
    /// Reads `text`, whose groups are those of `regex`.
    ///
    /// # Errors
    /// A sentence that says what Python would not take.
    pub(super) fn parse(text: &str, regex: &Regex) -> Result<Self, String> {
        if text.len() > CARBON_TEMPLATE_BYTES_MAX {
            return Err(format!("the replacement is longer than {CARBON_TEMPLATE_BYTES_MAX} bytes"));
        }
        let mut reader = Reader { pieces: Vec::new(), literal: String::new(), regex };
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            if character == '\\' {
                reader.escape(&mut rest)?;
            } else {
                reader.literal.push(character);
            }
        }
        reader.end_literal();
        Ok(Self { pieces: reader.pieces })
    }

    /// Appends what takes the place of one match.
    pub(super) fn expand(&self, captures: &Captures<'_, str>, output: &mut String) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => output.push_str(text),
                Piece::Group(number) => {
                    output.push_str(captures.get(*number).map_or("", |group| group.as_str()));
                }
            }
        }
    }
}

struct Reader<'r> {
    pieces: Vec<Piece>,
    literal: String,
    regex: &'r Regex,
}

impl Reader<'_> {
    /// What follows a backslash.
    fn escape(&mut self, rest: &mut Peekable<Chars<'_>>) -> Result<(), String> {
        let Some(escaped) = rest.next() else {
            return Err("the replacement ends with a backslash".to_owned());
        };
        match escaped {
            'g' => self.named_group(rest)?,
            '0' => {
                let mut code = 0;
                for _ in 0..2 {
                    code = take_digit(rest, 8).map_or(code, |digit| code * 8 + digit);
                }
                self.character(code);
            }
            '1'..='9' => self.numbered_group_or_character(escaped, rest)?,
            'a' => self.literal.push('\x07'),
            'b' => self.literal.push('\x08'),
            'f' => self.literal.push('\x0c'),
            'n' => self.literal.push('\n'),
            'r' => self.literal.push('\r'),
            't' => self.literal.push('\t'),
            'v' => self.literal.push('\x0b'),
            '\\' => self.literal.push('\\'),
            letter if letter.is_ascii_alphabetic() => {
                return Err(format!("the replacement holds `\\{letter}`, which means nothing"));
            }
            other => self.literal.extend(['\\', other]),
        }
        Ok(())
    }

    /// One or two digits are a group, three octal ones a character.
    fn numbered_group_or_character(
        &mut self,
        first: char,
        rest: &mut Peekable<Chars<'_>>,
    ) -> Result<(), String> {
        let first = first.to_digit(10).unwrap_or(0);
        let Some(second) = take_digit(rest, 10) else {
            return self.group(first as usize);
        };
        if first < 8
            && second < 8
            && let Some(third) = take_digit(rest, 8)
        {
            let code = (first * 8 + second) * 8 + third;
            if code > 0o377 {
                return Err(format!("the replacement holds `\\{code:o}`, which is beyond `\\377`"));
            }
            self.character(code);
            return Ok(());
        }
        self.group((first * 10 + second) as usize)
    }

    /// `<name>` or `<number>`, after `\g`.
    fn named_group(&mut self, rest: &mut Peekable<Chars<'_>>) -> Result<(), String> {
        let mut name = String::new();
        let is_open = rest.next() == Some('<');
        let is_closed = is_open
            && rest.by_ref().any(|character| {
                name.push(character);
                character == '>'
            });
        name.pop();
        if !is_closed || name.is_empty() {
            return Err("`\\g` in the replacement is not followed by `<group>`".to_owned());
        }
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.group(name.parse().unwrap_or(usize::MAX));
        }
        match self.regex.capture_names().position(|known| known == Some(name.as_str())) {
            Some(number) => self.group(number),
            None => Err(format!("the replacement names the group `{name}`, which the pattern lacks")),
        }
    }

    fn group(&mut self, number: usize) -> Result<(), String> {
        if number >= self.regex.captures_len() {
            return Err(format!("the replacement names the group {number}, which the pattern lacks"));
        }
        self.end_literal();
        self.pieces.push(Piece::Group(number));
        Ok(())
    }

    fn character(&mut self, code: u32) {
        self.literal.extend(char::from_u32(code & 0xff));
    }

    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.literal)));
        }
    }
}

/// The next character, if it is a digit to this base.
fn take_digit(rest: &mut Peekable<Chars<'_>>, base: u32) -> Option<u32> {
    let digit = rest.peek()?.to_digit(base)?;
    rest.next();
    Some(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(replacement: &str) -> Result<String, String> {
        let regex = Regex::new("(?P<host>[a-z]+)([0-9]+)(x)?").expect("an expression");
        let replacement = Replacement::parse(replacement, &regex)?;
        let captures = regex.captures("web17").expect("a search").expect("a match");
        let mut output = String::new();
        replacement.expand(&captures, &mut output);
        Ok(output)
    }

    #[test]
    fn replacements_are_python_s() {
        for (replacement, expected) in [
            ("", ""),
            ("plain.$1", "plain.$1"),
            (r"\1.\2", "web.17"),
            (r"\g<host>-\g<2>-\g<0>", "web-17-web17"),
            (r"[\3]", "[]"),
            (r"\20", "bad"),
            (r"\062\x", "bad"),
            (r"\062", "2"),
            (r"\101\0", "A\0"),
            (r"\g<1>0", "web0"),
            (r"\.\-", r"\.\-"),
            (r"a\\b\n", "a\\b\n"),
        ] {
            let found = expand(replacement);
            if expected == "bad" {
                assert!(found.is_err(), "{replacement}: {found:?}");
            } else {
                assert_eq!(found.as_deref(), Ok(expected), "{replacement}");
            }
        }
    }

    #[test]
    fn what_python_refuses_is_refused_in_a_sentence() {
        for (replacement, part) in [
            ("\\", "ends with a backslash"),
            (r"\4", "the group 4"),
            (r"\99", "the group 99"),
            (r"\777", "beyond"),
            (r"\q", r"`\q`"),
            (r"\g", "not followed by"),
            (r"\g<", "not followed by"),
            (r"\g<>", "not followed by"),
            (r"\g<nobody>", "the group `nobody`"),
            (r"\g<99999999999999999999999>", "which the pattern lacks"),
        ] {
            let error = expand(replacement).expect_err(replacement);
            assert!(error.contains(part), "{replacement}: {error}");
        }
        let long = "x".repeat(CARBON_TEMPLATE_BYTES_MAX + 1);
        assert!(expand(&long).expect_err("too long").contains("longer"));
    }
}
