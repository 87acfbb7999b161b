//! `[alerting]` and `[canary]`: who is told about alarms, and how that is watched.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use plumbago_rules::parse_duration;
use toml::de::DeValue;

use super::document::Section;
use super::values;

/// How long the address of a picture may be valid.
const EXPIRY_MS: RangeInclusive<i64> = 60_000..=366 * 86_400_000;

/// Whom to tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AlertingSettings {
    /// The file in alertmanager.yml's shape; `None`: alarms are evaluated and shown, none is sent.
    pub file: Option<PathBuf>,
    /// Whether receivers may run programs.
    pub allow_exec: bool,
    /// Graphs that go with messages.
    pub pictures: MessagePictures,
}

/// Graphs that go with messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessagePictures {
    /// Whether there are any.
    pub are_on: bool,
    /// How long the address of one can be asked for, in seconds.
    pub expiry_secs: i64,
}

impl Default for MessagePictures {
    fn default() -> Self {
        Self { are_on: true, expiry_secs: 7 * 86_400 }
    }
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
            pictures: MessagePictures {
                are_on: section.take("pictures", defaults.pictures.are_on, values::boolean),
                expiry_secs: section.take("picture_expiry", defaults.pictures.expiry_secs, expiry_secs),
            },
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

fn expiry_secs(value: &DeValue<'_>) -> values::Read<i64> {
    let expected = Cow::Borrowed("a duration from a minute to a year in quotes, such as \"7d\"");
    let milliseconds = value.as_str().and_then(|text| parse_duration(text).ok());
    milliseconds.filter(|ms| EXPIRY_MS.contains(ms)).map(|ms| ms / 1000).ok_or(expected)
}

fn receiver(value: &DeValue<'_>) -> values::Read<Option<String>> {
    match value.as_str() {
        Some("") => Ok(None),
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(Cow::Borrowed("the name of a receiver of the alerting file, in quotes")),
    }
}
