//! What every rule of carbon's files has in common: a section, its place, and a pattern that picks names.

use std::path::{Path, PathBuf};

use super::ini::IniSection;
use plumbago_rules::carbon::Warnings;
use plumbago_rules::carbon::{Pattern, Search};

/// Which names a rule is for, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Selector {
    /// The section's name.
    pub section: String,
    /// The file as it was named to us.
    pub file: PathBuf,
    /// The line of the section's header, counted from 1.
    pub line: usize,
    /// The names it is for.
    pub pattern: Pattern,
}

impl Selector {
    /// Reads `pattern`; without a usable one the section is skipped with a warning.
    pub(crate) fn read(section: &IniSection, file: &Path, warnings: &mut Warnings) -> Option<Self> {
        let option = section.get("pattern").filter(|option| !option.value.is_empty());
        let Some(option) = option else {
            let elsewhere = "carbon would skip it, too";
            warnings.push_skipped(section.line, &section.name, "it has no pattern", elsewhere);
            return None;
        };
        if option.value.contains('\n') {
            let message =
                format!("the pattern of [{}] goes over several lines and matches no name", section.name);
            warnings.push(option.line, message, "carbon would read it the same way");
        }
        match Pattern::parse(&option.value) {
            Ok(pattern) => Some(Self {
                section: section.name.clone(),
                file: file.to_path_buf(),
                line: section.line,
                pattern,
            }),
            Err(reason) => {
                let elsewhere = "carbon would refuse to start if Python refuses it, too";
                warnings.push_skipped(option.line, &section.name, reason, elsewhere);
                None
            }
        }
    }
}

/// The first rule whose pattern occurs in `name`, and the rules before it whose search gave up.
pub(crate) fn first_match<'r, R>(
    rules: &'r [R],
    selector: fn(&R) -> &Selector,
    name: &str,
) -> (Option<&'r R>, Vec<&'r Selector>) {
    let mut gave_up = Vec::new();
    for rule in rules {
        match selector(rule).pattern.search(name) {
            Search::Found => return (Some(rule), gave_up),
            Search::NotFound => {}
            Search::GaveUp => gave_up.push(selector(rule)),
        }
    }
    (None, gave_up)
}

/// Warns about rules that no name can reach, because an earlier one matches every name.
pub(crate) fn warn_unreachable<R>(rules: &[R], selector: fn(&R) -> &Selector, warnings: &mut Warnings) {
    let mut selectors = rules.iter().map(selector);
    let Some(everything) = selectors.find(|selector| selector.pattern.matches_everything()) else { return };
    for unreachable in selectors {
        let message = format!(
            "[{}] is never used: [{}] in line {} comes before it and matches every name",
            unreachable.section, everything.section, everything.line
        );
        warnings.push(unreachable.line, message, "carbon would never use it either");
    }
}
