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
use commands::CommandError;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::set_up();
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let outcome = match Cli::parse().command {
        Command::Serve(args) => serve::serve(&args).map(|()| Outcome::Done).map_err(Failure::told),
        Command::Query(args) => commands::query(&args, &mut out).map_err(Failure::of_command),
        Command::Verify(args) => commands::verify(&args, &mut out).map_err(Failure::of_command),
        Command::Which(args) => cli::which(&args, &mut out, &mut err).map_err(Failure::of_writing),
        Command::CheckConfig(args) => cli::check_config(&args, &mut out).map_err(Failure::of_writing),
        Command::Snapshot(args) => commands::snapshot(&args, &mut out).map_err(Failure::of_command),
        Command::Compact(args) => commands::compact(&args, &mut out).map_err(Failure::of_command),
        Command::Delete(args) => commands::delete(&args, &mut out, &mut err).map_err(Failure::of_command),
        Command::Stale(args) => commands::stale(&args, &mut out).map_err(Failure::of_command),
        Command::Cardinality(args) => commands::cardinality(&args, &mut out).map_err(Failure::of_command),
        Command::Events(args) => commands::events(&args, &mut out).map_err(Failure::of_command),
        Command::Rules(args) => commands::rules(&args, &mut out, &mut err).map_err(Failure::of_command),
        Command::Alarms(args) => commands::alarms(&args, &mut out).map_err(Failure::of_command),
        Command::Silence(args) => commands::silence(&args, &mut out).map_err(Failure::of_command),
        Command::Alerting(args) => commands::alerting(&args, &mut out, &mut err).map_err(Failure::of_command),
        Command::Rename(args) => commands::rename(&args, &mut out, &mut err).map_err(Failure::of_command),
    };
    match outcome {
        Ok(outcome) => ExitCode::from(outcome),
        Err(Failure::Told(line)) => {
            eprintln!("plumbago: {line}");
            ExitCode::FAILURE
        }
        Err(Failure::Unread) => ExitCode::from(UNREAD),
    }
}

/// What a shell says of a program that wrote to a pipe which nobody read any more.
const UNREAD: u8 = 141;

/// Why there is no outcome.
enum Failure {
    /// For the reason in this line.
    Told(String),
    /// Whoever read the result has gone, as `head` does.
    Unread,
}

impl Failure {
    fn told(error: impl Display) -> Failure {
        Failure::Told(error.to_string())
    }

    fn of_writing(error: io::Error) -> Failure {
        Failure::of_command(CommandError::from(error))
    }

    fn of_command(error: CommandError) -> Failure {
        if error.is_unread { Failure::Unread } else { Failure::told(error) }
    }
}
