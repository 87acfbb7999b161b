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
    /// carbon's aggregation-rules.conf
    #[arg(long, value_name = "FILE")]
    pub aggregation_rules: Option<PathBuf>,
    /// carbon's rewrite-rules.conf
    #[arg(long, value_name = "FILE")]
    pub rewrite_rules: Option<PathBuf>,
    /// carbon's blacklist.conf
    #[arg(long, value_name = "FILE")]
    pub blacklist: Option<PathBuf>,
    /// carbon's whitelist.conf
    #[arg(long, value_name = "FILE")]
    pub whitelist: Option<PathBuf>,
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
        self.lay_rule_files_over(&mut config);
        Ok(config)
    }

    /// Puts carbon's files that flags name into the settings.
    pub(crate) fn lay_rule_files_over(&self, config: &mut Config) {
        let (storage, carbon) = (&mut config.storage, &mut config.carbon_rules);
        for (flag, file) in [
            (&self.storage_schemas, &mut storage.schemas_file),
            (&self.storage_aggregation, &mut storage.aggregation_file),
            (&self.aggregation_rules, &mut carbon.aggregation_rules_file),
            (&self.rewrite_rules, &mut carbon.rewrite_rules_file),
            (&self.blacklist, &mut carbon.blacklist_file),
            (&self.whitelist, &mut carbon.whitelist_file),
        ] {
            if flag.is_some() {
                file.clone_from(flag);
            }
        }
    }
}

impl ServeArgs {
    /// The settings to serve with: the file's, then `--bind`, then each listener's own flag. A fixed clock turns
    /// the host's and the server's own metrics off, and all rules but those of `--rules`, so that the store holds only
    /// what was sent and what those rules make of it.
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
        if self.rules.is_some() {
            config.rules.folder.clone_from(&self.rules);
        }
        if self.alerting.is_some() {
            config.alerting.file.clone_from(&self.alerting);
        }
        config.rules.is_strict |= self.strict;
        if let ClockChoice::Fixed(_) = self.clock {
            config.rules.builtin = false;
            if self.rules.is_none() {
                config.rules.folder = None;
            }
            config.canary.receiver = None;
            config.host_metrics.enabled = false;
            config.self_metrics.enabled = false;
        }
        config.rules.has_canary = config.canary.receiver.is_some();
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The settings of `serve` with a file of this text, and these flags.
    fn load(text: &str, flags: ServeArgs) -> Config {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.toml");
        std::fs::write(&file, text).expect("written");
        let config = ConfigArgs { config: Some(file), ..flags.config };
        ServeArgs { config, ..flags }.load().expect("a valid file")
    }

    #[test]
    fn without_flags_the_file_counts() {
        let config = load("[listen]\nhttp = \"0.0.0.0:81\"\n", ServeArgs::default());
        assert_eq!(config.listen.http.to_string(), "0.0.0.0:81");
        assert_eq!(config.listen.pickle.to_string(), "127.0.0.1:2004");
        assert!(config.host_metrics.enabled && config.self_metrics.enabled);
        assert_eq!(ServeArgs::default().load().expect("no file"), Config::default());
    }

    #[test]
    fn flags_win() {
        let flags = ServeArgs {
            config: ConfigArgs {
                data_dir: Some(PathBuf::from("d")),
                storage_schemas: Some(PathBuf::from("s.conf")),
                storage_aggregation: Some(PathBuf::from("a.conf")),
                aggregation_rules: Some(PathBuf::from("ar.conf")),
                rewrite_rules: Some(PathBuf::from("rr.conf")),
                blacklist: Some(PathBuf::from("b.conf")),
                whitelist: Some(PathBuf::from("w.conf")),
                ..ConfigArgs::default()
            },
            listen_http: "127.0.0.1:1".parse().ok(),
            listen_plaintext: "127.0.0.1:2".parse().ok(),
            listen_pickle: "127.0.0.1:3".parse().ok(),
            listen_udp: "127.0.0.1:4".parse().ok(),
            ..ServeArgs::default()
        };
        let text = "data_dir = \"x\"\n[listen]\nhttp = \"off\"\n[storage]\nschemas_file = \"y\"\naggregation_file = \"z\"";
        let config = load(text, flags);
        assert_eq!(config.data_dir, Path::new("d"));
        assert_eq!(config.storage.schemas_file.as_deref(), Some(Path::new("s.conf")));
        assert_eq!(config.storage.aggregation_file.as_deref(), Some(Path::new("a.conf")));
        let carbon = config.carbon_rules;
        let files = [
            carbon.aggregation_rules_file,
            carbon.rewrite_rules_file,
            carbon.blacklist_file,
            carbon.whitelist_file,
        ];
        assert_eq!(
            files.map(Option::unwrap_or_default),
            ["ar.conf", "rr.conf", "b.conf", "w.conf"].map(PathBuf::from)
        );
        let listen = config.listen;
        let addresses = [listen.http, listen.plaintext, listen.pickle, listen.udp];
        assert_eq!(
            addresses.map(|address| address.to_string()),
            ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"]
        );
    }

    #[test]
    fn bind_moves_every_listener_without_a_flag_of_its_own() {
        let flags = ServeArgs {
            bind: "0.0.0.0".parse().ok(),
            listen_http: "127.0.0.1:1".parse().ok(),
            ..ServeArgs::default()
        };
        let listen = load("[listen]\npickle = \"127.0.0.1:9\"\nudp = \"off\"\n", flags).listen;
        let addresses = [listen.http, listen.plaintext, listen.pickle, listen.udp];
        assert_eq!(
            addresses.map(|address| address.to_string()),
            ["127.0.0.1:1", "0.0.0.0:2003", "0.0.0.0:9", "off"]
        );
    }

    #[test]
    fn a_fixed_clock_stops_the_own_metrics() {
        let text = "[host_metrics]\nenabled = true\n[self_metrics]\nenabled = true\n";
        let config = load(text, ServeArgs { clock: ClockChoice::Fixed(1), ..ServeArgs::default() });
        assert!(!config.host_metrics.enabled && !config.self_metrics.enabled);
    }
}
