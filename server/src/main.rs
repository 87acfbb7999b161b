//! The `plumbago` binary: parses the command line and runs one command.

mod alarms;
mod allocator;
mod background;
mod carbon;
mod carbon_rules;
mod cli;
mod clock;
mod commands;
mod config;
mod events;
mod file_limit;
mod health;
mod home;
mod host_metrics;
mod http;
mod ingest;
mod listen;
mod live;
mod log;
mod metrics;
mod network;
mod own_series;
mod plot;
mod reload;
mod rename;
mod renaming;
mod retag;
mod rule_history;
mod rule_runner;
mod rules;
mod self_metrics;
mod series_choice;
mod serve;
mod signals;
mod source;
mod tally;
mod tls;

use clap::Parser;
use cli::{Cli, Command, Outcome};
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::set_up();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::serve(&args).map(|()| Outcome::Done).map_err(to_line),
        Command::Query(args) => commands::query(&args, &mut out).map_err(to_line),
        Command::Verify(args) => commands::verify(&args, &mut out).map_err(to_line),
        Command::Which(args) => cli::which(&args, &mut out, &mut err).map_err(to_line),
        Command::CheckConfig(args) => cli::check_config(&args, &mut out).map_err(to_line),
        Command::Snapshot(args) => commands::snapshot(&args, &mut out).map_err(to_line),
        Command::Compact(args) => commands::compact(&args, &mut out).map_err(to_line),
        Command::Delete(args) => commands::delete(&args, &mut out, &mut err).map_err(to_line),
        Command::Stale(args) => commands::stale(&args, &mut out).map_err(to_line),
        Command::Cardinality(args) => commands::cardinality(&args, &mut out).map_err(to_line),
        Command::Events(args) => commands::events(&args, &mut out).map_err(to_line),
        Command::Rules(args) => commands::rules(&args, &mut out, &mut err).map_err(to_line),
        Command::Alarms(args) => commands::alarms(&args, &mut out).map_err(to_line),
        Command::Silence(args) => commands::silence(&args, &mut out).map_err(to_line),
        Command::Alerting(args) => commands::alerting(&args, &mut out, &mut err).map_err(to_line),
        Command::Rename(args) => commands::rename(&args, &mut out, &mut err).map_err(to_line),
    };
    match outcome {
        Ok(outcome) => ExitCode::from(outcome),
        Err(line) => {
            eprintln!("plumbago: {line}");
            ExitCode::FAILURE
        }
    }
}

fn to_line(error: impl Display) -> String {
    error.to_string()
}
