//! `plumbago which METRIC`: which schema and which aggregation rule a metric gets, and why.
//!
//! Answers from the configuration alone; no store is opened, the metric need not exist.

use std::io::{self, Write};
use std::path::Path;

use super::arguments::WhichArgs;
use super::outcome::Outcome;
use super::spelling;
use crate::carbon::{Origin, PolicyChoice, Rules, points_of};
use crate::config::Storage;

/// Writes the answer to `out`, and what stands in the way of one to `err`.
///
/// # Errors
/// `out` or `err` cannot be written.
pub(crate) fn which(args: &WhichArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Outcome> {
    let storage = match args.config.load() {
        Ok(config) => config.storage,
        Err(error) => {
            writeln!(err, "{error}")?;
            return Ok(Outcome::Failed);
        }
    };
    let name = match plumbago_protocol::canonical(&args.metric) {
        Ok(name) => name,
        Err(refusal) => {
            writeln!(err, "`{}` would be refused: {refusal}", args.metric)?;
            return Ok(Outcome::Failed);
        }
    };
    let loaded = Rules::load(storage.schemas_file.as_deref(), storage.aggregation_file.as_deref());
    let (rules, warnings) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            writeln!(err, "{error}")?;
            return Ok(Outcome::Failed);
        }
    };
    if name != args.metric {
        writeln!(out, "{}\n  is kept under its canonical name", args.metric)?;
    }
    writeln!(out, "{name}")?;
    explain(&rules.policy_for(&name), &storage, out)?;
    if !warnings.is_empty() {
        let count = spelling::count(warnings.len(), "warning");
        writeln!(err, "{count} about the rule files: see `plumbago check-config`")?;
    }
    Ok(Outcome::Done)
}

fn explain(choice: &PolicyChoice<'_>, storage: &Storage, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "schema: ")?;
    origin(choice.schema_origin, storage.schemas_file.as_deref(), out)?;
    for archive in choice.archives {
        let (step, retention) =
            (spelling::duration(archive.step_secs), spelling::duration(archive.retention_secs));
        writeln!(out, "  {step} for {retention} ({})", spelling::count(points_of(*archive), "point"))?;
    }
    write!(out, "aggregation: ")?;
    origin(choice.aggregation_origin, storage.aggregation_file.as_deref(), out)?;
    writeln!(out, "  {}, xFilesFactor {}", choice.aggregation.name(), choice.x_files_factor)?;
    for selector in &choice.gave_up {
        writeln!(
            out,
            "passed over: [{}] in {}:{}, because the search for its pattern takes too many steps: {}",
            selector.section,
            selector.file.display(),
            selector.line,
            selector.pattern.as_str()
        )?;
    }
    Ok(())
}

fn origin(origin: Origin<'_>, file: Option<&Path>, out: &mut dyn Write) -> io::Result<()> {
    match (origin, file) {
        (Origin::Section(selector), _) => writeln!(
            out,
            "[{}] in {}:{}, the first whose pattern matches: {}",
            selector.section,
            selector.file.display(),
            selector.line,
            selector.pattern.as_str()
        ),
        (Origin::NoMatch, Some(file)) => {
            writeln!(out, "carbon's default, because no section of {} matches", file.display())
        }
        (Origin::NoMatch | Origin::BuiltIn, _) => writeln!(out, "built in, because no file is given"),
    }
}

#[cfg(test)]
mod tests;
