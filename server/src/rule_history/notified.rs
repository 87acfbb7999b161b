//! Rules over history together with whom they would have had told: what commands and HTTP answer.
//!
//! Invariant: the same pipeline decides whom to tell as in a server; nothing is sent, and what is sent counts as arrived.

use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_alerting::{
    Alerting, DryRun, Notifications, NotificationsDifference, NotificationsMade, Silence, Unread,
};
use plumbago_rules::{
    Backtest, BacktestAccount, Difference, FileError, RuleError, RuleSet, Transition, Version,
};
use serde::{Deserialize, Serialize};

/// Whom to tell in a dry run.
#[derive(Debug, Clone)]
pub(crate) struct Telling {
    /// Routes and receivers.
    pub(crate) alerting: Arc<Alerting>,
    /// Where they are from, for people.
    pub(crate) source: String,
    /// Silences, each of which holds at its time.
    pub(crate) silences: Vec<Silence>,
}

/// What a backtest came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Backtested {
    /// What the rules made.
    #[serde(flatten)]
    pub(crate) account: BacktestAccount,
    /// Where the routes and receivers are from; `None`: nobody would have been told.
    #[serde(default)]
    pub(crate) alerting: Option<String>,
    /// Who would have been told what.
    #[serde(default)]
    pub(crate) notifications: Option<Notifications>,
}

/// How two sets of rules, and whom they have told, differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compared {
    /// What the rules make.
    #[serde(flatten)]
    pub(crate) difference: Difference,
    /// Where the old and the new routes and receivers are from.
    #[serde(default)]
    pub(crate) alerting: Option<(String, String)>,
    /// Who would have been told what.
    #[serde(default)]
    pub(crate) notifications: Option<NotificationsDifference>,
}

/// An alerting file of which nothing is sent: its secrets are not read.
///
/// # Errors
/// Everything that is wrong in it.
pub(crate) fn alerting_of(name: &str, text: &str) -> Result<Arc<Alerting>, Vec<FileError>> {
    plumbago_alerting::load(name, text, &Unread).map(|(alerting, _notes)| Arc::new(alerting))
}

/// Runs rules, and whoever would have been told; `progress` is shown T, and may break off.
///
/// # Errors
/// Rules that no core takes.
pub(crate) fn backtested(
    backtest: &Backtest<'_>,
    set: &RuleSet,
    telling: Option<&Telling>,
    progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
) -> Result<Backtested, RuleError> {
    let Some(telling) = telling else {
        let account = backtest.account(set, &mut |at_secs, _| progress(at_secs))?;
        return Ok(Backtested { account, alerting: None, notifications: None });
    };
    let mut run = dry_run(telling, backtest)?;
    let mut notifications = Notifications::new(&telling.alerting);
    let account = backtest.account(set, &mut |at_secs, told| {
        hear(&mut run, told, at_secs);
        run.news().into_iter().for_each(|news| notifications.add(news));
        progress(at_secs)
    })?;
    run.until(account.until_secs.saturating_mul(1000));
    run.news().into_iter().for_each(|news| notifications.add(news));
    Ok(Backtested { account, alerting: Some(telling.source.clone()), notifications: Some(notifications) })
}

/// Runs two sets of rules, and whoever would have been told by each; `progress` is shown T, and may break off: then there is
/// no answer.
///
/// # Errors
/// Rules that no core takes, and more points or messages than can be compared.
pub(crate) fn compared(
    backtest: &Backtest<'_>,
    (old, new): (&RuleSet, &RuleSet),
    telling: Option<(&Telling, &Telling)>,
    progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
) -> Result<Option<Compared>, RuleError> {
    let Some((old_telling, new_telling)) = telling else {
        let difference = backtest.difference(old, new, &mut |_, at_secs, _| progress(at_secs))?;
        return Ok(difference.map(|difference| Compared { difference, alerting: None, notifications: None }));
    };
    let mut sides = [Side::new(old_telling, backtest)?, Side::new(new_telling, backtest)?];
    let mut fault = None;
    let difference = backtest.difference(old, new, &mut |version, at_secs, told| {
        let [old, new] = &mut sides;
        let side = if version == Version::New { new } else { old };
        hear(&mut side.run, told, at_secs);
        match side.keep() {
            Ok(()) => progress(at_secs),
            Err(error) => {
                fault = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = fault {
        return Err(error);
    }
    let Some(difference) = difference else { return Ok(None) };
    for side in &mut sides {
        side.run.until(backtest.until_secs.saturating_mul(1000));
        side.keep()?;
    }
    let [old, new] = &sides;
    let notifications = NotificationsDifference::between(
        (&old_telling.alerting, &old.made),
        (&new_telling.alerting, &new.made),
    );
    let alerting = Some((old_telling.source.clone(), new_telling.source.clone()));
    Ok(Some(Compared { difference, alerting, notifications: Some(notifications) }))
}

/// One of two versions.
struct Side {
    run: DryRun,
    made: NotificationsMade,
}

impl Side {
    fn new(telling: &Telling, backtest: &Backtest<'_>) -> Result<Side, RuleError> {
        Ok(Side { run: dry_run(telling, backtest)?, made: NotificationsMade::default() })
    }

    fn keep(&mut self) -> Result<(), RuleError> {
        let kept = self.run.news().iter().try_for_each(|news| self.made.add(news));
        kept.map_err(|error| RuleError { message: error.to_string(), is_fault: false })
    }
}

fn dry_run(telling: &Telling, backtest: &Backtest<'_>) -> Result<DryRun, RuleError> {
    let start_ms = backtest.from_secs.saturating_mul(1000);
    let run = DryRun::new(telling.alerting.clone(), telling.silences.iter().cloned(), start_ms);
    run.map_err(|error| RuleError { message: error.to_string(), is_fault: true })
}

fn hear(run: &mut DryRun, told: &[Transition], at_secs: i64) {
    run.hear(told, at_secs.saturating_mul(1000));
}
