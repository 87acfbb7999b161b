//! The command line of `plumbago alarms`. Its doc comments are the help that users read.

use super::arguments::ServerArgs;
use clap::{Args, Subcommand};

/// Arguments of `alarms`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct AlarmsArgs {
    #[command(subcommand)]
    /// What to do; nothing said: list.
    pub command: Option<AlarmsCommand>,
    #[command(flatten)]
    /// What `list` takes.
    pub list: AlarmsListArgs,
}

/// What is done with alarms.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AlarmsCommand {
    /// Show the alarms that fire and those that are about to, and who looks after them
    List(AlarmsListArgs),
    /// Acknowledge an alarm: no repeats until it is resolved or gets worse, or the time is over
    Ack(AlarmsAckArgs),
    /// Show what became of an alarm, and whom was told
    History(AlarmsHistoryArgs),
    /// Show the log of notifications
    Log(AlarmsLogArgs),
}

/// Arguments of `alarms list`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AlarmsListArgs {
    /// Which alarms, such as alertname=DiskFull, 'host=~web.*' or severity!=info; all that are given must hold
    #[arg(value_name = "MATCHER")]
    pub matchers: Vec<String>,
    /// Print each alarm as a line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}

/// Arguments of `alarms ack`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlarmsAckArgs {
    /// The alarm's fingerprint, as `plumbago alarms` shows it
    #[arg(value_name = "FINGERPRINT")]
    pub fingerprint: String,
    /// For how long, such as 2h [default: until it is resolved or gets worse]
    #[arg(long = "for", value_name = "TIME")]
    pub duration: Option<String>,
    /// Who does it [default: the user's name]
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub comment: String,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}

/// Arguments of `alarms history`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlarmsHistoryArgs {
    /// The alarm's fingerprint, as `plumbago alarms` shows it
    #[arg(value_name = "FINGERPRINT")]
    pub fingerprint: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}

/// Arguments of `alarms log`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AlarmsLogArgs {
    /// Only of this receiver
    #[arg(long, value_name = "NAME")]
    pub receiver: Option<String>,
    /// Only entries that tell of this, such as sent or refused; another word is answered with all there are
    #[arg(long, value_name = "WORD")]
    pub outcome: Option<String>,
    /// How many entries are shown, at most 1000
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,
    /// Print each entry as a line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the alarms are.
    pub server: ServerArgs,
}
