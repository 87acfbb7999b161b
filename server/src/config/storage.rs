//! `[storage]`: memory, log and durability of the engine, and where carbon's rule files lie.

use std::path::PathBuf;
use std::time::Duration;

use super::document::Section;
use super::values;

/// How points are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Storage {
    /// How often written points are forced to the disk. A power loss costs at most this much; the death of the
    /// process alone costs nothing.
    pub sync_interval: Duration,
    /// The hot window is flushed to segments when it holds this many bytes.
    pub hot_bytes: u64,
    /// The hot window is flushed to segments when the write-ahead logs hold this many bytes.
    pub wal_bytes: u64,
    /// carbon's `storage-schemas.conf`; `None`: every series gets the built-in retention.
    pub schemas_file: Option<PathBuf>,
    /// carbon's `storage-aggregation.conf`; `None`: every series gets average and 0.5.
    pub aggregation_file: Option<PathBuf>,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            sync_interval: Duration::from_millis(1_000),
            hot_bytes: 256 << 20,
            wal_bytes: 512 << 20,
            schemas_file: None,
            aggregation_file: None,
        }
    }
}

impl Storage {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        let sync_interval_ms = u64::try_from(defaults.sync_interval.as_millis()).unwrap_or(u64::MAX);
        let sync_interval_ms =
            section.take("sync_interval_ms", sync_interval_ms, values::integer(1..=60_000));
        Self {
            sync_interval: Duration::from_millis(sync_interval_ms),
            hot_bytes: section.take("hot_bytes", defaults.hot_bytes, values::bytes(1 << 20..=1 << 40)),
            wal_bytes: section.take("wal_bytes", defaults.wal_bytes, values::bytes(1 << 20..=1 << 40)),
            schemas_file: section.take_optional_path("schemas_file", defaults.schemas_file),
            aggregation_file: section.take_optional_path("aggregation_file", defaults.aggregation_file),
        }
    }
}
