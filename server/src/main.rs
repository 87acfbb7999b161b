//! The `plumbago` binary: parses the command line and runs one command.

use std::io;
use std::process::ExitCode;

use clap::Parser;

#[allow(dead_code, unused_imports, reason = "the rules are read by `serve`")]
mod carbon;
#[allow(dead_code, unused_imports, reason = "most settings are read by `serve`")]
mod cli;
#[allow(dead_code, unused_imports, reason = "most settings are read by `serve`")]
mod config;

use cli::{Cli, Command, Outcome};

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    let outcome = match Cli::parse().command {
        Command::Which(args) => cli::which(&args, &mut out, &mut err),
        Command::CheckConfig(args) => cli::check_config(&args, &mut out),
        other => {
            eprintln!("plumbago: this build cannot run {other:?}");
            Ok(Outcome::Failed)
        }
    };
    outcome.map_or(ExitCode::FAILURE, ExitCode::from)
}
