//! `plumbago rules backfill`: the history of record rules, computed and stored.

use super::directory::{History, chosen};
use super::progress::Progress;
use super::{files, remote};
use crate::cli::{Outcome, RulesBackfillArgs, StoreChoice, count};
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::rule_history::{Backfilled, RuleTexts, Span, backfill as fill, load};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::Write;
use std::ops::ControlFlow;

/// Stores the points, and says how many there were.
///
/// # Errors
/// Rules or times that are wrong, a store that takes nothing.
pub(super) fn backfill(
    args: &RulesBackfillArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, CommandError> {
    let texts = files::texts(&args.paths)?;
    let set = chosen(load(&texts).map_err(|errors| files::faults(&errors))?, args.rule.as_deref())?;
    let done = match args.store.choice() {
        StoreChoice::Server(url) => from_server(url, args, &texts, err)?,
        StoreChoice::Directory(path) => {
            let history = History::to_change(path, &args.store)?;
            let span = history.span(&args.from, &args.until)?;
            let mut progress = Progress::new(err, span.from_secs, span.until_secs);
            let mut writer = history.writer();
            let done = history.with(span, |backtest| {
                fill(backtest, &set, &mut writer, &mut |at_secs, _points| {
                    progress.at(at_secs);
                    ControlFlow::Continue(())
                })
            });
            progress.end();
            drop(writer);
            history.close()?;
            done.map_err(CommandError::new)?
        }
    };
    let (points, series) = (count(done.points, "point"), done.series);
    writeln!(out, "{points} of {series} derived series stored")?;
    for (reason, refused) in &done.refused {
        writeln!(out, "{} refused: {reason}", count(*refused, "point"))?;
    }
    for (rule, message) in &done.failures {
        writeln!(out, "{rule}: {message}")?;
    }
    Ok(if done.failures.is_empty() { Outcome::Done } else { Outcome::Failed })
}

fn from_server(
    url: &str,
    args: &RulesBackfillArgs,
    texts: &RuleTexts,
    err: &mut dyn Write,
) -> Result<Backfilled, CommandError> {
    // The server's own clock counts; this span is for the bar alone.
    let now = Clock::from(args.store.clock).now();
    let span = Span::read(&args.from, &args.until, now, &TimeZone::UTC)
        .map_err(|line| CommandError::new(format!("--{line}")))?;
    let request = json!({ "rules": texts, "from": args.from, "until": args.until, "rule": args.rule });
    let mut progress = Progress::new(err, span.from_secs, span.until_secs);
    let mut last = Value::Null;
    let outcome = remote::follow(url, "/api/v1/rules/backfill", &request, |line| {
        if let Some(at_secs) = line.get("at").and_then(Value::as_i64) {
            progress.at(at_secs);
        }
        last = line;
    });
    progress.end();
    outcome?;
    if let Some(message) = last.get("error").and_then(Value::as_str) {
        return Err(CommandError::new(format!("{url}: {message}")));
    }
    let done = last.get("done").cloned().unwrap_or_default();
    serde_json::from_value(done)
        .map_err(|_| CommandError::new(format!("{url}: the answer broke off; a backfill can be done again")))
}
