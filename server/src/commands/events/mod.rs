//! `plumbago events`: events of a running server, searched, followed and posted.
//!
//! Invariant: all of it goes over HTTP; what is wrong is said by the server, in its own line.

mod post;
mod search;
mod shown;
mod tail;

pub(super) use shown::{line as event_line, plain};

use super::{CommandError, client};
use crate::cli::{EventsArgs, EventsCommand, Outcome};
use std::future::Future;
use std::io::Write;

/// Does what was asked.
///
/// # Errors
/// The server cannot be reached, or refuses.
pub(crate) fn events(args: &EventsArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match &args.command {
        EventsCommand::Search(args) => search::search(args, out),
        EventsCommand::Tail(args) => tail::tail(args, out),
        EventsCommand::Post(args) => post::post(args, out),
    }?;
    Ok(Outcome::Done)
}

/// Waits for what needs a runtime.
fn wait<T>(work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
