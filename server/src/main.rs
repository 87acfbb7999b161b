//! The `plumbago` binary: parses the command line and runs one command.

use std::process::ExitCode;

use clap::Parser;

#[allow(dead_code, unused_imports, reason = "the rules are read by `serve`")]
mod carbon;
#[allow(dead_code, unused_imports, reason = "most settings are read by `serve`")]
mod cli;
#[allow(dead_code, unused_imports, reason = "most settings are read by `serve`")]
mod config;

fn main() -> ExitCode {
    let command = cli::Cli::parse().command;
    eprintln!("plumbago: this build cannot run {command:?}");
    ExitCode::FAILURE
}
