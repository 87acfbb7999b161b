//! `plumbago alarms`: the alarms of a running server, shown and acknowledged, and what was told to whom.
//!
//! Invariant: all of it goes over HTTP; what is wrong is said by the server, in its own line.

mod acknowledge;
mod history;
mod list;
mod log;

use super::{CommandError, client};
use crate::cli::{AlarmsArgs, AlarmsCommand, Outcome};
use std::io::Write;

/// Does what was asked.
///
/// # Errors
/// The server cannot be reached, or refuses.
pub(crate) fn alarms(args: &AlarmsArgs, out: &mut dyn Write) -> Result<Outcome, CommandError> {
    match &args.command {
        None => list::list(&args.list, out),
        Some(AlarmsCommand::List(args)) => list::list(args, out),
        Some(AlarmsCommand::Ack(args)) => acknowledge::acknowledge(args, out),
        Some(AlarmsCommand::History(args)) => history::history(args, out),
        Some(AlarmsCommand::Log(args)) => log::log(args, out),
    }?;
    Ok(Outcome::Done)
}

/// Who runs the command, where nobody is named: the user's name, as the environment tells it.
pub(super) fn whoever(by: Option<&str>) -> String {
    let named = by.map(str::to_owned);
    let known = ["USER", "LOGNAME"].iter().find_map(|variable| std::env::var(variable).ok());
    named.or(known).filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}
