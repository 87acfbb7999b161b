//! The `plumbago` binary: parses the command line and runs one command.

mod background;
mod carbon;
mod cli;
mod clock;
mod config;
mod health;
mod http;
mod ingest;
mod listen;
mod log;
mod metrics;
mod own_series;
mod rules;
mod serve;
mod signals;

fn main() {}
