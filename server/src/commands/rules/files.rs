//! Rule files and test files as they are named on the command line.

use crate::commands::CommandError;
use crate::rule_history::RuleTexts;
use crate::rule_runner::{read_folder, read_text};
use plumbago_protocol::limits;
use plumbago_rules::{FileError, is_test_file};
use std::path::{Path, PathBuf};

/// Files by the names under which their faults are told.
pub(super) type Named = Vec<(PathBuf, String)>;

/// The rule files of some paths, folders read as a server reads them. Files that are named are taken whatever their names
/// are.
///
/// # Errors
/// One cannot be read.
pub(super) fn read(paths: &[PathBuf]) -> Result<Named, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            for (name, text) in read_folder(path).map_err(fault)? {
                files.push((path.join(name), text));
            }
        } else {
            files.push((path.clone(), read_text(path).map_err(fault)?));
        }
    }
    Ok(files)
}

/// The files of tests among some paths: those that are named, and those in folders.
///
/// # Errors
/// One cannot be read.
pub(super) fn read_tests(paths: &[PathBuf]) -> Result<Named, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        let found = if path.is_dir() { tests_in(path)? } else { vec![path.clone()] };
        for file in found {
            let text = read_text(&file).map_err(fault)?;
            files.push((file, text));
        }
    }
    Ok(files)
}

/// The files of tests directly in a folder, by name.
pub(super) fn tests_in(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let failed = |error| CommandError::new(format!("{}: cannot be read: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_str().is_some_and(is_test_file) && entry.path().is_file() {
            files.push(entry.path());
        }
    }
    if files.len() > limits::RULE_FILES_MAX {
        let (shown, most) = (folder.display(), limits::RULE_FILES_MAX);
        return Err(CommandError::new(format!("{shown}: too large, expected at most {most} files of tests")));
    }
    files.sort_unstable();
    Ok(files)
}

/// The texts of rule files as a server would know them: by their names without their folders.
///
/// # Errors
/// One cannot be read, or two have one name.
pub(super) fn texts(paths: &[PathBuf]) -> Result<RuleTexts, CommandError> {
    let mut texts = RuleTexts::new();
    for (path, text) in read(paths)? {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        if texts.insert(name.clone(), text).is_some() {
            return Err(CommandError::new(format!("two files have the name {name}")));
        }
    }
    Ok(texts)
}

/// All faults of files, a line each.
pub(super) fn faults(errors: &[FileError]) -> CommandError {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    CommandError::new(lines.join("\n"))
}

fn fault(error: impl std::fmt::Display) -> CommandError {
    CommandError::new(error.to_string())
}
