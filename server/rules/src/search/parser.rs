//! From the text of a search to its terms.
//!
//! Invariant: an error's column counts characters of the whole text. Every term stands for itself; there are no brackets
//! and no `or`.

use super::matching::split;
use super::{Field, Pattern, Search, SearchError, Term, Test};
use crate::{Comparison, Severity, Source, Status};
use jiff::tz::TimeZone;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{opt, recognize, value};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};
use plumbago_protocol::{at_time, limits};

/// What stands after a field's name.
type Operator = Option<Comparison>;

/// A word as it was written: in quotes a star is a star, and nothing else has a meaning either.
#[derive(Clone, Copy, Debug)]
struct Word<'t> {
    text: &'t str,
    is_quoted: bool,
}

/// A term in pieces, each with the text that was left where it begins.
struct Piece<'t> {
    negated: bool,
    field: Option<(&'t str, Operator)>,
    word: Word<'t>,
    word_at: &'t str,
}

pub(super) fn parse(text: &str, now: i64, zone: &TimeZone) -> Result<Search, SearchError> {
    let column = |left: &str| {
        let before = text.len().saturating_sub(left.len());
        text.get(..before).map_or(0, |before| before.chars().count()) + 1
    };
    if text.len() > limits::EVENT_SEARCH_BYTES_MAX {
        let message = format!("a search has at most {} bytes", limits::EVENT_SEARCH_BYTES_MAX);
        return Err(SearchError { column: 1, message });
    }
    let mut terms = Vec::new();
    let mut left = skip_blanks(text);
    while !left.is_empty() {
        if terms.len() == limits::EVENT_SEARCH_TERMS_MAX {
            let message = format!("a search has at most {} terms", limits::EVENT_SEARCH_TERMS_MAX);
            return Err(SearchError { column: column(left), message });
        }
        let (rest, piece) = piece(left).map_err(|_| fault(column, left))?;
        if !rest.is_empty() && skip_blanks(rest).len() == rest.len() {
            return Err(SearchError {
                column: column(rest),
                message: "expected a blank after this term".to_owned(),
            });
        }
        let test =
            test(&piece, now, zone).map_err(|(at, message)| SearchError { column: column(at), message })?;
        // A term of signs alone, such as a lone comma, asks for nothing.
        terms.extend(test.map(|test| Term { negated: piece.negated, test }));
        left = skip_blanks(rest);
    }
    Ok(Search { terms })
}

/// Why no term begins here.
fn fault(column: impl Fn(&str) -> usize, left: &str) -> SearchError {
    let message = match left.find('"') {
        Some(quote) if left[quote + 1..].find('"').is_none() => {
            return SearchError {
                column: column(&left[quote..]),
                message: "this quote is never closed".to_owned(),
            };
        }
        _ => "expected a word, \"a phrase\" or field:value".to_owned(),
    };
    SearchError { column: column(left), message }
}

fn skip_blanks(text: &str) -> &str {
    text.trim_start()
}

fn piece(text: &str) -> IResult<&str, Piece<'_>> {
    let (rest, negated) = opt(char('-')).parse(text)?;
    let (rest, field) = opt((field_name, operator)).parse(rest)?;
    let (rest, _) = if field.is_some() { multispace0.parse(rest)? } else { (rest, "") };
    let word_at = rest;
    let (rest, word) = alt((quoted, bare)).parse(rest)?;
    Ok((rest, Piece { negated: negated.is_some(), field, word, word_at }))
}

fn field_name(text: &str) -> IResult<&str, &str> {
    take_while1(|character: char| character.is_ascii_alphabetic() || character == '_').parse(text)
}

fn operator(text: &str) -> IResult<&str, Operator> {
    alt((
        value(None, char(':')),
        value(Some(Comparison::AtLeast), tag(">=")),
        value(Some(Comparison::AtMost), tag("<=")),
        value(Some(Comparison::NotEqual), tag("!=")),
        value(Some(Comparison::Equal), preceded(opt(char('=')), char('='))),
        value(Some(Comparison::Above), char('>')),
        value(Some(Comparison::Below), char('<')),
    ))
    .parse(text)
}

fn quoted(text: &str) -> IResult<&str, Word<'_>> {
    let inside = recognize(take_while(|character| character != '"'));
    let (rest, text) = preceded(char('"'), terminated(inside, char('"'))).parse(text)?;
    Ok((rest, Word { text, is_quoted: true }))
}

fn bare(text: &str) -> IResult<&str, Word<'_>> {
    let (rest, text) =
        take_while1(|character: char| !character.is_whitespace() && character != '"').parse(text)?;
    Ok((rest, Word { text, is_quoted: false }))
}

/// What is wrong, and the text that was left where it begins.
type Fault<'t> = (&'t str, String);

