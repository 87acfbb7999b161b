//! `[host_metrics]` and `[self_metrics]`: the series that the server writes by itself.

use std::time::Duration;

use super::document::Section;
use super::values;

/// Series about the machine: processor, memory, load, disks, network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostMetrics {
    /// Whether they are written.
    pub enabled: bool,
    /// How often.
    pub interval: Duration,
    /// What stands before the machine's name in their names.
    pub prefix: String,
}

impl Default for HostMetrics {
    fn default() -> Self {
        Self { enabled: true, interval: Duration::from_secs(10), prefix: "hosts".to_owned() }
    }
}

impl HostMetrics {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            enabled: section.take("enabled", defaults.enabled, values::boolean),
            interval: section.take_interval("interval_secs", defaults.interval, 1..=3_600),
            prefix: section.take("prefix", defaults.prefix, values::metric_prefix),
        }
    }
}

/// Series about the server itself: points received, refused, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SelfMetrics {
    /// Whether they are written.
    pub enabled: bool,
    /// How often.
    pub interval: Duration,
    /// What stands before the machine's name in their names.
    pub prefix: String,
}

impl Default for SelfMetrics {
    fn default() -> Self {
        Self { enabled: true, interval: Duration::from_secs(60), prefix: "carbon.agents".to_owned() }
    }
}

impl SelfMetrics {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            enabled: section.take("enabled", defaults.enabled, values::boolean),
            interval: section.take_interval("interval_secs", defaults.interval, 1..=3_600),
            prefix: section.take("prefix", defaults.prefix, values::metric_prefix),
        }
    }
}
