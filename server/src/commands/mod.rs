//! The commands that work on a store: on a data directory, or on a running server over HTTP.
//!
//! Each writes its result to standard output and answers how it ended; a fault is one line on standard error.

mod alarms;
mod alerting;
mod cardinality;
mod change;
mod client;
mod compact;
mod directory;
mod events;
mod query;
mod rules;
mod silence;
mod snapshot;
mod stale;
mod verify;

pub(crate) use alarms::alarms;
pub(crate) use alerting::alerting;
pub(crate) use cardinality::cardinality;
pub(crate) use change::{delete, rename};
pub(crate) use compact::compact;
pub(crate) use events::events;
pub(crate) use query::query;
pub(crate) use rules::rules;
pub(crate) use silence::silence;
pub(crate) use snapshot::snapshot;
pub(crate) use stale::stale;
pub(crate) use verify::verify;

use events::event_line;
use std::fmt;

/// Why a command failed: one line for a person.
#[derive(Debug)]
pub(crate) struct CommandError {
    message: String,
    /// Whoever read the result has gone, as `head` does: there is nobody to tell, and nothing went wrong.
    pub(crate) is_unread: bool,
}

impl CommandError {
    fn new(message: impl Into<String>) -> CommandError {
        CommandError { message: message.into(), is_unread: false }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CommandError {}

impl From<plumbago_engine::Error> for CommandError {
    fn from(error: plumbago_engine::Error) -> CommandError {
        CommandError::new(error.to_string())
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> CommandError {
        let is_unread = error.kind() == std::io::ErrorKind::BrokenPipe;
        CommandError { message: format!("the result cannot be written: {error}"), is_unread }
    }
}
