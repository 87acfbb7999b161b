//! The log: lines on standard error, at the level that the configuration asks for.

use crate::config::LogLevel;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Overrides the level, by `tracing`'s filter rules, for as long as the process lives.
const VARIABLE: &str = "PLUMBAGO_LOG";

/// Changes the level of a log that has begun.
pub(crate) struct LogControl {
    apply: Box<dyn Fn(LogLevel) + Send + Sync>,
}

impl LogControl {
    /// Writes from now on what is at least as important as `level`.
    pub(crate) fn set_level(&self, level: LogLevel) {
        (self.apply)(level);
    }
}

/// Begins to write the log. The environment variable `PLUMBAGO_LOG` overrides the level.
pub(crate) fn start(level: LogLevel) -> LogControl {
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .with_env_filter(filter(level))
        .with_filter_reloading();
    let handle = subscriber.reload_handle();
    // A second start within one process, as in tests, keeps the first.
    let _ = subscriber.try_init();
    let apply = move |level| {
        // Fails only where the log itself is gone, and then there is nowhere to say so.
        let _ = handle.reload(filter(level));
    };
    LogControl { apply: Box::new(apply) }
}

fn filter(level: LogLevel) -> EnvFilter {
    // Lines about requests are asked for by settings of their own, whatever the level.
    let everything = || EnvFilter::new(format!("{},access=info,slow_query=warn", level.as_str()));
    EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| everything())
}
