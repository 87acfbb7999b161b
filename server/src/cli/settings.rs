//! Flags laid over the configuration file. A flag always wins; relative paths in flags start from the current
//! folder, those in the file from the file's.

use std::path::PathBuf;

use clap::Args;

use super::arguments::ServeArgs;
use super::clock::ClockChoice;
use crate::config::{Config, LoadError};

/// The configuration file, and the flags shared by all commands that read it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration file; without one, every setting has its default
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder that holds the data
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// carbon's storage-schemas.conf
    #[arg(long, value_name = "FILE")]
    pub storage_schemas: Option<PathBuf>,
    /// carbon's storage-aggregation.conf
    #[arg(long, value_name = "FILE")]
    pub storage_aggregation: Option<PathBuf>,
}

impl ConfigArgs {
    /// The file's settings with these flags laid over.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub(crate) fn load(&self) -> Result<Config, LoadError> {
        let mut config = match &self.config {
            Some(file) => Config::load(file)?,
            None => Config::default(),
        };
        if let Some(directory) = &self.data_dir {
            config.data_dir.clone_from(directory);
        }
        if self.storage_schemas.is_some() {
            config.storage.schemas_file.clone_from(&self.storage_schemas);
        }
        if self.storage_aggregation.is_some() {
            config.storage.aggregation_file.clone_from(&self.storage_aggregation);
        }
        Ok(config)
    }
}

impl ServeArgs {
    /// The settings to serve with: the file's, then `--bind`, then each listener's own flag. A fixed clock turns
    /// the host's and the server's own metrics off, so that the store holds only what was sent.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub(crate) fn load(&self) -> Result<Config, LoadError> {
        let mut config = self.config.load()?;
        if let Some(ip) = self.bind {
            config.listen.bind_all(ip);
        }
        let listen = &mut config.listen;
        for (flag, address) in [
            (self.listen_http, &mut listen.http),
            (self.listen_plaintext, &mut listen.plaintext),
            (self.listen_pickle, &mut listen.pickle),
            (self.listen_udp, &mut listen.udp),
        ] {
            if let Some(flag) = flag {
                *address = flag;
            }
        }
        if let ClockChoice::Fixed(_) = self.clock {
            config.host_metrics.enabled = false;
            config.self_metrics.enabled = false;
        }
        Ok(config)
    }
}
