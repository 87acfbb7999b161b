//! The `plumbago` binary: parses the command line and runs one command.

mod background;
mod carbon;
mod cli;
mod clock;
mod config;
mod health;
mod home;
mod host_metrics;
mod http;
mod ingest;
mod listen;
mod log;
mod metrics;
mod own_series;
mod plot;
mod rename;
mod rules;
mod self_metrics;
mod serve;
mod signals;
mod source;

fn main() {}
