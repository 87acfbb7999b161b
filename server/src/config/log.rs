//! `[log]`: what the server writes to standard error. Writing it is not done here.

use std::borrow::Cow;

use super::document::Section;

/// The log's settings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Log {
    /// The least important kind of message that is still written.
    pub level: LogLevel,
}

impl Log {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let level = section.take("level", LogLevel::default(), |value| {
            value
                .as_str()
                .and_then(LogLevel::parse)
                .ok_or(Cow::Borrowed("one of \"error\", \"warn\", \"info\", \"debug\" and \"trace\""))
        });
        Self { level }
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
