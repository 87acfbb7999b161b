//! The shape of the command line. Its doc comments are the help that users read.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};

use super::alarms::AlarmsArgs;
use super::alerting::AlertingArgs;
use super::clock::ClockChoice;
use super::events::EventsArgs;
use super::rules::RulesArgs;
use super::settings::ConfigArgs;
use super::silence::SilenceArgs;
use crate::config::ListenAddress;

/// Where a running server answers when nothing else is said.
pub(super) const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// A Graphite-compatible time-series database and query engine.
#[derive(Debug, Parser)]
#[command(name = "plumbago", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command and its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take points in and answer queries until told to stop
    Serve(ServeArgs),
    /// Evaluate expressions, and show the series as a table or a plot
    Query(QueryArgs),
    /// Check every checksum and invariant of a data directory
    Verify(VerifyArgs),
    /// Tell which schema and aggregation rule a metric gets, and why
    Which(WhichArgs),
    /// Check the configuration and carbon's rule files
    CheckConfig(CheckConfigArgs),
    /// Do every pending merge of a stopped server's data directory at once
    Compact(CompactArgs),
    /// Take a consistent copy of a data directory, beside a running server too
    Snapshot(SnapshotArgs),
    /// Delete series
    Delete(DeleteArgs),
    /// Rename series
    Rename(RenameArgs),
    /// List series that stopped reporting
    Stale(StaleArgs),
    /// Show which prefixes own the series
    Cardinality(CardinalityArgs),
    /// Check, test and try rules, and compute their history
    Rules(RulesArgs),
    /// Search, follow and post events
    Events(EventsArgs),
    /// Show alarms, acknowledge them, and see what was told to whom
    Alarms(AlarmsArgs),
    /// Keep alarms quiet for a while
    Silence(SilenceArgs),
    /// Check and try the file that says who is told about alarms
    Alerting(AlertingArgs),
}

/// Arguments of `serve`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    /// The file and the flags that every command reading it shares.
    pub config: ConfigArgs,
    /// Address for queries over HTTP: IP:PORT, PORT, or off
    #[arg(long, value_name = "ADDR")]
    pub listen_http: Option<ListenAddress>,
    /// Address for plaintext lines over TCP: IP:PORT, PORT, or off
    #[arg(long, value_name = "ADDR")]
    pub listen_plaintext: Option<ListenAddress>,
    /// Address for pickle frames over TCP: IP:PORT, PORT, or off
    #[arg(long, value_name = "ADDR")]
    pub listen_pickle: Option<ListenAddress>,
    /// Address for plaintext lines over UDP: IP:PORT, PORT, or off
    #[arg(long, value_name = "ADDR")]
    pub listen_udp: Option<ListenAddress>,
    /// The folder of rule files for derived metrics and events
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Who is told about alarms: a file in the shape of alertmanager.yml
    #[arg(long, value_name = "FILE")]
    pub alerting: Option<PathBuf>,
    /// Do not start while a rule file or the alerting file is wrong, instead of going on with the last good ones
    #[arg(long)]
    pub strict: bool,
    /// Open every listener without a flag of its own on this IP; 0.0.0.0 opens them to other machines
    #[arg(long, value_name = "IP")]
    pub bind: Option<IpAddr>,
    /// The clock of the data: system, or fixed:EPOCH for reproducible tests, which also stops the host's and
    /// the server's own metrics
    #[arg(long, value_name = "CLOCK", default_value_t)]
    pub clock: ClockChoice,
}

/// Which server.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServerArgs {
    /// A running server [default: http://127.0.0.1:8080]
    #[arg(long)]
    pub url: Option<String>,
}

impl ServerArgs {
    /// The server's URL.
    pub(crate) fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(DEFAULT_URL)
    }
}

/// Where series are read or changed: a running server, or a directory.
#[derive(Debug, Clone, Default, Args)]
#[group(multiple = false)]
pub(crate) struct StoreArgs {
    /// A running server [default: http://127.0.0.1:8080]
    #[arg(long)]
    pub url: Option<String>,
    /// A data directory
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// What [`StoreArgs`] come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreChoice<'a> {
    /// The server at this URL.
    Server(&'a str),
    /// This data directory.
    Directory(&'a Path),
}

impl StoreArgs {
    /// The directory if one is given, else a server.
    #[must_use]
    pub(crate) fn choice(&self) -> StoreChoice<'_> {
        match (&self.data_dir, &self.url) {
            (Some(directory), _) => StoreChoice::Directory(directory),
            (None, Some(url)) => StoreChoice::Server(url),
            (None, None) => StoreChoice::Server(DEFAULT_URL),
        }
    }
}

/// Arguments of `query`.
#[derive(Debug, Clone, Args)]
pub(crate) struct QueryArgs {
    /// Expressions, such as 'sumSeries(hosts.*.cpu.user)'
    #[arg(value_name = "EXPR", required = true)]
    pub expressions: Vec<String>,
    /// Start of the range, such as -1h, noon yesterday or 20260315
    #[arg(long, value_name = "TIME", default_value = "-1h", allow_hyphen_values = true)]
    pub from: String,
    /// End of the range
    #[arg(long, value_name = "TIME", default_value = "now", allow_hyphen_values = true)]
    pub until: String,
    /// Draw a plot instead of a table
    #[arg(long)]
    pub plot: bool,
    #[command(flatten)]
    /// Where the series are.
    pub store: StoreArgs,
    /// The clock that `now` is read from, when a data directory is queried: system or fixed:EPOCH
    #[arg(long, value_name = "CLOCK", default_value_t)]
    pub clock: ClockChoice,
}

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub(crate) struct VerifyArgs {
    /// The data directory; a server may be running on it
    #[arg(value_name = "DIR")]
    pub data_dir: PathBuf,
}

/// Arguments of `which`.
#[derive(Debug, Clone, Args)]
pub(crate) struct WhichArgs {
    /// The metric's name, tags included
    #[arg(value_name = "METRIC")]
    pub metric: String,
    #[command(flatten)]
    /// The file and the flags that every command reading it shares.
    pub config: ConfigArgs,
}

/// Arguments of `check-config`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CheckConfigArgs {
    #[command(flatten)]
    /// The file and the flags that every command reading it shares.
    pub config: ConfigArgs,
}

