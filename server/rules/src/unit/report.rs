//! What a test of rules came to, for people and for programs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one test came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestReport {
    /// The test's name.
    pub name: String,
    /// Where it stands in its file.
    pub line: usize,
    /// What is otherwise than expected; empty: it passed.
    pub failures: Vec<TestFailure>,
}

/// Something that is otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFailure {
    /// Where the expectation stands in its file.
    pub line: usize,
    /// When it was looked at, and at what.
    pub what: String,
    /// What was expected and what was found, a line each.
    pub details: Vec<String>,
}

impl fmt::Display for TestFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        self.details.iter().try_for_each(|line| write!(formatter, "\n    {line}"))
    }
}
