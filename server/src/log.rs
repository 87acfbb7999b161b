//! The log: lines on standard error, at the level that the configuration asks for.

use crate::config::LogLevel;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Begins to write the log. The environment variable `PLUMBAGO_LOG` overrides the level, by `tracing`'s filter rules.
pub(crate) fn start(level: LogLevel) {
    let filter = EnvFilter::try_from_env("PLUMBAGO_LOG").unwrap_or_else(|_| EnvFilter::new(level.as_str()));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // A second start within one process, as in tests, keeps the first.
    let _ = subscriber.try_init();
}
