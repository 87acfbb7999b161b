//! The command line of `plumbago alerting`. Its doc comments are the help that users read.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::arguments::ServerArgs;

/// Arguments of `alerting`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlertingArgs {
    #[command(subcommand)]
    /// What to do.
    pub command: AlertingCommand,
}

/// What is done with the alerting file.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AlertingCommand {
    /// Tell everything that is wrong in an alerting file
    Check(AlertingCheckArgs),
    /// Tell which receivers an alarm with these labels goes to; secrets of receivers need not be there
    Route(AlertingRouteArgs),
    /// Have a running server send a message to one of its receivers, once; fails if it does not arrive
    SendTest(AlertingSendTestArgs),
}

/// Arguments of `alerting check`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlertingCheckArgs {
    /// The alerting file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `alerting route`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlertingRouteArgs {
    /// The alerting file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Labels of an alarm, such as severity=critical
    #[arg(value_name = "LABEL=VALUE")]
    pub labels: Vec<String>,
}

/// Arguments of `alerting send-test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlertingSendTestArgs {
    /// A receiver of the file that the server runs with
    #[arg(value_name = "RECEIVER")]
    pub receiver: String,
    #[command(flatten)]
    /// The server.
    pub server: ServerArgs,
}
