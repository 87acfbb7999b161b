//! What a change of each key needs: a reload, or a restart.
//!
//! Invariant: the table names every key that the file may hold, in the order in which they are read; a test compares
//! the two.

use super::Config;
use super::cardinality::{listed, overall};

/// When a changed key takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// At a reload.
    AtReload,
    /// At the next start: it decides over sockets, threads or memory that exist by now.
    AtStart,
}

/// One key and how to see whether it differs.
struct Key {
    section: &'static str,
    name: &'static str,
    effect: Effect,
    differs: fn(&Config, &Config) -> bool,
}

const fn reload(section: &'static str, name: &'static str, differs: fn(&Config, &Config) -> bool) -> Key {
    Key { section, name, effect: Effect::AtReload, differs }
}

const fn start(section: &'static str, name: &'static str, differs: fn(&Config, &Config) -> bool) -> Key {
    Key { section, name, effect: Effect::AtStart, differs }
}

fn overall_series(config: &Config) -> Option<u64> {
    overall(&config.cardinality).and_then(|rule| rule.series_max)
}

fn overall_rate(config: &Config) -> Option<u64> {
    overall(&config.cardinality).and_then(|rule| rule.new_series_per_sec_max)
}

const KEYS: &[Key] = &[
    start("", "data_dir", |a, b| a.data_dir != b.data_dir),
    start("", "host_name", |a, b| a.host_name != b.host_name),
    start("listen", "plaintext", |a, b| a.listen.plaintext != b.listen.plaintext),
    start("listen", "udp", |a, b| a.listen.udp != b.listen.udp),
    start("listen", "pickle", |a, b| a.listen.pickle != b.listen.pickle),
    start("listen", "http", |a, b| a.listen.http != b.listen.http),
    reload("allow_from", "plaintext", |a, b| a.allow_from.plaintext != b.allow_from.plaintext),
    reload("allow_from", "udp", |a, b| a.allow_from.udp != b.allow_from.udp),
    reload("allow_from", "pickle", |a, b| a.allow_from.pickle != b.allow_from.pickle),
    reload("allow_from", "http", |a, b| a.allow_from.http != b.allow_from.http),
    start("tls", "listeners", |a, b| a.tls.listeners != b.tls.listeners),
    reload("tls", "certificate_file", |a, b| a.tls.certificate_file != b.tls.certificate_file),
    reload("tls", "key_file", |a, b| a.tls.key_file != b.tls.key_file),
    reload("tls", "mutual", |a, b| a.tls.mutual != b.tls.mutual),
    reload("tls", "client_ca_file", |a, b| a.tls.client_ca_file != b.tls.client_ca_file),
    reload("http", "hosts", |a, b| a.http.hosts != b.http.hosts),
    reload("http", "origins", |a, b| a.http.origins != b.http.origins),
    start("http", "connections_max", |a, b| a.http.connections_max != b.http.connections_max),
    reload("http", "idle_timeout_secs", |a, b| a.http.idle_timeout != b.http.idle_timeout),
    reload("access", "tokens", |a, b| a.access.tokens != b.access.tokens),
    reload("access", "users", |a, b| a.access.users != b.access.users),
    start("ingest", "connections_max", |a, b| a.ingest.connections_max != b.ingest.connections_max),
    reload("ingest", "idle_timeout_secs", |a, b| a.ingest.idle_timeout != b.ingest.idle_timeout),
    reload("ingest", "line_bytes_max", |a, b| a.ingest.line_bytes_max != b.ingest.line_bytes_max),
    reload("ingest", "frame_bytes_max", |a, b| a.ingest.frame_bytes_max != b.ingest.frame_bytes_max),
    start("ingest", "future_secs_max", |a, b| a.ingest.future_secs_max != b.ingest.future_secs_max),
    reload("cardinality", "series_max", |a, b| overall_series(a) != overall_series(b)),
    reload("cardinality", "new_series_per_sec_max", |a, b| overall_rate(a) != overall_rate(b)),
    reload("cardinality", "burst_secs", |a, b| a.cardinality.burst_secs != b.cardinality.burst_secs),
    reload("cardinality", "rules", |a, b| listed(&a.cardinality).ne(listed(&b.cardinality))),
    start("storage", "sync_interval_ms", |a, b| a.storage.sync_interval != b.storage.sync_interval),
    start("storage", "hot_bytes", |a, b| a.storage.hot_bytes != b.storage.hot_bytes),
    start("storage", "wal_bytes", |a, b| a.storage.wal_bytes != b.storage.wal_bytes),
    reload("storage", "schemas_file", |a, b| a.storage.schemas_file != b.storage.schemas_file),
    reload("storage", "aggregation_file", |a, b| a.storage.aggregation_file != b.storage.aggregation_file),
    reload("carbon_rules", "aggregation_rules_file", |a, b| {
        a.carbon_rules.aggregation_rules_file != b.carbon_rules.aggregation_rules_file
    }),
    reload("carbon_rules", "rewrite_rules_file", |a, b| {
        a.carbon_rules.rewrite_rules_file != b.carbon_rules.rewrite_rules_file
    }),
    reload("carbon_rules", "blacklist_file", |a, b| {
        a.carbon_rules.blacklist_file != b.carbon_rules.blacklist_file
    }),
    reload("carbon_rules", "whitelist_file", |a, b| {
        a.carbon_rules.whitelist_file != b.carbon_rules.whitelist_file
    }),
    reload("carbon_rules", "use_whitelist", |a, b| {
        a.carbon_rules.use_whitelist != b.carbon_rules.use_whitelist
    }),
    reload("carbon_rules", "forward_all", |a, b| a.carbon_rules.forward_all != b.carbon_rules.forward_all),
    reload("carbon_rules", "max_aggregation_intervals", |a, b| {
        a.carbon_rules.aggregator.intervals_max != b.carbon_rules.aggregator.intervals_max
    }),
    reload("carbon_rules", "write_back_secs", |a, b| {
        a.carbon_rules.aggregator.write_back_secs != b.carbon_rules.aggregator.write_back_secs
    }),
    reload("query", "series_max", |a, b| a.query.series_max != b.query.series_max),
    reload("query", "points_max", |a, b| a.query.points_max != b.query.points_max),
    reload("query", "memory_max", |a, b| a.query.memory_max != b.query.memory_max),
    start("query", "running_max", |a, b| a.query.running_max != b.query.running_max),
    reload("query", "waiting_max", |a, b| a.query.waiting_max != b.query.waiting_max),
    reload("query", "timeout_secs", |a, b| a.query.timeout != b.query.timeout),
    reload("query", "time_zone", |a, b| a.query.time_zone != b.query.time_zone),
    reload("rules", "folder", |a, b| a.rules.folder != b.rules.folder),
    reload("rules", "builtin", |a, b| a.rules.builtin != b.rules.builtin),
    reload("rules", "late", |a, b| a.rules.late_secs != b.rules.late_secs),
    reload("rules", "catch_up", |a, b| a.rules.catch_up_secs != b.rules.catch_up_secs),
    reload("rules", "external_url", |a, b| a.rules.external_url != b.rules.external_url),
    reload("alerting", "file", |a, b| a.alerting.file != b.alerting.file),
    reload("alerting", "allow_exec", |a, b| a.alerting.allow_exec != b.alerting.allow_exec),
    reload("alerting", "pictures", |a, b| a.alerting.pictures.are_on != b.alerting.pictures.are_on),
    reload("alerting", "picture_expiry", |a, b| {
        a.alerting.pictures.expiry_secs != b.alerting.pictures.expiry_secs
    }),
    reload("canary", "receiver", |a, b| a.canary.receiver != b.canary.receiver),
    reload("canary", "interval_secs", |a, b| a.canary.interval != b.canary.interval),
    reload("host_metrics", "enabled", |a, b| a.host_metrics.enabled != b.host_metrics.enabled),
    reload("host_metrics", "interval_secs", |a, b| a.host_metrics.interval != b.host_metrics.interval),
    reload("host_metrics", "prefix", |a, b| a.host_metrics.prefix != b.host_metrics.prefix),
    reload("self_metrics", "enabled", |a, b| a.self_metrics.enabled != b.self_metrics.enabled),
    reload("self_metrics", "interval_secs", |a, b| a.self_metrics.interval != b.self_metrics.interval),
    reload("self_metrics", "prefix", |a, b| a.self_metrics.prefix != b.self_metrics.prefix),
    reload("log", "level", |a, b| a.log.level != b.log.level),
    reload("log", "access", |a, b| a.log.access != b.log.access),
    reload("log", "slow_query_ms", |a, b| a.log.slow_query != b.log.slow_query),
];

