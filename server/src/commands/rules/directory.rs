//! Rules over the history of a data directory.

use super::telling;
use crate::cli::RulesStoreArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::directory::{disk, open_to_read};
use crate::rule_history::{Span, Telling, class_of};
use crate::rules::ServedRules;
use crate::source::EngineSource;
use jiff::tz::TimeZone;
use plumbago_engine::{DirectoryLock, Engine, Options, PolicyRules};
use plumbago_rules::{Backtest, NoEvents, RuleSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A data directory with the settings that it is served with.
pub(super) struct History {
    engine: Engine,
    policies: Arc<ServedRules>,
    path: PathBuf,
    /// The alerting file of the settings.
    alerting: Option<PathBuf>,
    pub(super) now: i64,
    /// Held where the store is changed.
    lock: Option<DirectoryLock>,
}

impl History {
    /// Opens a directory to read it, whether or not a server runs on it.
    ///
    /// # Errors
    /// It is none, or cannot be read; or the settings are wrong.
    pub(super) fn to_read(path: &Path, args: &RulesStoreArgs) -> Result<History, CommandError> {
        let ((policies, alerting), now) = (settings(args)?, Clock::from(args.clock).now());
        let engine = open_to_read(path, now)?;
        Ok(History { engine, policies, path: path.to_owned(), alerting, now, lock: None })
    }

    /// Opens the directory of a stopped server as that server would.
    ///
    /// # Errors
    /// As for reading, and a server that runs on it.
    pub(super) fn to_change(path: &Path, args: &RulesStoreArgs) -> Result<History, CommandError> {
        let ((policies, alerting), now) = (settings(args)?, Clock::from(args.clock).now());
        let disk = disk(path)?;
        let lock = DirectoryLock::acquire(path)?;
        let engine = Engine::open(disk, Options::default(), policies.clone(), now)?;
        Ok(History { engine, policies, path: path.to_owned(), alerting, now, lock: Some(lock) })
    }

    /// The span that is written so.
    ///
    /// # Errors
    /// A time that is none.
    pub(super) fn span(&self, from: &str, until: &str) -> Result<Span, CommandError> {
        Span::read(from, until, self.now, &TimeZone::UTC)
            .map_err(|line| CommandError::new(format!("--{line}")))
    }

    /// Whom to tell by an alerting file that is named, or else by the one that a server would go by.
    ///
    /// # Errors
    /// It cannot be read, or is wrong.
    pub(super) fn telling(&self, named: Option<&Path>) -> Result<Option<Telling>, CommandError> {
        telling::of_directory(named, self.alerting.as_deref(), &self.path, &[])
    }

    /// Where derived points go.
    pub(super) fn writer(&self) -> plumbago_engine::Writer {
        self.engine.writer()
    }

    /// Runs something over the history.
    pub(super) fn with<T>(&self, span: Span, run: impl FnOnce(&Backtest<'_>) -> T) -> T {
        let source = EngineSource::new(&self.engine);
        let class_of = |name: &str| class_of(&self.policies.policy_for(name));
        run(&Backtest {
            source: &source,
            from_secs: span.from_secs,
            until_secs: span.until_secs,
            now_secs: self.now,
            external_url: "",
            events: &NoEvents,
            class_of: &class_of,
        })
    }

    /// Leaves the store as a stopped server does, where it was opened to be changed.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn close(self) -> Result<(), CommandError> {
        if self.lock.is_some() {
            self.engine.close(self.now)?;
        }
        Ok(())
    }
}

/// At which steps series are kept, and the alerting file.
fn settings(args: &RulesStoreArgs) -> Result<(Arc<ServedRules>, Option<PathBuf>), CommandError> {
    let config = args.settings().load().map_err(|error| CommandError::new(error.to_string()))?;
    let rules = ServedRules::load(&config.storage).map_err(|error| CommandError::new(error.to_string()))?;
    Ok((Arc::new(rules), config.alerting.file))
}

/// The rules of this name, or all of them.
pub(super) fn chosen(set: RuleSet, name: Option<&str>) -> Result<RuleSet, CommandError> {
    let Some(name) = name else { return Ok(set) };
    let only = set.only(name);
    if only.groups.is_empty() {
        return Err(CommandError::new(format!("--rule: there is no rule {name:?} in these files")));
    }
    Ok(only)
}
