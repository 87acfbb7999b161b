//! `[log]`: what the server writes to standard error. Writing it is not done here.

use std::borrow::Cow;
use std::time::Duration;

use super::document::Section;
use super::values;

/// The log's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    /// The least important kind of message that is still written.
    pub level: LogLevel,
    /// Whether every request over HTTP has its line.
    pub access: bool,
    /// A query that takes as long has a line of its own; `None`: none has.
    pub slow_query: Option<Duration>,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LogLevel::default(), access: false, slow_query: Some(Duration::from_secs(1)) }
    }
}

impl Log {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let level = section.take("level", LogLevel::default(), |value| {
            value
                .as_str()
                .and_then(LogLevel::parse)
                .ok_or(Cow::Borrowed("one of \"error\", \"warn\", \"info\", \"debug\" and \"trace\""))
        });
        let defaults = Self::default();
        let access = section.take("access", defaults.access, values::boolean);
        let slow_query = section.take("slow_query_ms", defaults.slow_query, |value| {
            let milliseconds = values::integer(0..=3_600_000)(value)?;
            Ok((milliseconds > 0).then(|| Duration::from_millis(milliseconds)))
        });
        Self { level, access, slow_query }
    }
}

/// How important a message is, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogLevel {
    /// Something was lost or could not be done.
    Error,
    /// Something works, but probably not as meant.
    Warn,
    /// Starts, stops and other rare events.
    #[default]
    Info,
    /// What helps to find a fault.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The level's name in the file, which is also its name in a log filter.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace]
            .into_iter()
            .find(|level| level.as_str() == name)
    }
}