impl Config {
    /// The keys in which `other` differs and that take effect at this moment, as `[listen] http`.
    pub(crate) fn changed_keys(&self, other: &Config, effect: Effect) -> Vec<String> {
        let changed = KEYS.iter().filter(|key| key.effect == effect && (key.differs)(self, other));
        let spelled = |key: &Key| match key.section {
            "" => key.name.to_owned(),
            section => format!("[{section}] {}", key.name),
        };
        changed.map(spelled).collect()
    }

    /// These settings with all of `newer` that takes effect at a reload.
    pub(crate) fn reloaded_with(&self, newer: &Config) -> Config {
        let mut reloaded = newer.clone();
        reloaded.data_dir.clone_from(&self.data_dir);
        reloaded.host_name.clone_from(&self.host_name);
        reloaded.listen.clone_from(&self.listen);
        reloaded.tls.listeners = self.tls.listeners;
        reloaded.http.connections_max = self.http.connections_max;
        reloaded.query.running_max = self.query.running_max;
        reloaded.ingest.connections_max = self.ingest.connections_max;
        reloaded.ingest.future_secs_max = self.ingest.future_secs_max;
        reloaded.storage.sync_interval = self.storage.sync_interval;
        reloaded.storage.hot_bytes = self.storage.hot_bytes;
        reloaded.storage.wal_bytes = self.storage.wal_bytes;
        reloaded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A file in which every key has another value than the default.
    const OTHER: &str = "data_dir = 'x'\nhost_name = 'x'\n\
        [listen]\nplaintext = 'off'\nudp = 'off'\npickle = 'off'\nhttp = 'off'\n\
        [allow_from]\nplaintext = ['::1']\nudp = ['::1']\npickle = ['::1']\nhttp = ['::1']\n\
        [tls]\nlisteners = ['http']\ncertificate_file = 'x'\nkey_file = 'x'\nmutual = ['http']\nclient_ca_file = 'x'\n\
        [http]\nhosts = ['x']\norigins = ['http://x']\nconnections_max = 1\nidle_timeout_secs = 1\n\
        [access]\ntokens = [{ name = 'x', token_file = 'x', scopes = ['read'] }]\n\
        users = [{ name = 'x', scopes = ['read'], password_hash = \
        '$2y$04$i8I7IRMCNTlobwzvJSuyCudqb7VZ2hAmDxCcMTEPhF8GdNC3C0tCu' }]\n\
        [ingest]\nconnections_max = 1\nidle_timeout_secs = 1\nline_bytes_max = 300\nframe_bytes_max = 300\n\
        future_secs_max = 1\n\
        [cardinality]\nseries_max = 1\nnew_series_per_sec_max = 1\nburst_secs = 2\nrules = [{ prefix = 'x', series_max = 1 }]\n\
        [storage]\nsync_interval_ms = 1\nhot_bytes = '1MiB'\nwal_bytes = '1MiB'\nschemas_file = 'x'\n\
        aggregation_file = 'x'\n\
        [carbon_rules]\naggregation_rules_file = 'x'\nrewrite_rules_file = 'x'\nblacklist_file = 'x'\n\
        whitelist_file = 'x'\nuse_whitelist = false\nforward_all = false\nmax_aggregation_intervals = 1\n\
        write_back_secs = 1\n\
        [query]\nseries_max = 1\npoints_max = 1\nmemory_max = '1MiB'\nrunning_max = 1\nwaiting_max = 1\ntimeout_secs = 1\ntime_zone = 'Europe/Vienna'\n\
        [rules]\nfolder = 'x'\nbuiltin = false\nlate = '2h'\ncatch_up = '1h'\nexternal_url = 'http://x'\n\
        [alerting]\nfile = 'x'\nallow_exec = true\npictures = false\npicture_expiry = '1d'\n[canary]\nreceiver = 'x'\ninterval_secs = 11\n\
        [host_metrics]\nenabled = false\ninterval_secs = 1\nprefix = 'x'\n\
        [self_metrics]\nenabled = false\ninterval_secs = 1\nprefix = 'x'\n\
        [log]\nlevel = 'debug'\naccess = true\nslow_query_ms = 1\n";

    fn other() -> Config {
        Config::parse(OTHER, Path::new("p.toml")).expect("a valid file")
    }

    #[test]
    fn every_key_is_in_the_table() {
        let named: Vec<_> = KEYS.iter().map(|key| (key.section, key.name)).collect();
        assert_eq!(named, Config::keys());
        let (old, new) = (Config::default(), other());
        let same: Vec<_> = KEYS.iter().filter(|key| !(key.differs)(&old, &new)).map(|key| key.name).collect();
        assert!(same.is_empty(), "no difference is seen in {same:?}");
    }

    #[test]
    fn a_reload_takes_over_just_the_keys_that_it_can() {
        let (old, new) = (Config::default(), other());
        let reloaded = old.reloaded_with(&new);
        assert!(old.changed_keys(&reloaded, Effect::AtStart).is_empty());
        assert!(new.changed_keys(&reloaded, Effect::AtReload).is_empty());
        assert_eq!(reloaded.changed_keys(&new, Effect::AtStart), old.changed_keys(&new, Effect::AtStart));
        assert_eq!(old.changed_keys(&new, Effect::AtStart).first().map(String::as_str), Some("data_dir"));
        assert_eq!(
            old.changed_keys(&new, Effect::AtReload).last().map(String::as_str),
            Some("[log] slow_query_ms")
        );
    }
}
