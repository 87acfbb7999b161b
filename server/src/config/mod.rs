//! The server's settings: one TOML file in which every key is optional.
//!
//! Invariant: a `Config` holds only values that passed their range checks, so the rest of the server never
//! checks again. Reading is pure apart from [`Config::load`]; flags are laid over by `cli`, and carbon's own
//! files, which this one may name, belong to `carbon`.

mod access;
mod alerting;
mod allow_from;
mod carbon_rules;
mod cardinality;
mod document;
mod error;
mod http;
mod ingest;
mod limits;
mod listen;
mod log;
mod metrics;
mod nearest;
mod reload;
mod rules;
mod storage;
mod tls;
mod values;

use std::path::{Path, PathBuf};

pub(crate) use access::{AccessSettings, Scope, Scopes, TokenSecret, UserSettings};
pub(crate) use alerting::{AlertingSettings, Canary, MessagePictures};
pub(crate) use allow_from::AllowFrom;
pub(crate) use carbon_rules::CarbonSettings;
use document::{Document, Section};
pub(crate) use error::{ConfigError, LoadError};
pub(crate) use http::Http;
pub(crate) use ingest::Ingest;
pub(crate) use limits::QueryLimits;
pub(crate) use listen::{Listen, ListenAddress};
pub(crate) use log::{Log, LogLevel};
pub(crate) use metrics::OwnMetrics;
use plumbago_engine::CardinalityLimits;
pub(crate) use reload::Effect;
pub(crate) use rules::Rules;
pub(crate) use storage::Storage;
pub(crate) use tls::{TcpListeners, Tls};

/// Everything the configuration file can say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// The folder that holds names, write-ahead logs and segments; created when missing.
    pub data_dir: PathBuf,
    /// The machine's name in `hosts.<name>` and `carbon.agents.<name>`; `None`: ask the machine.
    pub host_name: Option<String>,
    /// `[listen]`: which addresses are opened.
    pub listen: Listen,
    /// `[allow_from]`: from which networks.
    pub allow_from: AllowFrom,
    /// `[tls]`: which of them speak TLS.
    pub tls: Tls,
    /// `[http]`: names, origins, connections.
    pub http: Http,
    /// `[access]`: tokens and users.
    pub access: AccessSettings,
    /// `[ingest]`: what a sender may do.
    pub ingest: Ingest,
    /// `[cardinality]`: how many series there may be.
    pub cardinality: CardinalityLimits,
    /// `[storage]`: memory, log and durability, and carbon's rule files.
    pub storage: Storage,
    /// `[carbon_rules]`: what carbon's rules do with points on their way in.
    pub carbon_rules: CarbonSettings,
    /// `[query]`: what one query may cost.
    pub query: QueryLimits,
    /// `[rules]`: derived metrics and events.
    pub rules: Rules,
    /// `[alerting]`: who is told about alarms.
    pub alerting: AlertingSettings,
    /// `[canary]`: how long telling takes.
    pub canary: Canary,
    /// `[host_metrics]`: series about the machine.
    pub host_metrics: OwnMetrics,
    /// `[self_metrics]`: series about this server.
    pub self_metrics: OwnMetrics,
    /// `[log]`: what is written to standard error.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            host_name: None,
            listen: Listen::default(),
            allow_from: AllowFrom::default(),
            tls: Tls::default(),
            http: Http::default(),
            access: AccessSettings::default(),
            ingest: Ingest::default(),
            cardinality: CardinalityLimits::default(),
            storage: Storage::default(),
            carbon_rules: CarbonSettings::default(),
            query: QueryLimits::default(),
            rules: Rules::default(),
            alerting: AlertingSettings::default(),
            canary: Canary::default(),
            host_metrics: OwnMetrics::of_the_host(),
            self_metrics: OwnMetrics::of_the_server(),
            log: Log::default(),
        }
    }
}

impl Config {
    /// Reads and checks the file at `path`. Relative paths inside it start from its own folder.
    ///
    /// # Errors
    /// The file cannot be read, or holds at least one fault; all of its faults are returned together.
    pub(crate) fn load(path: &Path) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| LoadError::Read { file: path.to_path_buf(), cause })?;
        Self::parse(&text, path).map_err(LoadError::Invalid)
    }

    /// Checks `text`, which came from `file`.
    ///
    /// # Errors
    /// Every fault found, in the order of their places; never an empty list.
    pub(crate) fn parse(text: &str, file: &Path) -> Result<Self, Vec<ConfigError>> {
        let mut document = Document::new(file, text);
        let config = document.read(Self::read);
        let errors = document.into_errors();
        if errors.is_empty() { Ok(config) } else { Err(errors) }
    }

    /// Every key that the file may hold, as `("listen", "http")`; the section is empty at the top.
    #[cfg(test)]
    pub(crate) fn keys() -> Vec<(&'static str, &'static str)> {
        let mut document = Document::new(Path::new(""), "");
        document.read(Self::read);
        document.keys().to_vec()
    }

    fn read(top: &mut Section<'_, '_>) -> Self {
        let defaults = Self::default();
        Self {
            data_dir: top.take_path("data_dir", defaults.data_dir),
            host_name: top.take("host_name", defaults.host_name, values::host_name),
            listen: top.section("listen", Listen::read),
            allow_from: top.section("allow_from", AllowFrom::read),
            tls: top.section("tls", Tls::read),
            http: top.section("http", Http::read),
            access: top.section("access", AccessSettings::read),
            ingest: top.section("ingest", Ingest::read),
            cardinality: top.section("cardinality", cardinality::read),
            storage: top.section("storage", Storage::read),
            carbon_rules: top.section("carbon_rules", CarbonSettings::read),
            query: top.section("query", QueryLimits::read),
            rules: top.section("rules", Rules::read),
            alerting: top.section("alerting", AlertingSettings::read),
            canary: top.section("canary", Canary::read),
            host_metrics: top
                .section("host_metrics", |section| OwnMetrics::read(section, OwnMetrics::of_the_host())),
            self_metrics: top
                .section("self_metrics", |section| OwnMetrics::read(section, OwnMetrics::of_the_server())),
            log: top.section("log", Log::read),
        }
    }
}

#[cfg(test)]
mod tests;