fn test<'t>(piece: &Piece<'t>, now: i64, zone: &TimeZone) -> Result<Option<Test>, Fault<'t>> {
    let Piece { word, word_at, .. } = *piece;
    let at_word = |message: String| (word_at, message);
    let Some((field, operator)) = piece.field else {
        return Ok(words(word));
    };
    let expects_colon = |test: Test| match operator {
        None | Some(Comparison::Equal) => Ok(Some(test)),
        Some(_) => Err((word_at, format!("{field} is not compared: write {field}:{}", word.text))),
    };
    let pattern = if word.is_quoted { Pattern::exact(word.text) } else { Pattern::new(word.text) };
    match field {
        "kind" => expects_colon(Test::Field(Field::Kind, pattern)),
        "tag" => expects_colon(Test::Field(Field::Tag, pattern)),
        "rule" => expects_colon(Test::Field(Field::Rule, pattern)),
        "series" => expects_colon(Test::Field(Field::Series, pattern)),
        "key" => expects_colon(Test::Key(word.text.to_owned())),
        "source" => expects_colon(Test::Source(one_of(word.text, SOURCES).map_err(at_word)?)),
        "status" => expects_colon(Test::Status(one_of(word.text, STATUSES).map_err(at_word)?)),
        "since" | "from" => expects_colon(Test::Since(moment(word.text, now, zone).map_err(at_word)?)),
        "until" => expects_colon(Test::Until(moment(word.text, now, zone).map_err(at_word)?)),
        "severity" => {
            let severity = one_of(word.text, SEVERITIES).map_err(at_word)?;
            Ok(Some(Test::Severity(operator.unwrap_or(Comparison::Equal), severity)))
        }
        "value" => {
            let number = word.text.parse().ok().filter(|number: &f64| number.is_finite());
            let number =
                number.ok_or_else(|| (word_at, format!("expected a number, found {:?}", word.text)))?;
            Ok(Some(Test::Value(operator.unwrap_or(Comparison::Equal), number)))
        }
        _ => Err((word_at, format!("{field:?} is no field; there are {FIELDS}. Put text in quotes"))),
    }
}

const FIELDS: &str = "kind, tag, severity, status, source, series, value, rule, key, since and until";

const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("warning", Severity::Warning),
    ("error", Severity::Error),
    ("critical", Severity::Critical),
];

const SOURCES: &[(&str, Source)] = &[
    ("posted", Source::Posted),
    ("rule", Source::Rule),
    ("alarm", Source::Alarm),
    ("pattern", Source::Pattern),
    ("predicted", Source::Predicted),
];

const STATUSES: &[(&str, Status)] =
    &[("open", Status::Open), ("closed", Status::Closed), ("retracted", Status::Retracted)];

fn one_of<T: Copy>(text: &str, list: &[(&str, T)]) -> Result<T, String> {
    let found = list.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, one)| *one);
    found.ok_or_else(|| {
        let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
        format!("expected one of {}, found {text:?}", names.join(", "))
    })
}

fn moment(text: &str, now: i64, zone: &TimeZone) -> Result<i64, String> {
    let seconds = at_time::parse(text, now, zone).map_err(|error| error.to_string())?;
    Ok(seconds.saturating_mul(1000))
}

/// Words to be found in titles and texts; none where there are only signs.
fn words(word: Word<'_>) -> Option<Test> {
    let is_prefix = !word.is_quoted && word.text.ends_with('*');
    let words = split(word.text);
    (!words.is_empty()).then_some(Test::Words { words, is_prefix })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_710_504_000;

    fn read(text: &str) -> Result<Vec<Term>, String> {
        parse(text, NOW, &TimeZone::UTC).map(|search| search.terms).map_err(|error| error.to_string())
    }

    fn one(text: &str) -> Test {
        let terms = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(terms.len(), 1, "{text}");
        terms[0].test.clone()
    }

    #[test]
    fn the_example_of_the_documentation() {
        let terms = read("kind:deploy tag:host=web* severity>=warning \"disk full\" since:-2d").unwrap();
        let tests: Vec<Test> = terms.into_iter().map(|term| term.test).collect();
        assert_eq!(tests[0], Test::Field(Field::Kind, Pattern::exact("deploy")));
        assert_eq!(tests[1], Test::Field(Field::Tag, Pattern::new("host=web*")));
        assert_eq!(tests[2], Test::Severity(Comparison::AtLeast, Severity::Warning));
        assert_eq!(
            tests[3],
            Test::Words { words: vec!["disk".to_owned(), "full".to_owned()], is_prefix: false }
        );
        assert_eq!(tests[4], Test::Since((NOW - 2 * 86_400) * 1000));
    }

    #[test]
    fn words_prefixes_and_negation() {
        assert_eq!(one("Disk*"), Test::Words { words: vec!["disk".to_owned()], is_prefix: true });
        let joined = Test::Words { words: vec!["out".to_owned(), "of".to_owned()], is_prefix: false };
        assert_eq!(one("out-of"), joined);
        assert!(read("-kind:deploy").unwrap()[0].negated);
        assert_eq!(one("tag:\"a b*\""), Test::Field(Field::Tag, Pattern::exact("a b*")));
        assert_eq!(one("value<-1.5e3"), Test::Value(Comparison::Below, -1500.0));
        assert_eq!(one("severity:Error"), Test::Severity(Comparison::Equal, Severity::Error));
        assert_eq!(one("severity>= error"), Test::Severity(Comparison::AtLeast, Severity::Error));
        assert!(read(" , ").unwrap().is_empty());
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, expected) in [
            (
                "kind:deploy severity>=loud",
                "column 23: expected one of info, warning, error, critical, found \"loud\"",
            ),
            ("héé \"open", "column 5: this quote is never closed"),
            ("kind>deploy", "column 6: kind is not compared: write kind:deploy"),
            ("value>much", "column 7: expected a number, found \"much\""),
            ("value>nan", "column 7: expected a number, found \"nan\""),
            ("kind:", "column 1: expected a word, \"a phrase\" or field:value"),
            ("\"a\"b", "column 4: expected a blank after this term"),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
        assert!(
            read("colour:red").unwrap_err().starts_with("column 8: \"colour\" is no field; there are kind")
        );
        assert!(read("since:whenever").unwrap_err().starts_with("column 7: "));
        assert!(read(&"a ".repeat(65)).unwrap_err().contains("at most 64 terms"));
        assert!(read(&"a".repeat(5000)).unwrap_err().contains("at most 4096 bytes"));
    }
}
