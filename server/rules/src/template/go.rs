//! Go's templates, the few forms that rule files of others hold: `{{ $labels.x }}`, `{{ .Value | humanize }}`,
//! `{{ printf "%.1f" $value }}`.
//!
//! Invariant: what looks like Go's is either translated with the same meaning or refused at its place; nothing of it is
//! passed on. Columns of faults are those of the text as it was written.

use std::ops::Range;

use super::scan::{Kind, Part, Token, tokens};
use super::{TemplateError, Vocabulary};

/// Words that begin an action of Go's templates and are no names of ours.
pub(super) const KEYWORDS: [&str; 9] =
    ["if", "else", "end", "range", "with", "define", "template", "block", "break"];

/// A template's text in our own form.
pub(super) struct Translated<'a> {
    pub(super) original: &'a str,
    pub(super) text: String,
    /// Where each stretch begins in `text`, where in `original`, and whether it was changed.
    stretches: Vec<(usize, usize, bool)>,
}

impl Translated<'_> {
    /// Where in the original something at `offset` of the translation comes from.
    pub(super) fn original_offset(&self, offset: usize) -> usize {
        match self.stretches.iter().rev().find(|(start, ..)| *start <= offset) {
            Some((_, original, true)) => *original,
            Some((start, original, false)) => original + (offset - start),
            None => 0,
        }
    }
}

/// Translates every expression that is Go's.
pub(super) fn translate<'a>(
    text: &'a str,
    parts: &[Part],
    vocabulary: &Vocabulary,
) -> Result<Translated<'a>, TemplateError> {
    let mut translated = Translated { original: text, text: String::new(), stretches: Vec::new() };
    let mut done = 0;
    for part in parts {
        let Some(code) = part.code() else { continue };
        let tokens: Vec<Token> = tokens(text, code.clone()).collect();
        if !is_go(text, part, &tokens, vocabulary) {
            continue;
        }
        // Blanks are trimmed as `-` asks in both languages.
        let begins_trimmed = text[code.clone()].starts_with('-');
        let ends_trimmed = text[code.clone()].len() > 1 && text[code.clone()].ends_with('-');
        let inner = code.start + usize::from(begins_trimmed)..code.end - usize::from(ends_trimmed);
        let tokens: Vec<Token> = super::scan::tokens(text, inner.clone()).collect();
        let ours = Parser { text, tokens: &tokens, at: 0, end: inner.end, vocabulary }.pipeline()?;
        push(&mut translated, done..inner.start, false, &text[done..inner.start]);
        push(&mut translated, inner.clone(), true, &format!(" {ours} "));
        done = inner.end;
    }
    push(&mut translated, done..text.len(), false, &text[done..]);
    Ok(translated)
}

fn push(translated: &mut Translated<'_>, original: Range<usize>, changed: bool, stretch: &str) {
    translated.stretches.push((translated.text.len(), original.start, changed));
    translated.text.push_str(stretch);
}

/// The refusal of a form that is not translated.
pub(super) fn refusal(text: &str, offset: usize, found: &str, vocabulary: &Vocabulary) -> TemplateError {
    let forms = vocabulary.go_forms;
    let message =
        format!("{found:?} is a form of Go's templates that is not translated: of them there are {forms}");
    TemplateError::at(text, offset, message)
}

/// Whether code can only be Go's: it has a variable, a field of nothing, a string in back quotes, or begins as an action
/// or a call without parentheses does.
fn is_go(text: &str, part: &Part, tokens: &[Token], vocabulary: &Vocabulary) -> bool {
    let is_pipe_name = |word: &str| vocabulary.go_pipes.iter().any(|(name, _)| *name == word);
    let is_expression = matches!(part, Part::Expression(_));
    let first = tokens.iter().find(|token| token.kind != Kind::Symbol('-'));
    let begins = first.is_some_and(|first| {
        let word = &text[first.range.clone()];
        let is_comment = text[first.range.start..].starts_with("/*");
        is_comment || (first.kind == Kind::Word && KEYWORDS.contains(&word))
    });
    let without_parentheses = tokens.windows(2).any(|pair| {
        let is_pipe = pair[0].kind == Kind::Word && is_pipe_name(&text[pair[0].range.clone()]);
        is_pipe && matches!(pair[1].kind, Kind::Quoted | Kind::Word | Kind::Number)
    });
    // A pipe that has another name here.
    let has_pipe = tokens.windows(2).any(|pair| {
        let is_piped = pair[0].kind == Kind::Symbol('|') && pair[1].kind == Kind::Word;
        let written = &text[pair[1].range.clone()];
        is_piped && vocabulary.go_pipes.iter().any(|(pipe, ours)| *pipe == written && pipe != ours)
    });
    let has_variable = tokens.iter().any(|token| {
        token.kind == Kind::Variable
            || (token.kind == Kind::Quoted && text[token.range.clone()].starts_with('`'))
    });
    let has_field = tokens.iter().enumerate().any(|(at, token)| {
        token.kind == Kind::Symbol('.') && {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before));
            before.is_none_or(|before| {
                let stands_apart = before.range.end < token.range.start;
                stands_apart || matches!(before.kind, Kind::Symbol('|' | '(' | '-'))
            })
        }
    });
    has_variable || (is_expression && (begins || without_parentheses || has_field || has_pipe))
}

