//! Conditions on labels, as Alertmanager writes them: `severity=~"warn.*"`, `{team="db",env!="test"}`.
//!
//! Invariant: what is shown reads as the same condition. A label that is not there is the empty text. Regular expressions
//! hold for the whole value.

mod read;

use std::fmt;

use plumbago_protocol::limits;
use plumbago_rules::Labels;
use regex::Regex;
use serde::{Deserialize, Serialize};

/// One condition on one label.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Matcher {
    name: String,
    operator: Operator,
    value: String,
    /// Only with the operators that have one.
    regex: Option<Regex>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operator {
    /// `=`
    #[serde(rename = "=")]
    Equal,
    /// `!=`
    #[serde(rename = "!=")]
    NotEqual,
    /// `=~`
    #[serde(rename = "=~")]
    Like,
    /// `!~`
    #[serde(rename = "!~")]
    NotLike,
}

impl Operator {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Like => "=~",
            Operator::NotLike => "!~",
        }
    }
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatcherError {
    /// One sentence without a full stop.
    pub message: String,
}

impl fmt::Display for MatcherError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for MatcherError {}

impl Matcher {
    /// A condition of its parts.
    ///
    /// # Errors
    /// An empty name, too long a text, or a regular expression that is none.
    pub fn new(name: &str, operator: Operator, value: &str) -> Result<Matcher, MatcherError> {
        let error = |message: String| Err(MatcherError { message });
        if name.is_empty() {
            return error("the name of a label stands before the operator".to_owned());
        }
        let most = limits::MATCHER_BYTES_MAX;
        if name.len() > most || value.len() > most {
            return error(format!("a name or value to compare with has at most {most} bytes"));
        }
        let regex = match operator {
            Operator::Equal | Operator::NotEqual => None,
            Operator::Like | Operator::NotLike => Some(whole(value)?),
        };
        Ok(Matcher { name: name.to_owned(), operator, value: value.to_owned(), regex })
    }

    /// Reads one condition.
    ///
    /// # Errors
    /// Another form.
    ///
    /// ```
    /// let matcher = plumbago_alerting::Matcher::parse("severity=~warn.*").unwrap();
    /// assert_eq!(matcher.to_string(), r#"severity=~"warn.*""#);
    /// ```
    pub fn parse(text: &str) -> Result<Matcher, MatcherError> {
        let mut all = read::list(text)?;
        match (all.pop(), all.is_empty()) {
            (Some(matcher), true) => Ok(matcher),
            _ => Err(MatcherError { message: format!("{:?} is not one condition", start_of(text)) }),
        }
    }

    /// Reads conditions with commas between them, in braces or not.
    ///
    /// # Errors
    /// Another form, or too many.
    pub fn parse_list(text: &str) -> Result<Vec<Matcher>, MatcherError> {
        read::list(text)
    }

    /// The label.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its value is compared.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// What its value is compared with.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether it holds for these labels.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matches_value(labels.get(&self.name).map_or("", String::as_str))
    }

    /// Whether it holds for this value of its label.
    pub fn matches_value(&self, value: &str) -> bool {
        let is_like = || self.regex.as_ref().is_some_and(|regex| regex.is_match(value));
        match self.operator {
            Operator::Equal => value == self.value,
            Operator::NotEqual => value != self.value,
            Operator::Like => is_like(),
            Operator::NotLike => !is_like(),
        }
    }
}

/// Whether all of them hold; of none, yes.
pub(crate) fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

/// A regular expression that holds for a whole text.
fn whole(value: &str) -> Result<Regex, MatcherError> {
    let built = regex::RegexBuilder::new(&format!("^(?:{value})$"))
        .size_limit(limits::MATCHER_REGEX_BYTES_MAX)
        .build();
    built.map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ");
        MatcherError { message: format!("{:?} is no regular expression: {reason}", start_of(value)) }
    })
}

/// Enough of a text to recognise it.
fn start_of(text: &str) -> String {
    text.chars().take(60).collect()
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Matcher) -> bool {
        (&self.name, self.operator, &self.value) == (&other.name, other.operator, &other.value)
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        match self.name.chars().all(is_plain) && !self.name.starts_with(|c: char| c.is_ascii_digit()) {
            true => formatter.write_str(&self.name)?,
            false => formatter.write_str(&quoted(&self.name))?,
        }
        write!(formatter, "{}{}", self.operator.symbol(), quoted(&self.value))
    }
}

/// A text in quotes, as label sets and conditions show it.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for c in text.chars() {
        match c {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            other => shown.push(other),
        }
    }
    shown.push('"');
    shown
}

/// A condition as it is stored.
#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    operator: Operator,
    value: String,
}

impl From<Matcher> for Written {
    fn from(matcher: Matcher) -> Written {
        Written { name: matcher.name, operator: matcher.operator, value: matcher.value }
    }
}

impl TryFrom<Written> for Matcher {
    type Error = MatcherError;

    fn try_from(written: Written) -> Result<Matcher, MatcherError> {
        Matcher::new(&written.name, written.operator, &written.value)
    }
}

#[cfg(test)]
mod tests;
