//! `plumbago check-config`: everything that is wrong or doubtful in the configuration and in the files that it
//! names: rules, the alerting file, carbon's rule files.
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
use crate::alarms;
use crate::carbon::{Rules, RulesError, Warning};
use crate::carbon_rules::Loaded;
use crate::config::{CarbonSettings, Config, LoadError};
use crate::http::Access;
use crate::rule_runner;
use crate::tls::Certificates;

/// Writes the report to `out`; fails when it holds an error.
///
/// # Errors
/// `out` cannot be written.
pub(crate) fn check_config(args: &CheckConfigArgs, out: &mut dyn Write) -> io::Result<Outcome> {
    let mut report = Report { out, error_count: 0, warning_count: 0 };
    let config = report.config(args)?;
    report.secrets(&config)?;
    report.rules(&config)?;
    report.alerting(&config)?;
    let Config { storage, carbon_rules, .. } = config;
    report.rule_file("storage-schemas", storage.schemas_file.as_deref(), |file| {
        let (rules, warnings) = Rules::load(Some(file), None)?;
        Ok((rules.schema_count(), warnings))
    })?;
    report.rule_file("storage-aggregation", storage.aggregation_file.as_deref(), |file| {
        let (rules, warnings) = Rules::load(None, Some(file))?;
        Ok((rules.aggregation_count(), warnings))
    })?;
    report.carbon_rules(carbon_rules)?;
    report.finish()
}

struct Report<'o> {
    out: &'o mut dyn Write,
    error_count: usize,
    warning_count: usize,
}

impl Report<'_> {
    /// Checks the configuration file. When it is faulty, the rule files named by flags can still be checked.
    fn config(&mut self, args: &CheckConfigArgs) -> io::Result<Config> {
        let error = match args.config.load() {
            Ok(config) => {
                match &args.config.config {
                    Some(file) => writeln!(self.out, "{}: in order", file.display())?,
                    None => writeln!(self.out, "no configuration file is given; the defaults count")?,
                }
                return Ok(config);
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
        let mut of_flags = Config::default();
        args.config.lay_rule_files_over(&mut of_flags);
        Ok(of_flags)
    }

    /// Checks the files of tokens, certificates and keys.
    fn secrets(&mut self, config: &Config) -> io::Result<()> {
        if let Err(error) = Certificates::load(&config.tls) {
            self.error(&error)?;
        }
        match Access::read(config) {
            Ok(_) => Ok(()),
            Err(error) => self.error(&error),
        }
    }

    /// Checks the rules of the folder, as a server does that starts with them.
    fn rules(&mut self, config: &Config) -> io::Result<()> {
        let Some(folder) = &config.rules.folder else { return Ok(()) };
        match rule_runner::read(&config.rules) {
            Ok(loaded) => {
                let files = spelling::count(loaded.texts.len(), "file");
                writeln!(self.out, "{}: {files} of rules in order", folder.display())?;
                loaded.notes.iter().try_for_each(|note| self.warning(note))
            }
            Err(error) => error.lines().iter().try_for_each(|line| self.error(line)),
        }
    }

    /// Checks the alerting file, its secrets included.
    fn alerting(&mut self, config: &Config) -> io::Result<()> {
        let Some(file) = &config.alerting.file else { return Ok(()) };
        match alarms::read(config) {
            Ok(loaded) => {
                writeln!(self.out, "{}: in order", file.display())?;
                loaded.notes.iter().try_for_each(|note| self.warning(note))
            }
            Err(error) => error.lines().iter().try_for_each(|line| self.error(line)),
        }
    }

    /// Checks carbon's rules about points, one file at a time. Lists that do not count are not looked at.
    fn carbon_rules(&mut self, settings: CarbonSettings) -> io::Result<()> {
        let none = CarbonSettings { use_whitelist: settings.use_whitelist, ..CarbonSettings::default() };
        for only in [
            CarbonSettings { aggregation_rules_file: settings.aggregation_rules_file, ..none.clone() },
            CarbonSettings { rewrite_rules_file: settings.rewrite_rules_file, ..none.clone() },
            CarbonSettings { blacklist_file: settings.blacklist_file, ..none.clone() },
            CarbonSettings { whitelist_file: settings.whitelist_file, ..none },
        ] {
            match Loaded::read(&only) {
                Ok(loaded) => {
                    if let (Some(file), Some(rules)) = (loaded.files().first(), &loaded.rules) {
                        let rules = spelling::count(rules.len(), "rule");
                        writeln!(self.out, "{}: {rules} in use", file.display())?;
                    }
                    self.warnings(&loaded.warnings)?;
                }
                Err(error) => self.error(&error)?,
            }
        }
        Ok(())
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
                self.warnings(&warnings)
            }
            Err(error) => self.error(&error),
        }
    }

    fn warnings(&mut self, warnings: &[Warning]) -> io::Result<()> {
        for warning in warnings {
            if warning.skips_section {
                self.error(warning)?;
            } else {
                self.warning(warning)?;
            }
        }
        Ok(())
    }

    fn warning(&mut self, warning: &dyn Display) -> io::Result<()> {
        self.warning_count += 1;
        writeln!(self.out, "warning: {warning}")
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
