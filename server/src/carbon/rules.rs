//! Which archives and which aggregation a name gets, from carbon's two files or from what is built in.
//!
//! Invariant: one name, one answer, until the fingerprint changes; every name gets a valid policy. Patterns see
//! the canonical name, tags included, as carbon's do. Deciding when to ask is the engine's business.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use plumbago_engine::Archive;
use plumbago_protocol::Aggregation;

use super::aggregation_rules::{self, AggregationRule, DEFAULT_AGGREGATION, DEFAULT_X_FILES_FACTOR};
use super::fingerprint::Fingerprint;
use super::schemas::{self, Schema};
use super::selector::{Selector, first_match};
use plumbago_rules::carbon::{Warning, Warnings};

/// Without a storage-schemas file: `10s:1d, 1m:30d, 10m:5y`.
pub(crate) const BUILT_IN_ARCHIVES: [Archive; 3] = [
    Archive { step_secs: 10, retention_secs: 86_400 },
    Archive { step_secs: 60, retention_secs: 2_592_000 },
    Archive { step_secs: 600, retention_secs: 157_680_000 },
];

/// Without a storage-schemas file, for what the server says of itself once a minute under `carbon.`: as in the file that
/// comes with carbon. In archives that start at 10 s one point a minute would never reach xFilesFactor.
pub(crate) const BUILT_IN_CARBON_ARCHIVES: [Archive; 1] =
    [Archive { step_secs: 60, retention_secs: 7_776_000 }];

/// With a storage-schemas file of which nothing matches: carbon's `60s:7d`.
pub(crate) const CARBON_DEFAULT_ARCHIVES: [Archive; 1] = [Archive { step_secs: 60, retention_secs: 604_800 }];

/// The rules of both files.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    schemas: Option<Vec<Schema>>,
    aggregations: Option<Vec<AggregationRule>>,
    fingerprint: u64,
}

/// How a series of one name is kept, and why.
#[derive(Debug, Clone)]
pub(crate) struct PolicyChoice<'r> {
    /// Archives, finest first; at least one.
    pub archives: &'r [Archive],
    /// The share of known points that a coarser point needs.
    pub x_files_factor: f32,
    /// How the known points become one.
    pub aggregation: Aggregation,
    /// Where the archives come from.
    pub schema_origin: Origin<'r>,
    /// Where xFilesFactor and aggregation come from.
    pub aggregation_origin: Origin<'r>,
    /// Rules that might have come first, but whose search took too many steps; nearly always none.
    pub gave_up: Vec<&'r Selector>,
}

/// Where a decision comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'r> {
    /// No file was given.
    BuiltIn,
    /// A file was given, but none of its sections matches.
    NoMatch,
    /// This section matches first.
    Section(&'r Selector),
}

/// A rule file that could not be read.
#[derive(Debug)]
pub(crate) struct RulesError {
    /// The file as it was named to us.
    pub file: PathBuf,
    /// What the system said.
    pub cause: io::Error,
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: cannot be read: {}", self.file.display(), self.cause)
    }
}

impl std::error::Error for RulesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// One rule file: its name, and the text that was in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleFile<'f> {
    /// The file as it was named to us.
    pub file: &'f Path,
    /// Its text.
    pub text: &'f str,
}

impl Rules {
    /// Reads the files that are given. A mistake inside them is a warning.
    ///
    /// # Errors
    /// A file that is given cannot be read.
    pub(crate) fn load(
        schemas: Option<&Path>,
        aggregations: Option<&Path>,
    ) -> Result<(Self, Vec<Warning>), RulesError> {
        let mut warnings = Vec::new();
        let schemas = schemas.map(|file| read_text(file, &mut warnings)).transpose()?;
        let aggregations = aggregations.map(|file| read_text(file, &mut warnings)).transpose()?;
        let (rules, more) = Self::parse(
            schemas.as_ref().map(|(file, text)| RuleFile { file, text }),
            aggregations.as_ref().map(|(file, text)| RuleFile { file, text }),
        );
        warnings.extend(more);
        Ok((rules, warnings))
    }

    /// Makes rules from the texts of the files that are given.
    pub(crate) fn parse(
        schemas: Option<RuleFile<'_>>,
        aggregations: Option<RuleFile<'_>>,
    ) -> (Self, Vec<Warning>) {
        let mut warnings = Vec::new();
        let schemas = schemas.map(|given| {
            let (schemas, more) = schemas::parse(given.text, given.file);
            warnings.extend(more);
            schemas
        });
        let aggregations = aggregations.map(|given| {
            let (rules, more) = aggregation_rules::parse(given.text, given.file);
            warnings.extend(more);
            rules
        });
        let fingerprint = fingerprint(schemas.as_deref(), aggregations.as_deref());
        (Self { schemas, aggregations, fingerprint }, warnings)
    }

