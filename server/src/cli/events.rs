//! The command line of `plumbago events`. Its doc comments are the help that users read.

use super::arguments::ServerArgs;
use clap::{Args, Subcommand};

/// Arguments of `events`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    /// What to do.
    pub command: EventsCommand,
}

/// What is done with events.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum EventsCommand {
    /// Show the newest events that match
    Search(EventsSearchArgs),
    /// Show events as they happen, until interrupted
    Tail(EventsTailArgs),
    /// Post one event
    Post(EventsPostArgs),
}

/// Arguments of `events search`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EventsSearchArgs {
    /// What to search, such as: kind:deploy tag:host=web* 'severity>=warning' since:-2d; after a -- also -kind:reboot
    #[arg(value_name = "TERM")]
    pub query: Vec<String>,
    /// How many events are shown, at most 1000
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the events are.
    pub server: ServerArgs,
}

/// Arguments of `events tail`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EventsTailArgs {
    /// What to show, in the language of `events search`
    #[arg(value_name = "TERM")]
    pub query: Vec<String>,
    /// Begin after the event with this id; 0 begins with the first one
    #[arg(long, value_name = "ID")]
    pub after: Option<u64>,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// Where the events are.
    pub server: ServerArgs,
}

/// Arguments of `events post`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EventsPostArgs {
    /// What happened, in one line
    #[arg(value_name = "TITLE")]
    pub title: String,
    /// What kind of thing it is, such as deploy
    #[arg(long, value_name = "WORD")]
    pub kind: Option<String>,
    /// More about it
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// info, warning, error or critical
    #[arg(long, value_name = "LEVEL")]
    pub severity: Option<String>,
    /// A tag: a word, or key=value; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// What makes a second one the same: the first one is kept
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// When it began, in seconds since 1970, if not just now
    #[arg(long, value_name = "SECONDS")]
    pub start: Option<i64>,
    /// When it ended, in seconds since 1970, if it lasted
    #[arg(long, value_name = "SECONDS", conflicts_with = "open")]
    pub end: Option<i64>,
    /// It goes on
    #[arg(long)]
    pub open: bool,
    #[command(flatten)]
    /// Where the events are.
    pub server: ServerArgs,
}
