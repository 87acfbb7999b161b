//! `plumbago rules check`: everything that is wrong in rule files, a line each.

use super::files;
use crate::cli::{Outcome, RulesCheckArgs, count};
use crate::commands::CommandError;
use plumbago_rules::{FileError, Note, RuleSet, is_test_file, load, load_tests};
use std::io::Write;
use std::path::Path;

/// Prints notes to `out` and faults to `err`.
///
/// # Errors
/// A file cannot be read.
pub(super) fn check(
    args: &RulesCheckArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let is_test = |path: &Path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_test_file);
    let all = files::read(&args.paths)?;
    let (tests, rules): (Vec<_>, Vec<_>) = all.iter().partition(|(path, _)| is_test(path));
    let named: Vec<(String, &str)> =
        rules.iter().map(|(path, text)| (path.display().to_string(), text.as_str())).collect();
    let named: Vec<(&str, &str)> = named.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let (set, notes, mut faults): (RuleSet, Vec<Note>, Vec<FileError>) = match load(&named) {
        Ok((set, notes)) => (set, notes, Vec::new()),
        Err(faults) => (RuleSet::default(), Vec::new(), faults),
    };
    for (path, text) in &tests {
        faults.extend(load_tests(&path.display().to_string(), text).err().unwrap_or_default());
    }
    for note in &notes {
        writeln!(out, "{note}")?;
    }
    for fault in &faults {
        writeln!(err, "{fault}")?;
    }
    if !faults.is_empty() {
        return Ok(Outcome::Failed);
    }
    let rules: usize = set.groups.iter().map(|group| group.rules.len()).sum();
    writeln!(out, "{} in {}", count(rules as u64, "rule"), count(all.len() as u64, "file"))?;
    Ok(Outcome::Done)
}