    /// How the series of the canonical `name` is kept.
    pub(crate) fn policy_for(&self, name: &str) -> PolicyChoice<'_> {
        let mut gave_up = Vec::new();
        let (schema_origin, archives) = match &self.schemas {
            None if name.starts_with("carbon.") => (Origin::BuiltIn, &BUILT_IN_CARBON_ARCHIVES[..]),
            None => (Origin::BuiltIn, &BUILT_IN_ARCHIVES[..]),
            Some(schemas) => {
                let (schema, lost) = first_match(schemas, |schema| &schema.selector, name);
                gave_up.extend(lost);
                schema.map_or((Origin::NoMatch, &CARBON_DEFAULT_ARCHIVES[..]), |schema| {
                    (Origin::Section(&schema.selector), schema.archives.as_slice())
                })
            }
        };
        let (aggregation_origin, rule) = match &self.aggregations {
            None => (Origin::BuiltIn, None),
            Some(rules) => {
                let (rule, lost) = first_match(rules, |rule| &rule.selector, name);
                gave_up.extend(lost);
                (rule.map_or(Origin::NoMatch, |rule| Origin::Section(&rule.selector)), rule)
            }
        };
        PolicyChoice {
            archives,
            x_files_factor: rule.map_or(DEFAULT_X_FILES_FACTOR, |rule| rule.x_files_factor),
            aggregation: rule.map_or(DEFAULT_AGGREGATION, |rule| rule.aggregation),
            schema_origin,
            aggregation_origin,
            gave_up,
        }
    }

    /// Changes whenever some name's policy may have changed, also across restarts; comments, section names and
    /// places do not count.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The sections in use of storage-schemas.conf; `None` without the file.
    pub(crate) fn schema_count(&self) -> Option<usize> {
        self.schemas.as_ref().map(Vec::len)
    }

    /// Whether a file was given of which no section can be used: half-written, most likely.
    pub(crate) fn has_empty_file(&self) -> bool {
        self.schema_count() == Some(0) || self.aggregation_count() == Some(0)
    }

    /// The sections in use of storage-aggregation.conf; `None` without the file.
    pub(crate) fn aggregation_count(&self) -> Option<usize> {
        self.aggregations.as_ref().map(Vec::len)
    }
}

impl Default for Rules {
    /// The rules without any file.
    fn default() -> Self {
        Self::parse(None, None).0
    }
}

fn fingerprint(schemas: Option<&[Schema]>, aggregations: Option<&[AggregationRule]>) -> u64 {
    let mut digest = Fingerprint::new();
    let fallback: &[Archive] = if schemas.is_some() { &CARBON_DEFAULT_ARCHIVES } else { &BUILT_IN_ARCHIVES };
    digest_archives(&mut digest, fallback);
    let schemas = schemas.unwrap_or(&[]);
    digest.number(schemas.len() as u64);
    for schema in schemas {
        digest.text(schema.selector.pattern.as_str());
        digest_archives(&mut digest, &schema.archives);
    }
    for rule in aggregations.unwrap_or(&[]) {
        digest.text(rule.selector.pattern.as_str());
        digest.number(u64::from(rule.x_files_factor.to_bits()));
        digest.text(rule.aggregation.name());
    }
    digest.finish()
}

fn digest_archives(digest: &mut Fingerprint, archives: &[Archive]) {
    digest.number(archives.len() as u64);
    for archive in archives {
        digest.number(u64::from(archive.step_secs));
        digest.number(u64::from(archive.retention_secs));
    }
}

/// The text of `file`. Old files may hold other encodings in their comments, so that this is no failure.
pub(crate) fn read_text<'f>(
    file: &'f Path,
    warnings: &mut Vec<Warning>,
) -> Result<(&'f Path, String), RulesError> {
    let bytes = std::fs::read(file).map_err(|cause| RulesError { file: file.to_path_buf(), cause })?;
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or(&[]);
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        let mut found = Warnings::new(file);
        found.push(
            line,
            "this line is not UTF-8; what cannot be read is replaced",
            "carbon would refuse the file",
        );
        warnings.extend(found.into_list());
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    Ok((file, text))
}

#[cfg(test)]
mod tests;
