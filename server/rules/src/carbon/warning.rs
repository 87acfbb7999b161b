//! Remarks about carbon's files: values with a file and a line, for the log, `check-config` and tests.
//!
//! Invariant: a warning never stops anything. Each says what stands in the file and what is made of it here, and
//! what carbon or go-carbon would have made of it, so that a reader sees the difference before a migration.

use std::fmt;
use std::path::{Path, PathBuf};

/// One remark about one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file as it was named to us.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What stands there and what is made of it.
    pub message: String,
    /// What carbon or go-carbon would have done.
    pub elsewhere: &'static str,
    /// Whether a whole section, or a rule where rules are lines, counts for nothing because of it.
    pub skips_section: bool,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.file.display(), self.line, self.message, self.elsewhere)
    }
}

/// The warnings of one file.
#[derive(Debug)]
pub struct Warnings {
    file: PathBuf,
    list: Vec<Warning>,
}

impl Warnings {
    /// None so far.
    pub fn new(file: &Path) -> Self {
        Self { file: file.to_path_buf(), list: Vec::new() }
    }

    /// A remark about a line, counted from 1.
    pub fn push(&mut self, line: usize, message: impl Into<String>, elsewhere: &'static str) {
        self.add(line, message.into(), elsewhere, false);
    }

    /// A section counts for nothing, for this reason.
    pub fn push_skipped(
        &mut self,
        line: usize,
        section: &str,
        reason: impl fmt::Display,
        elsewhere: &'static str,
    ) {
        self.add(line, format!("[{section}] is skipped: {reason}"), elsewhere, true);
    }

    /// A line that is a rule of its own counts for nothing, for this reason.
    pub fn push_skipped_line(&mut self, line: usize, reason: impl fmt::Display, elsewhere: &'static str) {
        self.add(line, format!("the line is skipped: {reason}"), elsewhere, true);
    }

    fn add(&mut self, line: usize, message: String, elsewhere: &'static str, skips_section: bool) {
        self.list.push(Warning { file: self.file.clone(), line, message, elsewhere, skips_section });
    }

    /// The warnings in the order of their lines.
    pub fn into_list(mut self) -> Vec<Warning> {
        self.list.sort_by_key(|warning| warning.line);
        self.list
    }
}
