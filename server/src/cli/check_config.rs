//! `plumbago check-config`: everything that is wrong or doubtful in the configuration and in carbon's rule files.
//!
//! Invariant: one run names all faults. An error is what would keep the server from starting or from reloading, a
//! section that would be skipped included; anything else that is doubtful is a warning. Nothing is opened but these
//! files.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;

use super::arguments::CheckConfigArgs;
use super::outcome::Outcome;
use super::spelling;
use crate::carbon::{Rules, RulesError, Warning};
use crate::config::{LoadError, Storage};

/// Writes the report to `out`; fails when it holds an error.
///
/// # Errors
/// `out` cannot be written.
pub(crate) fn check_config(args: &CheckConfigArgs, out: &mut dyn Write) -> io::Result<Outcome> {
    let mut report = Report { out, error_count: 0, warning_count: 0 };
    let storage = report.config(args)?;
    report.rule_file("storage-schemas", storage.schemas_file.as_deref(), |file| {
        let (rules, warnings) = Rules::load(Some(file), None)?;
        Ok((rules.schema_count(), warnings))
    })?;
    report.rule_file("storage-aggregation", storage.aggregation_file.as_deref(), |file| {
        let (rules, warnings) = Rules::load(None, Some(file))?;
        Ok((rules.aggregation_count(), warnings))
    })?;
    report.finish()
}

struct Report<'o> {
    out: &'o mut dyn Write,
    error_count: usize,
    warning_count: usize,
}

impl Report<'_> {
    /// Checks the configuration file. When it is faulty, the rule files named by flags can still be checked.
    fn config(&mut self, args: &CheckConfigArgs) -> io::Result<Storage> {
        let of_flags = || Storage {
            schemas_file: args.config.storage_schemas.clone(),
            aggregation_file: args.config.storage_aggregation.clone(),
            ..Storage::default()
        };
        let error = match args.config.load() {
            Ok(config) => {
                match &args.config.config {
                    Some(file) => writeln!(self.out, "{}: in order", file.display())?,
                    None => writeln!(self.out, "no configuration file is given; the defaults count")?,
                }
                return Ok(config.storage);
            }
            Err(error) => error,
        };
        match error {
            LoadError::Read { .. } => self.error(&error)?,
            LoadError::Invalid(errors) => {
                for error in &errors {
                    self.error(error)?;
                }
            }
        }
        Ok(of_flags())
    }

    fn rule_file(
        &mut self,
        kind: &str,
        file: Option<&Path>,
        load: impl Fn(&Path) -> Result<(Option<usize>, Vec<Warning>), RulesError>,
    ) -> io::Result<()> {
        let Some(file) = file else {
            return writeln!(self.out, "no {kind} file is given; the built-in rule counts");
        };
        match load(file) {
            Ok((section_count, warnings)) => {
                let sections = spelling::count(section_count.unwrap_or(0), "section");
                writeln!(self.out, "{}: {sections} in use", file.display())?;
                for warning in &warnings {
                    if warning.skips_section {
                        self.error(warning)?;
                    } else {
                        self.warning_count += 1;
                        writeln!(self.out, "warning: {warning}")?;
                    }
                }
                Ok(())
            }
            Err(error) => self.error(&error),
        }
    }

    fn error(&mut self, error: &dyn Display) -> io::Result<()> {
        self.error_count += 1;
        writeln!(self.out, "error: {error}")
    }

    fn finish(self) -> io::Result<Outcome> {
        let errors = spelling::count(self.error_count, "error");
        let warnings = spelling::count(self.warning_count, "warning");
        writeln!(self.out, "{errors}, {warnings}")?;
        Ok(if self.error_count == 0 { Outcome::Done } else { Outcome::Failed })
    }
}

#[cfg(test)]
mod tests;
