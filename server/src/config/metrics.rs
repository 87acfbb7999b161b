//! `[host_metrics]` and `[self_metrics]`: the series that the server writes by itself, two sections of one shape.

use std::time::Duration;

use super::document::Section;
use super::values;

/// How one kind of series of the server's own is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnMetrics {
    /// Whether they are written.
    pub enabled: bool,
    /// How often.
    pub interval: Duration,
    /// What stands before the machine's name in their names.
    pub prefix: String,
}

impl OwnMetrics {
    /// Series about the machine, unless configured otherwise: processor, memory, load, disks, network.
    pub(crate) fn of_the_host() -> Self {
        Self { enabled: true, interval: Duration::from_secs(10), prefix: "hosts".to_owned() }
    }

    /// Series about the server itself, unless configured otherwise: points received, refused, kept.
    pub(crate) fn of_the_server() -> Self {
        Self { enabled: true, interval: Duration::from_secs(60), prefix: "carbon.agents".to_owned() }
    }

    pub(super) fn read(section: &mut Section<'_, '_>, defaults: Self) -> Self {
        Self {
            enabled: section.take("enabled", defaults.enabled, values::boolean),
            interval: section.take_interval("interval_secs", defaults.interval, 1..=3_600),
            prefix: section.take("prefix", defaults.prefix, values::metric_prefix),
        }
    }
}
