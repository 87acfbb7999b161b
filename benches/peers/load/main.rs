//! `plumbago-load`: sends the benchmarks' load to a server, and compares what a server answers with it.
//!
//! Owns the command line. Each command prints one line of JSON on standard output. What is started, when, and what the
//! figures mean is decided by the scripts that call it.

mod answer;
mod arguments;
mod ask;
mod check;
mod column;
mod feed;
mod http;
mod pace;
mod population;
mod sum;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;

fn main() -> ExitCode {
    let report = match Arguments::parse().command {
        Command::Feed(arguments) => feed::feed(&arguments).map(|report| serde_json::json!(report)),
        Command::Check(arguments) => check::check(&arguments).map(|report| serde_json::json!(report)),
        Command::Ask(arguments) => ask::ask(&arguments).map(|report| serde_json::json!(report)),
        Command::Sum(arguments) => sum::sum(&arguments).map(|report| serde_json::json!(report)),
    };
    match report {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("plumbago-load: {error}");
            ExitCode::FAILURE
        }
    }
}
