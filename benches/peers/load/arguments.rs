//! What the command line says: which part of the load, and what to do with it.

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The load of Plumbago's benchmarks, for servers that run.
#[derive(Parser)]
#[command(name = "plumbago-load")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Send points
    Feed(FeedArguments),
    /// Read points back over HTTP and compare every one
    Check(CheckArguments),
    /// Compute what a sum over a glob must come to
    Sum(SumArguments),
    /// Send requests at a rate, and tell how long answers took
    Ask(AskArguments),
}

/// A rectangle of the load: which series, and which steps of them. A value depends on series and step alone.
#[derive(Args, Clone)]
pub(crate) struct Part {
    /// Position of the first series
    #[arg(long, default_value_t = 0)]
    pub(crate) first_series: usize,
    /// How many series
    #[arg(long)]
    pub(crate) series: usize,
    /// Number of the first step
    #[arg(long, default_value_t = 0)]
    pub(crate) first_step: usize,
    /// How many steps
    #[arg(long)]
    pub(crate) steps: usize,
    /// Timestamp of step 0, in seconds since the epoch
    #[arg(long)]
    pub(crate) start: i64,
    /// Seconds between steps
    #[arg(long, default_value_t = 10)]
    pub(crate) step_secs: i64,
    /// The form of the names
    #[arg(long, value_enum, default_value_t = Names::Paths)]
    pub(crate) names: Names,
}

impl Part {
    /// The timestamp of a step.
    pub(crate) fn time_of(&self, step: usize) -> i64 {
        self.start + step as i64 * self.step_secs
    }

    /// The numbers of its steps.
    pub(crate) fn step_range(&self) -> std::ops::Range<usize> {
        self.first_step..self.first_step + self.steps
    }
}

/// The form of the names.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Names {
    /// `dc1.rack12.host0123.cpu.core0.user`
    Paths,
    /// `cpu.core0.user;dc=dc1;…`
    Tagged,
}

/// How points are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wire {
    /// Lines `name value timestamp`
    Plaintext,
    /// Frames of 500 points
    Pickle,
}

/// In which order the series of one step are sent.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// Host by host, the same at every step
    Usual,
    /// Another random order at every step
    Random,
}

/// Arguments of `feed`.
#[derive(Args)]
pub(crate) struct FeedArguments {
    #[command(flatten)]
    pub(crate) part: Part,
    /// Where to send to, as HOST:PORT
    #[arg(long)]
    pub(crate) to: String,
    /// How points are written
    #[arg(long, value_enum, default_value_t = Wire::Plaintext)]
    pub(crate) wire: Wire,
    /// The order of the series
    #[arg(long, value_enum, default_value_t = Order::Usual)]
    pub(crate) order: Order,
    /// Connections among which the series are divided
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) connections: u16,
    /// Points a second over all connections; 0: as fast as they are taken
    #[arg(long, default_value_t = 0)]
    pub(crate) rate: u32,
    /// Keep to the rate from the moment that the first timestamp names, rather than from the start
    #[arg(long, requires = "rate")]
    pub(crate) in_time: bool,
}

/// Whose answers are read.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// `/render` in JSON
    Graphite,
    /// `/api/v1/export`
    Victoria,
}

/// Arguments of `check`.
#[derive(Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) part: Part,
    /// Where to ask, as HOST:PORT
    #[arg(long)]
    pub(crate) http: String,
    /// Whose answers are read
    #[arg(long, value_enum, default_value_t = Dialect::Graphite)]
    pub(crate) dialect: Dialect,
    /// Look only at every so many racks of the 48
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=48))]
    pub(crate) every: u16,
    /// The rack to begin with
    #[arg(long, default_value_t = 0)]
    pub(crate) first_rack: usize,
    /// Expect a coarser archive: the average of so many steps, whole ones only
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) average_of: u16,
}

/// Arguments of `sum`.
#[derive(Args)]
pub(crate) struct SumArguments {
    #[command(flatten)]
    pub(crate) part: Part,
    /// Which series
    #[arg(long)]
    pub(crate) glob: String,
}

/// Arguments of `ask`.
#[derive(Args)]
pub(crate) struct AskArguments {
    /// Where to ask, as HOST:PORT
    #[arg(long)]
    pub(crate) http: String,
    /// A file with a JSON object a line: name, and path with query
    #[arg(long)]
    pub(crate) requests: std::path::PathBuf,
    /// Requests a second
    #[arg(long)]
    pub(crate) rate: f64,
    /// For how many seconds
    #[arg(long)]
    pub(crate) seconds: f64,
    /// Most requests that are under way at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=2048))]
    pub(crate) connections: u16,
}
