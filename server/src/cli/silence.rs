//! The command line of `plumbago silence`. Its doc comments are the help that users read.

use super::arguments::ServerArgs;
use clap::{Args, Subcommand};

/// Arguments of `silence`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SilenceArgs {
    #[command(subcommand)]
    /// What to do.
    pub command: SilenceCommand,
}

/// What is done with silences.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SilenceCommand {
    /// Nobody is told of matching alarms for a while; prints the silence's id
    Add(SilenceAddArgs),
    /// Show silences that are in force or will be
    Query(SilenceQueryArgs),
    /// End silences
    Expire(SilenceExpireArgs),
}

/// Arguments of `silence add`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SilenceAddArgs {
    /// Which alarms, such as alertname=DiskFull or 'host=~web.*'; all that are given must hold
    #[arg(value_name = "MATCHER", required = true)]
    pub matchers: Vec<String>,
    /// For how long, such as 2h or 1d
    #[arg(long = "for", value_name = "TIME", default_value = "1h")]
    pub duration: String,
    /// Who does it [default: the user's name]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub comment: String,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}

/// Arguments of `silence query`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SilenceQueryArgs {
    /// Only silences with such a matcher, such as alertname=DiskFull
    #[arg(value_name = "MATCHER")]
    pub matchers: Vec<String>,
    /// Those that are over, too
    #[arg(long)]
    pub expired: bool,
    /// Print each silence as a line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}

/// Arguments of `silence expire`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SilenceExpireArgs {
    /// Ids of silences
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}
