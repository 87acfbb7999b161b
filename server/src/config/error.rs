//! What can be wrong with the configuration file, with its place, and how a person is told.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// One fault and its place. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// The file as it was named to us.
    pub file: PathBuf,
    /// The line of the fault.
    pub line: usize,
    /// The column of the fault.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Not TOML; the parser's own sentence.
    Syntax(String),
    /// No section has this name.
    UnknownSection {
        /// The name as written.
        section: String,
        /// The most similar valid name.
        nearest: Option<&'static str>,
    },
    /// No section has this key.
    UnknownKey {
        /// The key as written.
        key: String,
        /// The section it stands in, empty at the top.
        section: &'static str,
        /// The most similar valid key of that section.
        nearest: Option<&'static str>,
    },
    /// The key is valid, but in another section.
    MisplacedKey {
        /// The key as written.
        key: String,
        /// The section it stands in, empty at the top.
        found_in: &'static str,
        /// The section it is valid in, empty for the top.
        belongs_in: &'static str,
    },
    /// The value is of the wrong type or out of range.
    Value {
        /// The key it belongs to.
        key: &'static str,
        /// The section the key stands in, empty at the top.
        section: &'static str,
        /// The value as written.
        found: String,
        /// What it may be, as the object of a sentence.
        expected: Cow<'static, str>,
    },
}

impl ConfigError {
    pub(super) fn at(file: &Path, text: &str, offset: usize, problem: Problem) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or("").chars().count() + 1;
        Self { file: file.to_path_buf(), line, column, problem }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file.display(), self.line, self.column, self.problem)
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) => write!(f, "{}", message.trim_end().replace('\n', "; ")),
            Self::UnknownSection { section, nearest } => {
                write!(f, "there is no section [{section}]")?;
                nearest.map_or(Ok(()), |nearest| write!(f, "; the nearest is [{nearest}]"))
            }
            Self::UnknownKey { key, section, nearest } => {
                write!(f, "there is no key `{key}` {}", Within(section))?;
                nearest.map_or(Ok(()), |nearest| write!(f, "; the nearest is `{nearest}`"))
            }
            Self::MisplacedKey { key, found_in, belongs_in } => {
                write!(f, "there is no key `{key}` {}; it belongs {}", Within(found_in), Within(belongs_in))
            }
            Self::Value { key, section, found, expected } => {
                write!(f, "`{key}` {} must be {expected}, not {found}", Within(section))
            }
        }
    }
}

/// `in [listen]`, or `at the top` for the part before the first section.
struct Within<'s>(&'s str);

impl fmt::Display for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("at the top") } else { write!(f, "in [{}]", self.0) }
    }
}

/// Why a configuration file could not be used.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// It could not be read.
    Read {
        /// The file as it was named to us.
        file: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It was read and holds at least one fault.
    Invalid(Vec<ConfigError>),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { file, cause } => write!(f, "{}: cannot be read: {cause}", file.display()),
            Self::Invalid(errors) => {
                for (index, error) in errors.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    write!(f, "{separator}{error}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { cause, .. } => Some(cause),
            Self::Invalid(_) => None,
        }
    }
}
