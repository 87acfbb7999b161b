//! What two sets of rules make of one history, side by side.
//!
//! Invariant: both are run over the same store and the same span, and each sees the series of its own run only. Points are
//! compared bit for bit, events and alarms by everything but the file of their rule. Events of alarms are left out, since
//! they say the same again.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use plumbago_protocol::limits;

use crate::alarm_log::AlarmLog;
use crate::backtest::check_made;
use crate::event_log::EventLog;
use crate::{Backtest, Event, EventChange, Fingerprint, FiredAlarm, RuleError, RuleSet, Source, Transition};

pub use report::{AlarmDifference, Difference, EventDifference, PartDifference, PointDifference};

/// One of two sets of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The rules as they are.
    Old,
    /// The rules as they should be.
    New,
}

/// Is shown a version, T, and what was told of alarms by it; may break off.
pub type VersionWatch<'w> = dyn FnMut(Version, i64, &[Transition]) -> ControlFlow<()> + 'w;

/// Slots with their values, ascending, by series.
type Points = BTreeMap<Arc<str>, Vec<(i64, f64)>>;

/// What one set made.
#[derive(Default)]
struct Made {
    points: Points,
    point_count: usize,
    events: EventLog,
    alarms: AlarmLog,
}

impl Made {
    /// Refuses more than can be kept beside the same of another set.
    fn check(&self) -> Result<(), RuleError> {
        let points_max = limits::RULE_DIFFERENCE_POINTS_MAX;
        if self.point_count > points_max {
            let message = format!(
                "the rules make more than {points_max} points, too many to compare: take a shorter span, or fewer rules"
            );
            return Err(RuleError { message, is_fault: false });
        }
        check_made((self.events.by_key().len() + self.alarms.by_key().len()) as u64)
    }
}

impl Backtest<'_> {
    /// What `new` makes otherwise than `old`. `watch` is shown T and what was told of alarms after each evaluation of the old
    /// set, then of the new one, and may break off: then there is no answer.
    ///
    /// # Errors
    /// Rules that no core takes, and more points, events and alarms than can be compared.
    pub fn difference(
        &self,
        old: &RuleSet,
        new: &RuleSet,
        watch: &mut VersionWatch<'_>,
    ) -> Result<Option<Difference>, RuleError> {
        let Some((old, old_failures)) =
            self.made(old, &mut |at_secs, told| watch(Version::Old, at_secs, told))?
        else {
            return Ok(None);
        };
        let Some((new, new_failures)) =
            self.made(new, &mut |at_secs, told| watch(Version::New, at_secs, told))?
        else {
            return Ok(None);
        };
        let mut difference = Difference { old_failures, new_failures, ..Difference::default() };
        compare_points(&old.points, &new.points, &mut difference.points);
        compare_events(&old.events, &new.events, &mut difference.events);
        compare_alarms(&old.alarms, &new.alarms, &mut difference.alarms);
        Ok(Some(difference))
    }

    fn made(
        &self,
        set: &RuleSet,
        watch: &mut dyn FnMut(i64, &[Transition]) -> ControlFlow<()>,
    ) -> Result<Option<(Made, u64)>, RuleError> {
        let mut made = Made::default();
        let mut is_whole = true;
        let report = self.run(set, &mut |at_secs, outcome| {
            made.point_count = made.point_count.saturating_add(outcome.points.len());
            for point in &outcome.points {
                let points = made.points.entry(Arc::clone(&point.name)).or_default();
                points.push((point.timestamp, point.value));
            }
            let is_own = |change: &&EventChange| {
                !matches!(change, EventChange::Store(event) if event.source == Source::Alarm)
            };
            let own = outcome.events.iter().filter(is_own);
            own.for_each(|change| made.events.apply(change, usize::MAX));
            outcome.alarms.iter().for_each(|told| made.alarms.tell(told, usize::MAX));
            let is_wanted = watch(at_secs, &outcome.alarms).is_continue();
            is_whole &= is_wanted;
            if is_wanted && made.check().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        made.check()?;
        // Several rules may make one series.
        made.points.values_mut().for_each(|points| points.sort_by_key(|(slot, _)| *slot));
        let failures = report.errors.iter().map(|(_, count, _)| count).sum();
        Ok(is_whole.then_some((made, failures)))
    }
}

fn compare_points(old: &Points, new: &Points, part: &mut PartDifference<PointDifference>) {
    let none = Vec::new();
    let added = new.keys().filter(|name| !old.contains_key(*name));
    for name in old.keys().chain(added) {
        let (old, new) = (old.get(name).unwrap_or(&none), new.get(name).unwrap_or(&none));
        merge(old, new, |slot, old, new| {
            let example = || PointDifference { series: name.to_string(), slot_secs: slot, old, new };
            let is_same = old.map(f64::to_bits) == new.map(f64::to_bits);
            part.add(old.is_some(), new.is_some(), is_same, example);
        });
    }
}

/// Shows every slot of two ascending lists once.
fn merge(old: &[(i64, f64)], new: &[(i64, f64)], mut show: impl FnMut(i64, Option<f64>, Option<f64>)) {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let slots = (old.peek().map(|point| point.0), new.peek().map(|point| point.0));
        let slot = match slots {
            (Some(a), Some(b)) => a.min(b),
            (Some(a), None) => a,
            (None, Some(b)) => b,
            (None, None) => return,
        };
        let before = old.next_if(|point| point.0 == slot).map(|point| point.1);
        let after = new.next_if(|point| point.0 == slot).map(|point| point.1);
        show(slot, before, after);
    }
}

fn compare_events(old: &EventLog, new: &EventLog, part: &mut PartDifference<EventDifference>) {
    let (old, new) = (old.by_key(), new.by_key());
    let mut keys: Vec<(i64, &String)> = old
        .iter()
        .chain(new.iter().filter(|(key, _)| !old.contains_key(*key)))
        .map(|(key, event)| (event.start_ms, key))
        .collect();
    keys.sort_unstable();
    for (_, key) in keys {
        let (old, new) = (old.get(key), new.get(key));
        let is_same = old.map(without_rule) == new.map(without_rule);
        let example = || EventDifference { old: old.cloned(), new: new.cloned() };
        part.add(old.is_some(), new.is_some(), is_same, example);
    }
}

/// The same alarm fired in both, if it began in one slot.
fn compare_alarms(old: &AlarmLog, new: &AlarmLog, part: &mut PartDifference<AlarmDifference>) {
    let by_start = |log: &AlarmLog| -> BTreeMap<(i64, Fingerprint, i64), FiredAlarm> {
        let mut times: BTreeMap<(i64, Fingerprint), i64> = BTreeMap::new();
        let mut all = BTreeMap::new();
        for alarm in log.by_key().values() {
            // Flapping may tell one beginning twice.
            let time = times.entry((alarm.starts_at_ms, alarm.fingerprint)).or_default();
            all.insert((alarm.starts_at_ms, alarm.fingerprint, *time), alarm.clone());
            *time += 1;
        }
        all
    };
    let (old, new) = (by_start(old), by_start(new));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (old, new) = (old.get(key), new.get(key));
        let is_same = old.map(FiredAlarm::without_rule) == new.map(FiredAlarm::without_rule);
        let example = || AlarmDifference { old: old.cloned(), new: new.cloned() };
        part.add(old.is_some(), new.is_some(), is_same, example);
    }
}

/// The file of a rule may have another name.
fn without_rule(event: &Event) -> Event {
    Event { rule: None, ..event.clone() }
}

#[cfg(test)]
mod tests;
