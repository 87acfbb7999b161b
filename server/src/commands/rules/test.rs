//! `plumbago rules test`: tests of rules, and how what was found differs from what was expected.

use super::{files, telling};
use crate::cli::{Outcome, RulesTestArgs};
use crate::commands::CommandError;
use plumbago_alerting::{Alerting, DryMessenger};
use plumbago_rules::{Messenger, UnitTests, load, load_tests};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Prints failures, and how many tests passed and failed.
///
/// # Errors
/// A file cannot be read.
pub(super) fn test(
    args: &RulesTestArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let named = args.alerting.as_deref().map(telling::alerting).transpose()?;
    let (mut passed, mut failed, mut wrong) = (0, 0, 0);
    let files = files::read_tests(&args.paths)?;
    if files.is_empty() {
        let folders: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
        return Err(CommandError::new(format!(
            "{}: no file of tests (their names end in _test.yaml)",
            folders.join(", ")
        )));
    }
    for (path, text) in files {
        match one_file(&path, &text, named.as_ref(), out)? {
            Ok(counts) => {
                passed += counts.0;
                failed += counts.1;
            }
            Err(lines) => {
                wrong += 1;
                lines.iter().try_for_each(|line| writeln!(err, "{line}"))?;
            }
        }
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(if failed == 0 && wrong == 0 && passed > 0 { Outcome::Done } else { Outcome::Failed })
}

/// How many tests of a file passed and failed; or what is wrong with it or its rules.
fn one_file(
    path: &Path,
    text: &str,
    by: Option<&Arc<Alerting>>,
    out: &mut dyn Write,
) -> Result<Result<(usize, usize), Vec<String>>, CommandError> {
    let name = path.display().to_string();
    let lines = |errors: Vec<plumbago_rules::FileError>| errors.iter().map(ToString::to_string).collect();
    let tests = match load_tests(&name, text) {
        Ok(tests) => tests,
        Err(errors) => return Ok(Err(lines(errors))),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let paths: Vec<PathBuf> = tests.rule_files.iter().map(|file| folder.join(file)).collect();
    let rules = match files::read(&paths) {
        Ok(rules) => rules,
        Err(error) => return Ok(Err(vec![format!("{name}: {error}")])),
    };
    let rules: Vec<(String, String)> =
        rules.into_iter().map(|(path, text)| (path.display().to_string(), text)).collect();
    let named: Vec<(&str, &str)> = rules.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let set = match load(&named) {
        Ok((set, _notes)) => set,
        Err(errors) => return Ok(Err(lines(errors))),
    };
    let alerting = match alerting_of(&tests, folder, by) {
        Ok(alerting) => alerting,
        Err(error) => return Ok(Err(vec![error.to_string()])),
    };
    let mut messenger = |start_ms| -> Option<Box<dyn Messenger>> {
        Some(Box::new(DryMessenger::new(alerting.clone()?, start_ms).ok()?))
    };
    let reports = match tests.run_with(&set, &mut messenger, &mut || ControlFlow::Continue(())) {
        Ok(reports) => reports,
        Err(error) => return Ok(Err(vec![format!("{name}: {error}")])),
    };
    let mut failed = 0;
    for report in reports.iter().filter(|report| !report.failures.is_empty()) {
        failed += 1;
        writeln!(out, "FAILED {name}:{}: {}", report.line, report.name)?;
        for failure in &report.failures {
            writeln!(out, "  {name}:{}: {failure}", failure.line)?;
        }
    }
    Ok(Ok((reports.len() - failed, failed)))
}

/// Whom the tests of a file tell: by the file that was named for all of them, or by their own.
fn alerting_of(
    tests: &UnitTests,
    folder: &Path,
    by: Option<&Arc<Alerting>>,
) -> Result<Option<Arc<Alerting>>, CommandError> {
    let own = || tests.alerting_file.as_ref().map(|file| telling::alerting(&folder.join(file))).transpose();
    by.map_or_else(own, |alerting| Ok(Some(alerting.clone())))
}
