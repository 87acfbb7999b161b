//! storage-aggregation.conf: how points become one coarser point.
//!
//! Invariant: rules stand in the order of the file, the first match wins; what a rule leaves unset is average and
//! 0.5. The xFilesFactor is a float32, as whisper stores it: 0.1 is a little more than a tenth.

use std::path::Path;

use plumbago_protocol::Aggregation;

use super::ini::{self, IniSection};
use super::selector::{Selector, warn_unreachable};
use plumbago_rules::carbon::{Warning, Warnings};

/// What a series gets when no rule says otherwise.
pub(crate) const DEFAULT_X_FILES_FACTOR: f32 = 0.5;
/// What a series gets when no rule says otherwise.
pub(crate) const DEFAULT_AGGREGATION: Aggregation = Aggregation::Average;

/// One section.
#[derive(Debug, Clone)]
pub(crate) struct AggregationRule {
    /// The names it is for.
    pub selector: Selector,
    /// The share of known points that a coarser point needs.
    pub x_files_factor: f32,
    /// How the known points become one.
    pub aggregation: Aggregation,
}

/// Reads the text of `file`: the rules in the order in which they are tried.
pub(crate) fn parse(text: &str, file: &Path) -> (Vec<AggregationRule>, Vec<Warning>) {
    let mut warnings = Warnings::new(file);
    let sections = ini::parse(text, &mut warnings);
    let read = |section| AggregationRule::read(section, file, &mut warnings);
    let rules: Vec<AggregationRule> = sections.iter().filter_map(read).collect();
    warn_unreachable(&rules, |rule| &rule.selector, &mut warnings);
    (rules, warnings.into_list())
}

impl AggregationRule {
    fn read(section: &IniSection, file: &Path, warnings: &mut Warnings) -> Option<Self> {
        let selector = Selector::read(section, file, warnings)?;
        let x_files_factor = read_x_files_factor(section, warnings)?;
        let aggregation = read_aggregation(section, warnings)?;
        Some(Self { selector, x_files_factor, aggregation })
    }
}

fn read_x_files_factor(section: &IniSection, warnings: &mut Warnings) -> Option<f32> {
    let Some(option) = section.get("xfilesfactor") else {
        return Some(DEFAULT_X_FILES_FACTOR);
    };
    // Through f64, as whisper does; parsing as f32 could round differently.
    let factor = option.value.parse::<f64>().ok().filter(|factor| (0.0..=1.0).contains(factor));
    if factor.is_none() {
        let reason = format!("its xFilesFactor must be a number from 0 to 1, not `{}`", option.value);
        let elsewhere = "carbon would skip it or refuse to start";
        warnings.push_skipped(option.line, &section.name, reason, elsewhere);
    }
    #[allow(clippy::cast_possible_truncation, reason = "the rounding is whisper's")]
    factor.map(|factor| factor as f32)
}

fn read_aggregation(section: &IniSection, warnings: &mut Warnings) -> Option<Aggregation> {
    let Some(option) = section.get("aggregationmethod") else {
        return Some(DEFAULT_AGGREGATION);
    };
    let aggregation = Aggregation::parse(&option.value);
    if aggregation.is_none() {
        let known: Vec<&str> = Aggregation::all().iter().map(|method| method.name()).collect();
        let reason =
            format!("its aggregationMethod must be one of {}, not `{}`", known.join(", "), option.value);
        warnings.push_skipped(option.line, &section.name, reason, "carbon would refuse to start");
    } else if option.value == "avg" {
        let message = "`avg` is taken as `average`";
        warnings.push(option.line, message, "carbon would refuse to start, go-carbon would take it");
    }
    aggregation
}

#[cfg(test)]
mod tests;
