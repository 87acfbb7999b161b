//! `[carbon_rules]`: where carbon's aggregation, rewrite, black- and whitelist files lie, and what carbon.conf says about
//! them.

use std::path::PathBuf;

use plumbago_rules::carbon::AggregatorSettings;

use super::document::Section;
use super::values;

/// Longest write-back interval in seconds: a day.
const WRITE_BACK_SECS_MAX: u64 = 86_400;

/// Most frequencies that a bucket may stay open.
const INTERVALS_MAX: u64 = 10_000;

/// What is done with points on their way in, besides storing them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CarbonSettings {
    /// carbon's `aggregation-rules.conf`; `None`: nothing is aggregated.
    pub aggregation_rules_file: Option<PathBuf>,
    /// carbon's `rewrite-rules.conf`; `None`: names stay as they are.
    pub rewrite_rules_file: Option<PathBuf>,
    /// carbon's `blacklist.conf`; `None`: no name is refused by it.
    pub blacklist_file: Option<PathBuf>,
    /// carbon's `whitelist.conf`; `None`: every name is let in.
    pub whitelist_file: Option<PathBuf>,
    /// Whether the two lists count: `USE_WHITELIST`.
    pub use_whitelist: bool,
    /// Whether points are stored besides entering aggregates: `FORWARD_ALL`.
    pub forward_all: bool,
    /// `MAX_AGGREGATION_INTERVALS` and `WRITE_BACK_FREQUENCY`.
    pub aggregator: AggregatorSettings,
}

impl Default for CarbonSettings {
    fn default() -> Self {
        Self {
            aggregation_rules_file: None,
            rewrite_rules_file: None,
            blacklist_file: None,
            whitelist_file: None,
            use_whitelist: true,
            forward_all: true,
            aggregator: AggregatorSettings::default(),
        }
    }
}

impl CarbonSettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            aggregation_rules_file: section
                .take_optional_path("aggregation_rules_file", defaults.aggregation_rules_file),
            rewrite_rules_file: section.take_optional_path("rewrite_rules_file", defaults.rewrite_rules_file),
            blacklist_file: section.take_optional_path("blacklist_file", defaults.blacklist_file),
            whitelist_file: section.take_optional_path("whitelist_file", defaults.whitelist_file),
            use_whitelist: section.take("use_whitelist", defaults.use_whitelist, values::boolean),
            forward_all: section.take("forward_all", defaults.forward_all, values::boolean),
            aggregator: AggregatorSettings {
                intervals_max: section.take(
                    "max_aggregation_intervals",
                    defaults.aggregator.intervals_max,
                    |value| Ok(small(values::integer(0..=INTERVALS_MAX)(value)?)),
                ),
                write_back_secs: section.take("write_back_secs", None, |value| {
                    let secs = values::integer(0..=WRITE_BACK_SECS_MAX)(value)?;
                    Ok((secs > 0).then_some(small(secs)))
                }),
            },
        }
    }
}

/// A number that its range keeps far below the largest one.
fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
