//! What SIGHUP does: the configuration and the rule files are read again.
//!
//! Invariant: a reload counts as a whole or not at all. A fault in any of the files leaves everything as it is, is
//! logged with its place, and counted.

use crate::alarms::Desk;
use crate::carbon_rules::{CarbonShared, Loaded};
use crate::cli::ServeArgs;
use crate::clock::Clock;
use crate::config::{Config, Effect, Tls};
use crate::http::Access;
use crate::live::LiveSettings;
use crate::log::LogControl;
use crate::metrics::Counters;
use crate::own_series::Order;
use crate::rule_runner::{RuleOrder, read};
use crate::rules::{IncompleteRules, ServedRules};
use crate::serve::ServeError;
use crate::tls::{Certificates, TlsGate};
use parking_lot::Mutex;
use plumbago_engine::Engine;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Everything that a reload reaches.
pub(crate) struct Reload {
    /// The flags of the start: they go on winning over the file.
    pub(crate) args: ServeArgs,
    /// What counts now.
    pub(crate) config: Mutex<Config>,
    /// The store, for its rules and its limits on series.
    pub(crate) engine: Arc<Engine>,
    /// Where `now` comes from.
    pub(crate) clock: Clock,
    /// Where reloads are counted.
    pub(crate) counters: Arc<Counters>,
    /// What listeners and handlers read.
    pub(crate) settings: Arc<LiveSettings>,
    /// Who may do what.
    pub(crate) access: Arc<Access>,
    /// Certificates.
    pub(crate) tls: Arc<TlsGate>,
    /// carbon's rules about points.
    pub(crate) carbon_rules: Arc<CarbonShared>,
    /// The thread of the server's own series.
    pub(crate) own_series: Sender<Order>,
    /// Whom to tell about alarms.
    pub(crate) desk: Arc<Desk>,
    /// The thread of the rules.
    pub(crate) rules: Sender<RuleOrder>,
    /// The level of the log.
    pub(crate) log: LogControl,
}

impl Reload {
    /// Reloads once, and says in one line what came of it.
    ///
    /// # Errors
    /// The line that says what is wrong; everything stays as it is.
    pub(crate) fn run(&self) -> Result<String, String> {
        match self.apply() {
            Ok(report) => {
                self.counters.reloads_applied.increment();
                tracing::info!("{report}");
                Ok(report)
            }
            Err(error) => {
                self.counters.reloads_refused.increment();
                let line = format!("not reloaded, everything stays as it is: {error}");
                tracing::error!("{line}");
                let faults = match &error {
                    ServeError::RuleFiles(error) => error.lines(),
                    ServeError::Alerting(error) => error.lines(),
                    other => vec![other.to_string()],
                };
                // Gone only where the rules have ended, which the board shows.
                let _ = self.rules.send(RuleOrder::Refused(faults));
                Err(line)
            }
        }
    }

    fn apply(&self) -> Result<String, ServeError> {
        let wanted = self.args.load().map_err(ServeError::Config)?;
        let rules = ServedRules::load(&wanted.storage).map_err(ServeError::Rules)?;
        rules.check_complete().map_err(ServeError::IncompleteRules)?;
        let rule_files = read(&wanted.rules).map_err(ServeError::RuleFiles)?;
        let alerting = crate::alarms::read(&wanted).map_err(ServeError::Alerting)?;
        let loaded = Loaded::read(&wanted.carbon_rules).map_err(ServeError::Rules)?;
        if let Some(warning) = loaded.skipped() {
            return Err(ServeError::IncompleteRules(IncompleteRules::Section(warning.clone())));
        }
        // A listener speaks TLS for as long as the server runs, or never.
        let listeners = self.config.lock().tls.listeners;
        let tls = Tls { listeners, ..wanted.tls.clone() };
        let certificates = Certificates::load(&tls).map_err(ServeError::Tls)?;
        let newcomers = Access::read(&wanted).map_err(ServeError::Access)?;
        // The first thing that may fail, and undone by nothing that follows.
        self.desk.replace(alerting.alerting.clone()).map_err(ServeError::Events)?;
        alerting.took(&wanted.data_dir);
        let series = self.engine.apply_rules(Arc::new(rules), self.clock.now()).map_err(ServeError::Store)?;
        self.counters.rule_sections_skipped.set(0);
        let mut config = self.config.lock();
        let report = report(&config, &wanted, series);
        *config = config.reloaded_with(&wanted);
        self.settings.replace(&config);
        self.engine.set_cardinality_limits(config.cardinality.clone(), self.clock.now());
        self.tls.replace(certificates);
        self.access.replace(newcomers);
        self.carbon_rules.replace(loaded, &config.carbon_rules);
        self.log.set_level(config.log.level);
        // Gone only where the server stops, or where there are no such series: with a fixed clock.
        let _ = self.own_series.send(Order::Reconfigure(Box::new(config.clone())));
        let _ = self.rules.send(RuleOrder::Replace(Box::new(rule_files), config.rules.clone()));
        Ok(report)
    }
}

/// One line: what changed, and what did not although it was asked for.
fn report(config: &Config, wanted: &Config, series: u64) -> String {
    let mut line = format!("reloaded: {series} series are kept in another way now");
    for (what, effect) in [
        ("changed", Effect::AtReload),
        ("changed in the file, but only a restart brings it", Effect::AtStart),
    ] {
        let keys = config.changed_keys(wanted, effect);
        if !keys.is_empty() {
            line.push_str(&format!("; {what}: {}", keys.join(", ")));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_tells_what_changed_and_what_waits_for_a_restart() {
        let config = Config::default();
        assert_eq!(report(&config, &config, 3), "reloaded: 3 series are kept in another way now");
        let mut wanted = config.clone();
        wanted.query.series_max = 1;
        wanted.storage.hot_bytes = 1 << 20;
        wanted.listen.bind_all([0, 0, 0, 0].into());
        assert_eq!(
            report(&config, &wanted, 0),
            "reloaded: 0 series are kept in another way now; changed: [query] series_max; changed in the file, but \
             only a restart brings it: [listen] plaintext, [listen] udp, [listen] pickle, [listen] http, \
             [storage] hot_bytes"
        );
    }
}