/// Arguments of `compact`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompactArgs {
    /// The data directory of a stopped server
    #[arg(value_name = "DIR")]
    pub data_dir: PathBuf,
}

/// Arguments of `snapshot`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SnapshotArgs {
    /// The data directory; the snapshot goes into its folder `snapshots`
    #[arg(value_name = "DIR")]
    pub data_dir: PathBuf,
}

/// Arguments of `delete`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DeleteArgs {
    /// Which series, such as 'hosts.old.**', or the whole name of a tagged one
    #[arg(value_name = "GLOB", required_unless_present = "tags", conflicts_with = "tags")]
    pub glob: Option<String>,
    /// Tagged series instead, by an expression such as 'host=web1', 'name=~cpu' or 'dc!='; all that are given must
    /// hold
    #[arg(long = "tag", value_name = "EXPR")]
    pub tags: Vec<String>,
    /// Only those that had no point for so long, such as 30d; `plumbago stale` shows when their last one was
    #[arg(long, value_name = "TIME")]
    pub stale_for: Option<String>,
    /// Only list what would be deleted
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    /// Where the series are.
    pub store: StoreArgs,
    /// The clock that --stale-for is counted back from, when a data directory is changed: system or fixed:EPOCH
    #[arg(long, value_name = "CLOCK", default_value_t)]
    pub clock: ClockChoice,
}

/// Arguments of `stale`.
#[derive(Debug, Clone, Args)]
pub(crate) struct StaleArgs {
    /// Which series, such as 'hosts.**'
    #[arg(value_name = "GLOB", required_unless_present = "tags", conflicts_with = "tags")]
    pub glob: Option<String>,
    /// Tagged series instead, by an expression such as 'host=web1'; all that are given must hold
    #[arg(long = "tag", value_name = "EXPR")]
    pub tags: Vec<String>,
    /// For how long they had no point, such as 30d or 12h
    #[arg(long = "for", value_name = "TIME")]
    pub stale_for: String,
    #[command(flatten)]
    /// Where the series are.
    pub store: StoreArgs,
    /// The clock that the time is counted back from, when a data directory is read: system or fixed:EPOCH
    #[arg(long, value_name = "CLOCK", default_value_t)]
    pub clock: ClockChoice,
}

/// What `cardinality` sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum CardinalityOrder {
    /// Series that exist
    Series,
    /// Points a second
    Points,
    /// New series a second
    New,
}

/// Arguments of `cardinality`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CardinalityArgs {
    /// How many prefixes are shown
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub top: usize,
    /// How many nodes a prefix has
    #[arg(long, value_name = "NODES", default_value_t = 2)]
    pub depth: usize,
    /// Only series below this prefix
    #[arg(long, value_name = "PREFIX", default_value = "")]
    pub below: String,
    /// What comes first
    #[arg(long, value_name = "ORDER", default_value = "series")]
    pub by: CardinalityOrder,
    #[command(flatten)]
    /// Where the series are.
    pub store: StoreArgs,
    /// The clock that rates end at, when a data directory is read: system or fixed:EPOCH
    #[arg(long, value_name = "CLOCK", default_value_t)]
    pub clock: ClockChoice,
}

/// Arguments of `rename`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RenameArgs {
    /// The series' name, or a glob for several
    #[arg(value_name = "FROM", required_unless_present = "tags", conflicts_with = "tags", requires = "to")]
    pub from: Option<String>,
    /// The new name, with as many * as FROM; each takes what the * of the same rank in FROM matched
    #[arg(value_name = "TO")]
    pub to: Option<String>,
    /// Tagged series instead, by an expression such as 'host=web1'; all that are given must hold
    #[arg(long = "tag", value_name = "EXPR", requires = "set")]
    pub tags: Vec<String>,
    /// The tag's new value, with --tag; an empty one takes the tag away, and name= is the metric's own name
    #[arg(long, value_name = "TAG=VALUE", requires = "tags", conflicts_with = "to")]
    pub set: Vec<String>,
    /// Only list what would be renamed
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    /// Where the series are.
    pub store: StoreArgs,
}

#[cfg(test)]
mod tests;
