//! Settings that a reload may replace while others read them.
//!
//! Invariant: whoever has read a setting keeps it until it asks again, so that one request or one connection never
//! sees two of them.

use crate::config::{
    AllowFrom, CarbonSettings, Config, Http, Ingest, Log, MessagePictures, OwnMetrics, QueryLimits,
};
use parking_lot::RwLock;
use std::sync::Arc;

/// One setting, shared.
#[derive(Debug, Default)]
pub(crate) struct Live<T>(RwLock<Arc<T>>);

impl<T> Live<T> {
    /// A setting with its first value.
    pub(crate) fn new(value: T) -> Live<T> {
        Live(RwLock::new(Arc::new(value)))
    }

    /// The value at this moment.
    pub(crate) fn get(&self) -> Arc<T> {
        self.0.read().clone()
    }

    /// Whoever asks from now on gets this one.
    pub(crate) fn set(&self, value: T) {
        *self.0.write() = Arc::new(value);
    }
}

/// Every setting that is read again and again while the server runs.
#[derive(Debug)]
pub(crate) struct LiveSettings {
    /// What a sender may do.
    pub(crate) ingest: Live<Ingest>,
    /// From which networks the listeners take connections.
    pub(crate) allow_from: Live<AllowFrom>,
    /// Connections over HTTP.
    pub(crate) http: Live<Http>,
    /// What is written to the log besides messages.
    pub(crate) log: Live<Log>,
    /// What carbon's rules do with points, and where their files are.
    pub(crate) carbon_rules: Live<CarbonSettings>,
    /// What one query may cost.
    pub(crate) query: Live<QueryLimits>,
    /// What links to this server begin with.
    pub(crate) external_url: Arc<Live<String>>,
    /// Graphs that go with messages about alarms.
    pub(crate) message_pictures: Live<MessagePictures>,
    /// Which series about the machine are written, if any.
    pub(crate) host_metrics: Live<OwnMetrics>,
}

impl LiveSettings {
    /// The settings of a configuration.
    pub(crate) fn of(config: &Config) -> LiveSettings {
        LiveSettings {
            ingest: Live::new(config.ingest.clone()),
            allow_from: Live::new(config.allow_from.clone()),
            http: Live::new(config.http.clone()),
            log: Live::new(config.log.clone()),
            carbon_rules: Live::new(config.carbon_rules.clone()),
            query: Live::new(config.query.clone()),
            external_url: Arc::new(Live::new(config.rules.external_url.clone())),
            message_pictures: Live::new(config.alerting.pictures),
            host_metrics: Live::new(config.host_metrics.clone()),
        }
    }

    /// Replaces them by those of another configuration.
    pub(crate) fn replace(&self, config: &Config) {
        self.ingest.set(config.ingest.clone());
        self.allow_from.set(config.allow_from.clone());
        self.http.set(config.http.clone());
        self.log.set(config.log.clone());
        self.carbon_rules.set(config.carbon_rules.clone());
        self.query.set(config.query.clone());
        self.external_url.set(config.rules.external_url.clone());
        self.message_pictures.set(config.alerting.pictures);
        self.host_metrics.set(config.host_metrics.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_keeps_what_it_has_read() {
        let settings = LiveSettings::of(&Config::default());
        let before = settings.query.get();
        let mut config = Config::default();
        config.query.series_max = 7;
        settings.replace(&config);
        assert_eq!(before.series_max, QueryLimits::default().series_max);
        assert_eq!(settings.query.get().series_max, 7);
    }
}
