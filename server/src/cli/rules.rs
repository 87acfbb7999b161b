//! The command line of `plumbago rules`. Its doc comments are the help that users read.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::arguments::{StoreArgs, StoreChoice};
use super::clock::ClockChoice;
use super::settings::ConfigArgs;

/// Arguments of `rules`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    /// What to do.
    pub command: RulesCommand,
}

/// What is done with rules.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum RulesCommand {
    /// Tell everything that is wrong in rule files
    Check(RulesCheckArgs),
    /// Run tests of rules
    Test(RulesTestArgs),
    /// Run rules over stored history, and tell what they would have made
    Backtest(RulesBacktestArgs),
    /// Run two versions of rules over stored history, and tell what differs
    Diff(RulesDiffArgs),
    /// Compute the history of record rules and store it; what is done twice is as if done once
    Backfill(RulesBackfillArgs),
}

/// Arguments of `rules check`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesCheckArgs {
    /// Rule files and test files, or folders of rule files
    #[arg(value_name = "FILE|DIR", default_value = ".")]
    pub paths: Vec<PathBuf>,
}

/// Arguments of `rules test`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesTestArgs {
    /// Files of tests, or folders whose *_test.yaml are taken
    #[arg(value_name = "FILE|DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// The alerting file that expected notifications come of, instead of the alerting_file of each test; nothing is sent, no
    /// secret is needed
    #[arg(long, value_name = "FILE")]
    pub alerting: Option<PathBuf>,
}

/// Arguments of `rules backtest`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesBacktestArgs {
    /// Rule files, or folders of them
    #[arg(value_name = "FILE|DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// Start of the history, such as -30d
    #[arg(long, value_name = "TIME", default_value = "-1d", allow_hyphen_values = true)]
    pub from: String,
    /// End of the history
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub until: String,
    /// Only the rules with this record or event text; what they read of others comes from the store
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    /// Draw the first derived series, and the number of events
    #[arg(long)]
    pub plot: bool,
    /// How many events and alarms are shown, at most 1000
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,
    /// The alerting file that tells who would have been notified; without it, the server's own, or for a data directory the
    /// one of --config, or else the copy in it. Nothing is sent, and all that would be counts as arrived
    #[arg(long, value_name = "FILE")]
    pub alerting: Option<PathBuf>,
    /// How many notifications are shown, and as many of those that were held back, at most 1000
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub notifications: usize,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the history is.
    pub store: RulesStoreArgs,
}

/// Arguments of `rules diff`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesDiffArgs {
    /// The rules as they are: a file, or a folder of them
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The rules as they should be
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Start of the history, such as -7d
    #[arg(long, value_name = "TIME", default_value = "-1d", allow_hyphen_values = true)]
    pub from: String,
    /// End of the history
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub until: String,
    /// The alerting file that tells who would have been notified; without it, the server's own, or for a data directory the
    /// one of --config, or else the copy in it. Nothing is sent, and all that would be counts as arrived
    #[arg(long, value_name = "FILE")]
    pub alerting: Option<PathBuf>,
    /// The alerting file of the new version, where it is another one
    #[arg(long, value_name = "FILE")]
    pub new_alerting: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the history is.
    pub store: RulesStoreArgs,
}

/// Arguments of `rules backfill`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RulesBackfillArgs {
    /// Rule files, or folders of them
    #[arg(value_name = "FILE|DIR", required = true)]
    pub paths: Vec<PathBuf>,
    /// Start of the history, such as -30d
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: String,
    /// End of the history
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub until: String,
    /// Only the rules with this record text; what they read of others comes from the store
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    #[command(flatten)]
    /// Where the history is.
    pub store: RulesStoreArgs,
}

/// Where history is read, or a running server.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RulesStoreArgs {
    #[command(flatten)]
    /// A server or a directory.
    pub store: StoreArgs,
    /// The configuration file that the directory is served with
    #[arg(long, value_name = "FILE", requires = "data_dir")]
    pub config: Option<PathBuf>,
    /// carbon's storage-schemas.conf that the directory is served with
    #[arg(long, value_name = "FILE", requires = "data_dir")]
    pub storage_schemas: Option<PathBuf>,
    /// carbon's storage-aggregation.conf that the directory is served with
    #[arg(long, value_name = "FILE", requires = "data_dir")]
    pub storage_aggregation: Option<PathBuf>,
    /// The clock that times are counted from, when a data directory is read: system or fixed:EPOCH
    #[arg(long, value_name = "CLOCK", default_value_t)]
    pub clock: ClockChoice,
}

impl RulesStoreArgs {
    /// Which store.
    pub(crate) fn choice(&self) -> StoreChoice<'_> {
        self.store.choice()
    }

    /// The flags about settings, as all commands take them.
    pub(crate) fn settings(&self) -> ConfigArgs {
        ConfigArgs {
            config: self.config.clone(),
            storage_schemas: self.storage_schemas.clone(),
            storage_aggregation: self.storage_aggregation.clone(),
            ..ConfigArgs::default()
        }
    }
}
