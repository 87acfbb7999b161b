//! The `plumbago` binary: parses the command line and runs one command.

mod background;
mod carbon;
mod cli;
mod clock;
mod config;
mod health;
mod ingest;
mod listen;
mod metrics;
fn main() {}
