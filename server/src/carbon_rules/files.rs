//! The four files: read together, and told apart from what they were when they were read last.
//!
//! Invariant: stamps are taken before the texts are read, so that a change between the two is seen as one later on.

use crate::carbon::{RulesError, Warning, read_text};
use crate::config::CarbonSettings;
use plumbago_protocol::limits::CARBON_FILE_BYTES_MAX;
use plumbago_rules::carbon::{AggregationRules, CarbonRules, NameList, RewriteRules};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What was read from the files that are configured.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    /// The rules; `None` where no file is configured that counts.
    pub(crate) rules: Option<Arc<CarbonRules>>,
    /// Everything that is doubtful.
    pub(crate) warnings: Vec<Warning>,
    /// What the files were.
    pub(crate) stamps: Stamps,
    files: Vec<PathBuf>,
}

/// When each of the files was changed last, and how long it is; `None`: it is not configured, or not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stamps([Option<(SystemTime, u64)>; 4]);

impl Stamps {
    /// Looks at the files.
    pub(super) fn of(settings: &CarbonSettings) -> Stamps {
        Stamps(paths(settings).map(|path| {
            let metadata = std::fs::metadata(path?).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        }))
    }
}

impl Loaded {
    /// Reads the files. A mistake inside them is a warning.
    ///
    /// # Errors
    /// One that is configured cannot be read, or is too large.
    pub(crate) fn read(settings: &CarbonSettings) -> Result<Loaded, RulesError> {
        let stamps = Stamps::of(settings);
        let mut warnings = Vec::new();
        let [aggregation, rewrite, blacklist, whitelist] = paths(settings);
        let rules = CarbonRules {
            blacklist: parsed(blacklist, NameList::parse, &mut warnings)?,
            whitelist: parsed(whitelist, NameList::parse, &mut warnings)?,
            rewrite: parsed(rewrite, RewriteRules::parse, &mut warnings)?.unwrap_or_default(),
            aggregation: parsed(aggregation, AggregationRules::parse, &mut warnings)?.unwrap_or_default(),
            // Without rules that make aggregates there is nothing else that could be stored.
            forward_all: settings.forward_all || aggregation.is_none(),
        };
        let files: Vec<_> = paths(settings).into_iter().flatten().map(Path::to_path_buf).collect();
        Ok(Loaded { rules: (!files.is_empty()).then(|| Arc::new(rules)), warnings, stamps, files })
    }

    /// The files that were read.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The first line that counts for nothing because something in it is wrong.
    pub(crate) fn skipped(&self) -> Option<&Warning> {
        self.warnings.iter().find(|warning| warning.skips_section)
    }
}

/// The files that count: aggregation, rewriting, blacklist, whitelist.
fn paths(settings: &CarbonSettings) -> [Option<&Path>; 4] {
    let lists = [&settings.blacklist_file, &settings.whitelist_file]
        .map(|file| file.as_deref().filter(|_| settings.use_whitelist));
    [settings.aggregation_rules_file.as_deref(), settings.rewrite_rules_file.as_deref(), lists[0], lists[1]]
}

fn parsed<T>(
    file: Option<&Path>,
    parse: fn(&str, &Path) -> (T, Vec<Warning>),
    warnings: &mut Vec<Warning>,
) -> Result<Option<T>, RulesError> {
    let Some(file) = file else { return Ok(None) };
    let length =
        std::fs::metadata(file).map_err(|cause| RulesError { file: file.to_path_buf(), cause })?.len();
    if length > CARBON_FILE_BYTES_MAX as u64 {
        let cause = io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it has {length} bytes, more than {CARBON_FILE_BYTES_MAX}"),
        );
        return Err(RulesError { file: file.to_path_buf(), cause });
    }
    let (_, text) = read_text(file, warnings)?;
    let (value, found) = parse(&text, file);
    warnings.extend(found);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_count_only_where_they_are_wanted() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("blacklist.conf");
        std::fs::write(&file, "^a\n(\n").expect("written");
        let wanted = CarbonSettings { blacklist_file: Some(file), ..CarbonSettings::default() };
        let loaded = Loaded::read(&wanted).expect("read");
        assert_eq!(loaded.skipped().map(|warning| warning.line), Some(2));
        assert_eq!(loaded.stamps, Stamps::of(&wanted));
        let unwanted = CarbonSettings { use_whitelist: false, ..wanted };
        let loaded = Loaded::read(&unwanted).expect("read");
        assert!(loaded.rules.is_none() && loaded.warnings.is_empty());
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        let settings = CarbonSettings {
            rewrite_rules_file: Some("/nowhere/r.conf".into()),
            ..CarbonSettings::default()
        };
        let error = Loaded::read(&settings).expect_err("missing").to_string();
        assert!(error.starts_with("/nowhere/r.conf: cannot be read: "), "{error}");
    }
}
