//! Regular expressions as Graphite's users write them: Python's syntax, look-around and back-references included.
//!
//! Owns their compilation under limits: length, compiled size, and steps back while matching. An expression that has
//! no need of backtracking runs in linear time. It leaves replacement texts alone.

use std::fmt;

use crate::limits::{REGEX_BACKTRACK_MAX, REGEX_BYTES_MAX, REGEX_COMPILED_BYTES_MAX};

/// A regular expression that matches at the start of a text, as Python's `re.match` does; its end is free.
#[derive(Clone, Debug)]
pub struct StartRegex {
    regex: fancy_regex::Regex,
}

/// A regular expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexError {
    /// The expression as given, cut to a length fit for a message.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl StartRegex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It is malformed, too long, or too large when compiled.
    pub fn parse(text: &str) -> Result<StartRegex, RegexError> {
        if text.len() > REGEX_BYTES_MAX {
            return Err(RegexError::new(text, format!("it is longer than {REGEX_BYTES_MAX} bytes")));
        }
        // Read by itself first: what is no expression alone might be one inside a group.
        fancy_regex::Expr::parse_tree(text).map_err(|error| RegexError::of(text, &error))?;
        match compile(&format!("\\A(?:{text})")) {
            Ok(regex) => Ok(StartRegex { regex }),
            // An error should speak of what the user wrote.
            Err(error) => Err(compile(text).err().unwrap_or(RegexError::new(text, error.reason))),
        }
    }

    /// Whether the text begins with a match. A match that would take more steps back than the limit counts as none.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }
}

fn compile(text: &str) -> Result<fancy_regex::Regex, RegexError> {
    fancy_regex::RegexBuilder::new(text)
        .backtrack_limit(REGEX_BACKTRACK_MAX)
        .delegate_size_limit(REGEX_COMPILED_BYTES_MAX)
        .delegate_dfa_size_limit(REGEX_COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| RegexError::of(text, &error))
}

impl RegexError {
    fn of(text: &str, error: &fancy_regex::Error) -> RegexError {
        RegexError::new(text, error.to_string().replace('\n', " "))
    }

    fn new(text: &str, reason: String) -> RegexError {
        RegexError { text: text.chars().take(80).collect(), reason }
    }
}

impl fmt::Display for RegexError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the regular expression {:?} cannot be used: {}", self.text, self.reason)
    }
}

impl std::error::Error for RegexError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_start_is_anchored() {
        for (regex, text, expected) in [
            ("h1", "h10", true),
            ("h1", "xh1", false),
            ("^h1$", "h10", false),
            ("a|b", "xb", false),
            ("a|b", "bx", true),
            ("(?i)DISK", "disk.used", true),
            ("(?!web)", "web1", false),
            ("(a+)-\\1$", "aa-aa", true),
            ("", "", true),
            ("(?P<x>a)", "a", true),
        ] {
            assert_eq!(StartRegex::parse(regex).unwrap().matches(text), expected, "{regex} {text}");
        }
    }

    #[test]
    fn malformed_and_oversized_ones_are_refused_in_one_line() {
        for regex in ["(", "a)", "[z", "*", &"a".repeat(REGEX_BYTES_MAX + 1), "(?:a{1000}){1000}"] {
            let error = StartRegex::parse(regex).unwrap_err().to_string();
            assert!(error.len() < 1000 && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn backtracking_is_bounded() {
        let regex = StartRegex::parse("(a|aa)*(?=b)\\1c").unwrap();
        assert!(!regex.matches(&"a".repeat(5000)));
    }
}