/// `command | command | …`, of which each is an operand or a pipe with operands.
struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    end: usize,
    vocabulary: &'a Vocabulary,
}

impl<'a> Parser<'a> {
    fn pipeline(mut self) -> Result<String, TemplateError> {
        let mut ours = self.command(None)?;
        while self.at < self.tokens.len() {
            self.symbol('|')?;
            ours = self.command(Some(ours))?;
        }
        Ok(ours)
    }

    /// One command; what is piped into it is its last argument.
    fn command(&mut self, piped: Option<String>) -> Result<String, TemplateError> {
        let Some(pipe) = self.pipe() else {
            return match piped {
                None => self.operand(),
                Some(_) => Err(self.refuse()),
            };
        };
        let mut arguments = Vec::new();
        while self.at < self.tokens.len() && self.tokens[self.at].kind != Kind::Symbol('|') {
            arguments.push(self.operand()?);
        }
        arguments.extend(piped);
        let Some(last) = arguments.pop() else { return Err(self.refuse()) };
        match (pipe, arguments.is_empty()) {
            ("printf", true) => Ok(last),
            ("printf" | "join", false) => Ok(format!("({last}) | {pipe}({})", arguments.join(", "))),
            (pipe, true) => Ok(format!("({last}) | {pipe}")),
            _ => Err(self.refuse()),
        }
    }

    fn pipe(&mut self) -> Option<&'static str> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Word)?;
        let written = &self.text[token.range.clone()];
        let (_, filter) = self.vocabulary.go_pipes.iter().find(|(pipe, _)| *pipe == written)?;
        self.at += 1;
        Some(filter)
    }

    fn operand(&mut self) -> Result<String, TemplateError> {
        let Some(token) = self.tokens.get(self.at) else { return Err(self.refuse()) };
        let written = &self.text[token.range.clone()];
        match (token.kind, written) {
            (Kind::Variable, _) => {
                let path: Vec<&str> = [written].into_iter().chain(self.fields(self.at + 1)).collect();
                self.path(&path, path.len().saturating_mul(2).saturating_sub(1))
            }
            (Kind::Symbol('.'), _) => {
                let path = self.fields(self.at);
                self.path(&path, path.len().saturating_mul(2))
            }
            (Kind::Number, _) => self.taken(1, written),
            (Kind::Quoted, _) => match quoted(written) {
                Some(ours) => self.taken(1, &ours),
                None => Err(self.refuse()),
            },
            _ => Err(self.refuse()),
        }
    }

    /// A path, if it is translated.
    fn path(&mut self, path: &[&str], tokens: usize) -> Result<String, TemplateError> {
        match (self.vocabulary.go_path)(path) {
            Some(ours) => self.taken(tokens, &ours),
            None => Err(self.refuse()),
        }
    }

    /// The names in `.a.b.c` from a token on, written without blanks.
    fn fields(&self, from: usize) -> Vec<&'a str> {
        let mut names = Vec::new();
        let mut end = match self.tokens.get(from.wrapping_sub(1)) {
            Some(before) if from > self.at => before.range.end,
            _ => self.tokens.get(from).map_or(0, |token| token.range.start),
        };
        let mut at = from;
        while let (Some(dot), Some(word)) = (self.tokens.get(at), self.tokens.get(at + 1)) {
            let joined = dot.range.start == end && word.range.start == dot.range.end;
            if !joined || dot.kind != Kind::Symbol('.') || word.kind != Kind::Word {
                break;
            }
            names.push(&self.text[word.range.clone()]);
            end = word.range.end;
            at += 2;
        }
        names
    }

    fn taken(&mut self, tokens: usize, ours: &str) -> Result<String, TemplateError> {
        self.at += tokens;
        Ok(ours.to_owned())
    }

    fn symbol(&mut self, wanted: char) -> Result<(), TemplateError> {
        match self.tokens.get(self.at) {
            Some(token) if token.kind == Kind::Symbol(wanted) => {
                self.at += 1;
                Ok(())
            }
            _ => Err(self.refuse()),
        }
    }

    /// What stands here is not translated.
    fn refuse(&self) -> TemplateError {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        let found = token.map_or("", |token| &self.text[token.range.clone()]);
        let offset = token.map_or(self.end, |token| token.range.start);
        refusal(self.text, offset, found, self.vocabulary)
    }
}

/// A string of Go's as one of ours; `None` for escapes that mean something else here.
fn quoted(written: &str) -> Option<String> {
    let quote = written.chars().next()?;
    let inner = written.get(1..)?.strip_suffix(quote)?;
    match quote {
        '`' => Some(format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""))),
        '"' => {
            let mut characters = inner.chars();
            while let Some(c) = characters.next() {
                if c == '\\' && !matches!(characters.next()?, 'n' | 't' | 'r' | '"' | '\\') {
                    return None;
                }
            }
            Some(written.to_owned())
        }
        _ => None,
    }
}
