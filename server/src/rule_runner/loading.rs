//! Which rules run: the built-in ones and those of the folder, all of them or the last good ones.
//!
//! Invariant: a fault in any file leaves all files as they were. Only a start falls back to the copy in the data
//! directory; a reload keeps what runs.

use std::fmt;
use std::path::Path;

use plumbago_rules::{FileError, Note, RuleSet, load};

use super::folder::{self, FolderError, Texts};
use crate::config::Rules;

/// The rules that come with the server; a `/` no file of a folder can have in its name.
const BUILTIN: &[(&str, &str)] = &[("builtin/host.yaml", include_str!("builtin/host.yaml"))];

/// The rule of the canary, where there is one.
const CANARY: (&str, &str) = ("builtin/canary.yaml", include_str!("builtin/canary.yaml"));

/// Why rules were not taken.
#[derive(Debug)]
pub(crate) enum RulesError {
    /// The folder, or a file in it, cannot be read.
    Folder(FolderError),
    /// What the files say is wrong; never empty.
    Files(Vec<FileError>),
}

impl RulesError {
    /// Each fault in one line.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            RulesError::Folder(error) => vec![error.to_string()],
            RulesError::Files(errors) => errors.iter().map(ToString::to_string).collect(),
        }
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.lines().join("; "))
    }
}

impl std::error::Error for RulesError {}

/// Rules that can run.
#[derive(Debug, Default)]
pub(crate) struct LoadedRules {
    /// The rules.
    pub(crate) set: RuleSet,
    /// What is taken otherwise than it may have been meant.
    pub(crate) notes: Vec<Note>,
    /// The files of the folder that they were made of.
    pub(crate) texts: Texts,
    /// Why these are not those of the folder, if so.
    pub(crate) faults: Vec<String>,
}

/// The rules that `settings` ask for.
///
/// # Errors
/// Every fault of every file.
pub(crate) fn read(settings: &Rules) -> Result<LoadedRules, RulesError> {
    let texts = match &settings.folder {
        Some(folder) => folder::read(folder).map_err(RulesError::Folder)?,
        None => Texts::new(),
    };
    check(settings, texts)
}

/// The rules to start with: those of the folder, else the last good ones.
///
/// # Errors
/// Every fault of every file, where the settings are strict about them.
pub(crate) fn at_start(settings: &Rules, data_dir: &Path) -> Result<LoadedRules, RulesError> {
    let error = match read(settings) {
        Ok(loaded) => return Ok(loaded),
        Err(error) if settings.is_strict => return Err(error),
        Err(error) => error,
    };
    let kept = folder::kept(data_dir).unwrap_or_default();
    // What was good once may not be for another version; then only the built-in rules are left.
    let loaded = check(settings, kept).or_else(|_| check(settings, Texts::new()))?;
    Ok(LoadedRules { faults: error.lines(), ..loaded })
}

fn check(settings: &Rules, texts: Texts) -> Result<LoadedRules, RulesError> {
    let builtin = BUILTIN.iter().filter(|_| settings.builtin).copied();
    let builtin = builtin.chain(settings.has_canary.then_some(CANARY));
    let files: Vec<(&str, &str)> =
        builtin.chain(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))).collect();
    let (set, notes) = load(&files).map_err(RulesError::Files)?;
    Ok(LoadedRules { set, notes, texts, faults: Vec::new() })
}
