//! Tag expressions, as in `seriesByTag("name=cpu", "host=~web")`.
//!
//! Owns their parsing and their meaning for one value. A series without a tag counts as one whose value is empty: so
//! `tag=` asks for its absence and `tag!=` for its presence. That at least one expression of a query must not match
//! the empty value is the caller's to check with [`TagExpression::matches_empty`].

use std::fmt;

use crate::limits::TAG_EXPRESSION_BYTES_MAX;
use crate::regex::StartRegex;

/// How a tag expression compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagOperator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Match,
    /// `!=~`
    NotMatch,
}

/// A parsed tag expression.
#[derive(Clone, Debug)]
pub struct TagExpression {
    tag: Box<str>,
    operator: TagOperator,
    value: Box<str>,
    regex: Option<StartRegex>,
}

/// A tag expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagExpressionError {
    /// The column of the character at fault, counted in characters from 1.
    pub column: usize,
    /// What should have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl TagExpression {
    /// Parses `tag=value`, `tag!=value`, `tag=~regex` or `tag!=~regex`.
    ///
    /// # Errors
    /// It has another form, or its regular expression cannot be used.
    ///
    /// ```
    /// use plumbago_protocol::TagExpression;
    /// let expression = TagExpression::parse("host=~web|db").unwrap();
    /// assert!(expression.matches(Some("web01")));
    /// assert!(!expression.matches(None));
    /// ```
    pub fn parse(text: &str) -> Result<TagExpression, TagExpressionError> {
        if text.len() > TAG_EXPRESSION_BYTES_MAX {
            let expected = format!("at most {TAG_EXPRESSION_BYTES_MAX} bytes");
            return Err(TagExpressionError { column: 1, expected, found: format!("{} bytes", text.len()) });
        }
        let (tag, rest) = text.split_at(text.find(['=', '!', ';']).unwrap_or(text.len()));
        if tag.is_empty() {
            return Err(error(text, rest, "the name of a tag"));
        }
        let (operator, value) =
            split_operator(rest).ok_or_else(|| error(text, rest, "one of = != =~ !=~"))?;
        if let Some(at) = value.find(';') {
            return Err(error(text, value.get(at..).unwrap_or_default(), "a value without ';'"));
        }
        let regex = match operator {
            TagOperator::Equal | TagOperator::NotEqual => None,
            TagOperator::Match | TagOperator::NotMatch => {
                Some(StartRegex::parse(value).map_err(|reason| TagExpressionError {
                    found: reason.to_string(),
                    ..error(text, value, "a regular expression")
                })?)
            }
        };
        Ok(TagExpression { tag: tag.into(), operator, value: value.into(), regex })
    }

    /// The tag that is looked at; `name` is the metric's own name.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// How the value is compared.
    pub fn operator(&self) -> TagOperator {
        self.operator
    }

    /// The value, or the text of the regular expression.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The only value that matches, where that can be told without trying: it can be looked up.
    pub fn literal(&self) -> Option<&str> {
        (self.operator == TagOperator::Equal).then_some(&self.value)
    }

    /// Whether a series with this value of the tag matches; `None` for a series without the tag.
    pub fn matches(&self, value: Option<&str>) -> bool {
        let value = value.unwrap_or_default();
        let is_match = match &self.regex {
            Some(regex) => regex.matches(value),
            None => value == &*self.value,
        };
        is_match != matches!(self.operator, TagOperator::NotEqual | TagOperator::NotMatch)
    }

    /// Whether the expression matches a series without the tag.
    pub fn matches_empty(&self) -> bool {
        self.matches(None)
    }
}

fn split_operator(text: &str) -> Option<(TagOperator, &str)> {
    let known = [
        ("!=~", TagOperator::NotMatch),
        ("!=", TagOperator::NotEqual),
        ("=~", TagOperator::Match),
        ("=", TagOperator::Equal),
    ];
    known.into_iter().find_map(|(sign, operator)| text.strip_prefix(sign).map(|value| (operator, value)))
}

/// An error at `rest`, which is a tail of `text`.
fn error(text: &str, rest: &str, expected: &str) -> TagExpressionError {
    let column = text.chars().count() - rest.chars().count() + 1;
    let found = rest.chars().next().map_or("the end".to_owned(), |character| format!("'{character}'"));
    TagExpressionError { column, expected: expected.to_owned(), found }
}

impl fmt::Display for TagOperator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            TagOperator::Equal => "=",
            TagOperator::NotEqual => "!=",
            TagOperator::Match => "=~",
            TagOperator::NotMatch => "!=~",
        })
    }
}

impl fmt::Display for TagExpression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}{}", self.tag, self.operator, self.value)
    }
}

impl fmt::Display for TagExpressionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TagExpressionError { column, expected, found } = self;
        write!(
            formatter,
            "the tag expression is wrong at column {column}: expected {expected}, found {found}"
        )
    }
}

impl std::error::Error for TagExpressionError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_for_a_value_and_for_absence() {
        for (text, value, matches, matches_empty) in [
            ("env=prod", "prod", true, false),
            ("env=prod", "prod2", false, false),
            ("env=", "prod", false, true),
            ("env!=prod", "prod", false, true),
            ("env!=prod", "staging", true, true),
            ("env!=", "x", true, false),
            ("host=~h1", "h10", true, false),
            ("host=~h1", "xh1", false, false),
            ("host=~.*", "x", true, true),
            ("host=~.+", "x", true, false),
            ("host!=~h1", "h10", false, true),
            ("host!=~.*", "h10", false, false),
            ("host=~", "h10", true, true),
            ("path=/var/log", "/var/log", true, false),
            ("q=a=b", "a=b", true, false),
            ("status=~^[45]", "404", true, false),
            ("env=~prod|staging", "staging", true, false),
            ("server=~0[12]$", "server01", false, false),
            ("name=~(?i)DISK", "disk.used", true, false),
        ] {
            let expression = TagExpression::parse(text).unwrap();
            assert_eq!(expression.matches(Some(value)), matches, "{text} {value}");
            assert_eq!(expression.matches_empty(), matches_empty, "{text}");
            assert_eq!(expression.to_string(), text);
        }
    }

    #[test]
    fn malformed_expressions_name_their_column() {
        for (text, column) in [
            ("bad", 4),
            ("", 1),
            ("=x", 1),
            ("a!x", 2),
            ("a;b=c", 2),
            ("env=prod;x=y", 9),
            ("höst=~(", 7),
            ("a!~b", 2),
        ] {
            let error = TagExpression::parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
        }
    }

    #[test]
    fn parts_can_be_read_back() {
        let expression = TagExpression::parse("host!=~^web").unwrap();
        assert_eq!((expression.tag(), expression.value()), ("host", "^web"));
        assert_eq!((expression.operator(), expression.literal()), (TagOperator::NotMatch, None));
        assert_eq!(TagExpression::parse("a=b").unwrap().literal(), Some("b"));
    }
}
