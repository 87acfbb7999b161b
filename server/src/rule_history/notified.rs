//! Rules over history together with whom they would have had told: what commands and HTTP answer.
//!
//! Invariant: the same pipeline decides whom to tell as in a server; nothing is sent, and what is sent counts as arrived.

use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_alerting::{
    Alerting, DryNews, DryRun, Notifications, NotificationsDifference, NotificationsMade, Secrets, Silence,
    TooMany,
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

/// An alerting file of which nothing is sent: its secrets need not be there, and what decides who is told is.
///
/// # Errors
/// Everything that is wrong in it.
pub(crate) fn alerting_of(
    name: &str,
    text: &str,
    secrets: &dyn Secrets,
) -> Result<Arc<Alerting>, Vec<FileError>> {
    plumbago_alerting::load_dry(name, text, secrets).map(|(alerting, _notes)| Arc::new(alerting))
}

/// Runs rules, and whoever would have been told; `progress` is shown T again and again, also while only time passes between
/// two evaluations, and may break off: then what there is by then is the answer.
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
    let mut list = |news: Vec<DryNews>| news.into_iter().for_each(|one| notifications.add(one));
    let mut flow = ControlFlow::Continue(());
    let account = backtest.account(set, &mut |at_secs, told| {
        let heard = run.hear(told, at_secs.saturating_mul(1000), &mut |news| {
            list(news);
            progress(at_secs)
        });
        flow = if heard.is_continue() { progress(at_secs) } else { heard };
        flow
    })?;
    if flow.is_continue() {
        // Nothing follows that could be left out.
        _ = run.until(account.until_secs.saturating_mul(1000), &mut |news| {
            list(news);
            progress(account.until_secs)
        });
    }
    Ok(Backtested { account, alerting: Some(telling.source.clone()), notifications: Some(notifications) })
}

/// Runs two sets of rules, and whoever would have been told by each; `progress` is as for [`backtested`], but where it breaks
/// off, there is no answer.
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
    let difference = backtest.difference(old, new, &mut |version, at_secs, told| {
        let [old, new] = &mut sides;
        let side = if version == Version::New { new } else { old };
        side.hear(told, at_secs, progress)?;
        progress(at_secs)
    })?;
    let mut flow = ControlFlow::Continue(());
    for side in &mut sides {
        if difference.is_some() && flow.is_continue() {
            flow = side.end(backtest.until_secs, progress);
        }
        side.check_room()?;
    }
    let Some(difference) = difference.filter(|_| flow.is_continue()) else { return Ok(None) };
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
    /// Why it went no further.
    fault: Option<TooMany>,
}

impl Side {
    fn new(telling: &Telling, backtest: &Backtest<'_>) -> Result<Side, RuleError> {
        Ok(Side { run: dry_run(telling, backtest)?, made: NotificationsMade::default(), fault: None })
    }

    /// Alarms change; time goes on until then.
    fn hear(
        &mut self,
        told: &[Transition],
        at_secs: i64,
        progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Side { run, made, fault } = self;
        run.hear(told, at_secs.saturating_mul(1000), &mut |news| {
            kept(made, fault, &news)?;
            progress(at_secs)
        })
    }

    /// Time goes on until the end.
    fn end(&mut self, until_secs: i64, progress: &mut dyn FnMut(i64) -> ControlFlow<()>) -> ControlFlow<()> {
        let Side { run, made, fault } = self;
        run.until(until_secs.saturating_mul(1000), &mut |news| {
            kept(made, fault, &news)?;
            progress(until_secs)
        })
    }

    fn check_room(&self) -> Result<(), RuleError> {
        let error = |fault: &TooMany| RuleError { message: fault.to_string(), is_fault: false };
        self.fault.as_ref().map(error).map_or(Ok(()), Err)
    }
}

/// Keeps messages to compare them, as long as there is room.
fn kept(made: &mut NotificationsMade, fault: &mut Option<TooMany>, news: &[DryNews]) -> ControlFlow<()> {
    match news.iter().try_for_each(|one| made.add(one)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(too_many) => {
            *fault = Some(too_many);
            ControlFlow::Break(())
        }
    }
}

fn dry_run(telling: &Telling, backtest: &Backtest<'_>) -> Result<DryRun, RuleError> {
    let start_ms = backtest.from_secs.saturating_mul(1000);
    let run = DryRun::new(telling.alerting.clone(), telling.silences.iter().cloned(), start_ms);
    run.map_err(|error| RuleError { message: error.to_string(), is_fault: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbago_protocol::Aggregation;
    use plumbago_rules::{DerivedClass, MemorySource, NoEvents};

    const DAY_SECS: i64 = 86_400;

    /// An alarm that fires from the first day on, looked at once a day, by a route that has something to do in every second.
    fn with_busy_days<T>(run: impl FnOnce(&Backtest<'_>, &RuleSet, &Telling) -> T) -> T {
        let rules =
            "groups: [{name: g, interval: 1d, rules: [{alert: Full, expr: disk, when: '> 0', delay: 0s}]}]";
        let (set, _notes) = plumbago_rules::load(&[("a.yaml", rules)]).unwrap();
        let text = "
route: {receiver: a, group_wait: 0s, group_interval: 1s, repeat_interval: 1s}
receivers: [{name: a, webhook_configs: [{url: 'http://x/'}]}]
";
        let (alerting, _notes) =
            plumbago_alerting::load("a.yml", text, &plumbago_alerting::NoSecrets).unwrap();
        let telling =
            Telling { alerting: Arc::new(alerting), source: "a.yml".to_owned(), silences: Vec::new() };
        let mut source = MemorySource::default();
        (0..400).for_each(|day| source.insert("disk", DAY_SECS, day * DAY_SECS, 1.0));
        let class = DerivedClass { step_secs: 1, aggregation: Aggregation::Average, x_files_factor: 0.0 };
        run(
            &Backtest {
                source: &source,
                from_secs: DAY_SECS,
                until_secs: 400 * DAY_SECS,
                now_secs: 400 * DAY_SECS,
                external_url: "",
                events: &NoEvents,
                class_of: &|_| class,
            },
            &set,
            &telling,
        )
    }

    /// What breaks off when it is asked for the thousandth time, long before the second day has passed.
    fn patience(asked: &mut usize) -> impl FnMut(i64) -> ControlFlow<()> {
        move |_| {
            *asked += 1;
            if *asked < 1000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }

    #[test]
    fn a_backtest_is_broken_off_between_two_evaluations() {
        with_busy_days(|backtest, set, telling| {
            let mut asked = 0;
            let tested = backtested(backtest, set, Some(telling), &mut patience(&mut asked)).unwrap();
            assert!(tested.account.evaluations < 10, "{:?}", tested.account);
            assert!(tested.notifications.is_some_and(|told| told.sent_in_all > 100));
            assert_eq!(asked, 1000, "nothing goes on after it was broken off");
        });
    }

    #[test]
    fn so_is_a_comparison() {
        with_busy_days(|backtest, set, telling| {
            let mut asked = 0;
            let found =
                compared(backtest, (set, set), Some((telling, telling)), &mut patience(&mut asked)).unwrap();
            assert_eq!((found, asked), (None, 1000));
        });
    }
}
