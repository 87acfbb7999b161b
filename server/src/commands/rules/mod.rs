//! `plumbago rules`: rules as code, checked, tested and tried before they run.
//!
//! Files are read here, by the command; over history a server is asked, or a data directory is read as a server would.

mod backfill;
mod backtest;
mod check;
mod diff;
mod directory;
mod files;
mod notified;
mod progress;
mod remote;
mod telling;
mod test;

use super::{CommandError, client};
use crate::cli::{Outcome, RulesArgs, RulesCommand};
use plumbago_rules::FiredAlarm;
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

/// One time that an alarm fired: when, at which level, and which one.
fn alarm_line(alarm: &FiredAlarm) -> String {
    let at = |milliseconds: i64| time(milliseconds.div_euclid(1000));
    let end = alarm.ends_at_ms.map_or_else(|| "still firing".to_owned(), |end| format!("until {}", at(end)));
    let shown = |(name, _): &(&String, &String)| !matches!(name.as_str(), "alertname" | "severity" | "name");
    let label = |name: &str| alarm.labels.get(name).map_or("", String::as_str);
    let labels: Vec<String> =
        alarm.labels.iter().filter(shown).map(|(name, value)| format!("{name}={value}")).collect();
    let (name, severity) = (label("alertname"), label("severity"));
    format!("{} {end}  {severity:<8}  {name}  {}", at(alarm.starts_at_ms), labels.join(" "))
}

/// Seconds since the epoch as people read them.
fn time(secs: i64) -> String {
    jiff::Timestamp::from_second(secs).map_or_else(|_| secs.to_string(), |time| time.to_string())
}
