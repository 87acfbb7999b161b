//! carbon's rules as the engine wants them: a canonical name to a policy.
//!
//! The rules themselves, and what is wrong with the files, belong to `carbon`.

use crate::carbon::{Rules, Warning};
use crate::config::Storage;
use plumbago_engine::{Archive, Policy, PolicyRules};
use std::fmt;
use std::path::Path;

/// What is missing in rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IncompleteRules {
    /// A section, for this reason.
    Section(Warning),
    /// Everything: a file holds no section that can be used.
    File,
}

impl fmt::Display for IncompleteRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IncompleteRules::Section(warning) => write!(f, "{warning}"),
            IncompleteRules::File => {
                f.write_str("a rule file has no section that can be used: is it being written just now?")
            }
        }
    }
}

impl std::error::Error for IncompleteRules {}

/// Rules that were read once; a reload makes new ones.
#[derive(Debug)]
pub(crate) struct ServedRules {
    rules: Rules,
    skipped: Vec<Warning>,
}

impl ServedRules {
    /// Reads the rule files that the configuration names, and logs what is doubtful in them.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn load(storage: &Storage) -> Result<ServedRules, crate::carbon::RulesError> {
        let schemas = storage.schemas_file.as_deref();
        let aggregations: Option<&Path> = storage.aggregation_file.as_deref();
        let (rules, warnings) = Rules::load(schemas, aggregations)?;
        let (skipped, doubtful): (Vec<_>, Vec<_>) =
            warnings.into_iter().partition(|warning| warning.skips_section);
        for warning in doubtful {
            tracing::warn!("{warning}");
        }
        Ok(ServedRules { rules, skipped })
    }

    /// The sections that count for nothing because something in them is wrong.
    pub(crate) fn skipped(&self) -> &[Warning] {
        &self.skipped
    }

    /// Refuses rules of which a part is missing.
    ///
    /// # Errors
    /// The first section that counts for nothing, or that there is none at all.
    pub(crate) fn check_complete(&self) -> Result<(), IncompleteRules> {
        match self.skipped.first() {
            Some(warning) => Err(IncompleteRules::Section(warning.clone())),
            None if self.rules.has_empty_file() => Err(IncompleteRules::File),
            None => Ok(()),
        }
    }
}

impl PolicyRules for ServedRules {
    fn policy_for(&self, name: &str) -> Policy {
        let choice = self.rules.policy_for(name);
        let archives = choice
            .archives
            .iter()
            .map(|archive| Archive { step_secs: archive.step_secs, retention_secs: archive.retention_secs })
            .collect();
        match Policy::new(archives, choice.x_files_factor, choice.aggregation) {
            Ok(policy) => policy,
            // `carbon` leaves out what the engine could not keep, by the same invariant.
            Err(error) => unreachable!("a checked schema is refused for {name}: {error}"),
        }
    }

    fn fingerprint(&self) -> u64 {
        self.rules.fingerprint()
    }
}
