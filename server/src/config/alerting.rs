//! `[alerting]` and `[canary]`: who is told about alarms, and how that is watched.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::document::Section;
use super::values;

/// Whom to tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AlertingSettings {
    /// The file in alertmanager.yml's shape; `None`: alarms are evaluated and shown, none is sent.
    pub file: Option<PathBuf>,
    /// Whether receivers may run programs.
    pub allow_exec: bool,
}

/// A point that is stored now and then only to see how long its notification takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Canary {
    /// The receiver of the alerting file that is sent the notification; `None`: no canary.
    pub receiver: Option<String>,
    /// Time between two points.
    pub interval: Duration,
}

impl Default for Canary {
    fn default() -> Self {
        Self { receiver: None, interval: Duration::from_secs(60) }
    }
}

impl AlertingSettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            file: section.take_optional_path("file", defaults.file),
            allow_exec: section.take("allow_exec", defaults.allow_exec, values::boolean),
        }
    }
}

impl Canary {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            receiver: section.take("receiver", defaults.receiver, receiver),
            interval: section.take_interval("interval_secs", defaults.interval, 10..=86_400),
        }
    }
}

fn receiver(value: &DeValue<'_>) -> values::Read<Option<String>> {
    match value.as_str() {
        Some("") => Ok(None),
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(Cow::Borrowed("the name of a receiver of the alerting file, in quotes")),
    }
}
