//! `plumbago rules backtest`: what rules would have made of the history, in counts, events and a plot.

use super::directory::{History, chosen};
use super::progress::Progress;
use super::{alarm_line, files, notified, remote, telling, time};
use crate::cli::{Outcome, RulesBacktestArgs, StoreChoice, count};
use crate::commands::{CommandError, event_line};
use crate::plot::{PlotOptions, PlotSeries, Terminal, plot};
use crate::rule_history::{Backtested, backtested, load};
use jiff::tz::TimeZone;
use plumbago_rules::{BacktestAccount, BacktestRead};
use serde_json::json;
use std::io::Write;
use std::ops::ControlFlow;

/// Prints what the rules made.
///
/// # Errors
/// Rules or times that are wrong, a store that cannot be read.
pub(super) fn backtest(
    args: &RulesBacktestArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let texts = files::texts(&args.paths)?;
    // What is wrong is told here, with all its lines, whoever runs the rules.
    let set = chosen(load(&texts).map_err(|errors| files::faults(&errors))?, args.rule.as_deref())?;
    let tested: Backtested = match args.store.choice() {
        StoreChoice::Server(url) => {
            let alerting = telling::text(args.alerting.as_ref())?;
            writeln!(err, "{url} works on it")?;
            let request = json!({
                "rules": texts,
                "from": args.from,
                "until": args.until,
                "rule": args.rule,
                "alerting": alerting,
            });
            remote::ask(url, "/api/v1/rules/backtest", &request)?
        }
        StoreChoice::Directory(path) => {
            let history = History::to_read(path, &args.store)?;
            let span = history.span(&args.from, &args.until)?;
            let mut progress = Progress::new(err, span.from_secs, span.until_secs);
            let telling = history.telling(args.alerting.as_deref())?;
            let tested = history.with(span, |backtest| {
                backtested(backtest, &set, telling.as_ref(), &mut |at_secs| {
                    progress.at(at_secs);
                    ControlFlow::Continue(())
                })
            });
            progress.end();
            tested.map_err(|error| CommandError::new(error.to_string()))?
        }
    };
    if args.json {
        let text = serde_json::to_string(&tested).map_err(|error| CommandError::new(error.to_string()))?;
        writeln!(out, "{text}")?;
    } else {
        show(&tested, args, out)?;
    }
    Ok(if tested.account.errors.is_empty() { Outcome::Done } else { Outcome::Failed })
}

fn show(tested: &Backtested, args: &RulesBacktestArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    let account = &tested.account;
    writeln!(out, "from {} to {}", time(account.from_secs), time(account.until_secs))?;
    for read in &account.reads {
        writeln!(out, "read {}", read_line(read))?;
    }
    writeln!(out, "\n{:<12} {:>12} {:>8} {:>8}", "day", "points", "events", "alarms")?;
    for day in &account.days {
        let date = time(day.day_secs);
        let date = date.split('T').next().unwrap_or_default();
        writeln!(out, "{date:<12} {:>12} {:>8} {:>8}", day.points, day.events, day.alarms)?;
    }
    let BacktestAccount { points, events_in_all, alarms_in_all, .. } = account;
    writeln!(out, "{:<12} {points:>12} {events_in_all:>8} {alarms_in_all:>8}", "in all")?;
    if !account.events.is_empty() {
        writeln!(out)?;
    }
    for event in account.events.iter().take(args.limit) {
        writeln!(out, "{}", event_line(event))?;
    }
    if !account.alarms.is_empty() {
        writeln!(out)?;
    }
    for alarm in account.alarms.iter().take(args.limit) {
        writeln!(out, "{}", alarm_line(alarm))?;
    }
    if account.events_in_all.max(account.alarms_in_all) > args.limit as u64 {
        writeln!(out, "there are more: --limit shows up to 1000")?;
    }
    match (&tested.notifications, &tested.alerting) {
        (Some(notifications), Some(source)) => {
            notified::show(notifications, source, args.notifications, out)?;
        }
        _ if account.alarms_in_all > 0 => writeln!(out, "\nnobody is notified: there is no alerting file")?,
        _ => {}
    }
    if args.plot {
        writeln!(out, "\n{}", drawn(account).trim_end())?;
    }
    for failure in &account.errors {
        writeln!(out, "{}: {}, first: {}", failure.rule, count(failure.count, "failure"), failure.message)?;
    }
    Ok(())
}

fn read_line(read: &BacktestRead) -> String {
    let of = match (&read.retentions, read.archive) {
        (Some(retentions), Some(archive)) => format!("archive {} of {retentions}, ", archive + 1),
        _ => String::new(),
    };
    format!("{of}step {} s, from {} to {}", read.step_secs, time(read.from_secs), time(read.until_secs))
}

fn drawn(account: &BacktestAccount) -> String {
    let value = |value: &Option<f64>| value.unwrap_or(f64::NAN);
    let values: Vec<Vec<f64>> =
        account.series.iter().map(|series| series.values.iter().map(value).collect()).collect();
    let series: Vec<PlotSeries<'_>> = account
        .series
        .iter()
        .zip(&values)
        .map(|(series, values)| PlotSeries {
            name: &series.name,
            start: series.start_secs,
            step: series.step_secs,
            values,
        })
        .collect();
    let terminal = Terminal::of(&std::io::stdout());
    let zone = TimeZone::UTC;
    let height = terminal.plot_rows(series.len());
    plot(&series, &PlotOptions { width: terminal.width, height, zone: &zone, color: terminal.color })
}
