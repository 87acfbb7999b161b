//! carbon's rules as the engine wants them: a canonical name to a policy.
//!
//! The rules themselves, and what is wrong with the files, belong to `carbon`.

use crate::carbon::Rules;
use crate::config::Storage;
use plumbago_engine::{Archive, Policy, PolicyRules};
use std::path::Path;

/// Rules that were read once; a reload makes new ones.
#[derive(Debug)]
pub(crate) struct ServedRules {
    rules: Rules,
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
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        Ok(ServedRules { rules })
    }

    /// Whether a file was given of which no section can be used.
    pub(crate) fn has_empty_file(&self) -> bool {
        self.rules.has_empty_file()
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
