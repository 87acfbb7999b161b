//! `plumbago rules`: rules as code, checked, tested and tried before they run.
//!
//! Files are read here, by the command; over history a server is asked, or a data directory is read as a server would.

mod backfill;
mod backtest;
mod check;
mod diff;
mod directory;
mod files;
mod progress;
mod remote;
mod test;

use super::{CommandError, client};
use crate::cli::{Outcome, RulesArgs, RulesCommand};
use std::io::Write;

/// Does what was asked.
///
/// # Errors
/// A file or store that cannot be read, rules that are wrong, a server that refuses.
pub(crate) fn rules(
    args: &RulesArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    match &args.command {
        RulesCommand::Check(args) => check::check(args, out, err),
        RulesCommand::Test(args) => test::test(args, out, err),
        RulesCommand::Backtest(args) => backtest::backtest(args, out, err),
        RulesCommand::Diff(args) => diff::diff(args, out, err),
        RulesCommand::Backfill(args) => backfill::backfill(args, out, err),
    }
}

/// Seconds since the epoch as people read them.
fn time(secs: i64) -> String {
    jiff::Timestamp::from_second(secs).map_or_else(|_| secs.to_string(), |time| time.to_string())
}
