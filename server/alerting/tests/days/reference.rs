//! What alarms there must be: a second reading of the contract, one series and one slot at a time.
//!
//! It is told the values that a rule could see when it looked at a moment, in the order in which moments became durable.
//! It knows nothing of rows, steps, restarts or clocks, and is as plain as it can be.

use std::collections::BTreeMap;

use plumbago_rules::{Fingerprint, Labels};

use crate::rules::{Level, Rule, Rules, SERIES_PER_RULE};
use crate::store::STEP;

/// Five changes,
const CHANGES: usize = 5;
/// in ten times the longest of `for`, the step and a minute: that is flapping.
const SPANS: i64 = 10;

/// Something that receivers may hear of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) labels: Labels,
    pub(crate) kind: Kind,
    /// The slot that decided it, and the first one of its condition; in seconds since the epoch.
    pub(crate) at: i64,
    pub(crate) starts: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Fired,
    Raised,
    Lowered,
    Resolved,
}

/// What a rule saw at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// The number of the rule.
    pub(crate) rule: usize,
    /// T, in seconds since the epoch.
    pub(crate) at: i64,
    /// Of each series the value of the slot before T.
    pub(crate) values: [Option<f64>; SERIES_PER_RULE],
    /// Of each series whether the window before T has a value.
    pub(crate) had_values: [bool; SERIES_PER_RULE],
    /// Since when points were listened for, in seconds since the epoch.
    pub(crate) listening_since: i64,
}

/// All rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    rules: BTreeMap<usize, Followed>,
}

/// One rule: its last moment, and its series.
#[derive(Clone, Debug)]
struct Followed {
    rule: Rule,
    group: String,
    interval: i64,
    until: Option<i64>,
    series: Vec<Series>,
}

#[derive(Clone, Debug, Default)]
struct Series {
    /// Whether it had a value that the rule has seen.
    is_known: bool,
    missing_since: Option<i64>,
    /// One for each level of the rule.
    levels: Vec<Hold>,
    /// The slots of the last changes.
    changes: Vec<i64>,
    alarm: Option<Firing>,
    flapping: Option<Firing>,
    no_data: Option<Firing>,
}

/// How a level's condition stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Hold {
    #[default]
    Idle,
    Pending(i64),
    Active {
        since: i64,
        cleared: Option<i64>,
    },
}

/// An alarm that fires.
#[derive(Clone, Debug, PartialEq)]
struct Firing {
    /// Without the level.
    labels: Labels,
    /// The number of the level.
    level: usize,
    starts: i64,
}

impl Reference {
    /// Other rules from now on. Answers what becomes of alarms whose rules are gone.
    pub(crate) fn reload(&mut self, rules: &Rules) -> Vec<Change> {
        let mut changes = Vec::new();
        let is_there = |number: usize| rules.rules.iter().any(|rule| rule.number == number);
        for (_, gone) in self.rules.extract_if(.., |number, _| !is_there(*number)) {
            for series in &gone.series {
                let at = gone.until.unwrap_or_default();
                series.firing().for_each(|firing| changes.push(gone.resolved(firing, at)));
            }
        }
        for rule in &rules.rules {
            let group = &rules.groups[rule.group];
            let series = vec![
                Series { levels: vec![Hold::Idle; rule.levels.len()], ..Series::default() };
                SERIES_PER_RULE
            ];
            let interval = group.interval_secs.unwrap_or(STEP);
            let new =
                Followed { rule: rule.clone(), group: group.name.clone(), interval, until: None, series };
            let followed = self.rules.entry(rule.number).or_insert(new);
            followed.rule = rule.clone();
        }
        changes
    }

    /// Whether a rule has looked at any moment.
    pub(crate) fn has_looked(&self, number: usize) -> bool {
        self.rules.get(&number).is_some_and(|followed| followed.until.is_some())
    }

    /// A moment of a rule has become durable: what changes, in order. Every moment comes once, and in its turn.
    pub(crate) fn look(&mut self, look: &Look) -> Result<Vec<Change>, String> {
        let Some(followed) = self.rules.get_mut(&look.rule) else {
            return Err(format!("Rule{} looks though it is gone", look.rule));
        };
        let expected = followed.until.map(|until| until + followed.interval);
        if expected.is_some_and(|expected| expected != look.at) || look.at % followed.interval != 0 {
            return Err(format!("Rule{} looks at {}, and not at {expected:?}", look.rule, look.at));
        }
        Ok(followed.look(look))
    }
}

impl Followed {
    fn look(&mut self, look: &Look) -> Vec<Change> {
        let (slot, is_first) = (look.at - STEP, self.until.is_none());
        self.until = Some(look.at);
        let mut changes = Vec::new();
        for host in 0..SERIES_PER_RULE {
            let mut series = std::mem::take(&mut self.series[host]);
            let had_values = is_first && look.had_values[host];
            self.follow(&mut series, host, slot, look.values[host], had_values, &mut changes);
            self.silence(&mut series, host, slot, look.listening_since, &mut changes);
            self.series[host] = series;
        }
        changes
    }

    fn follow(
        &self,
        series: &mut Series,
        host: usize,
        slot: i64,
        value: Option<f64>,
        had_values: bool,
        changes: &mut Vec<Change>,
    ) {
        series.is_known |= value.is_some() || had_values;
        let Some(value) = value else {
            // Null is unknown: nothing fires, resolves or begins anew, until everything is forgotten.
            let since = *series.missing_since.get_or_insert(slot);
            if series.is_known && slot - since >= self.rule.forget_secs {
                series.firing().for_each(|firing| changes.push(self.resolved(firing, slot)));
                *series = Series { levels: vec![Hold::Idle; series.levels.len()], ..Series::default() };
            }
            return;
        };
        series.missing_since = None;
        if let Some(firing) = series.no_data.take() {
            changes.push(self.resolved(&firing, slot));
        }
        let value = if self.rule.is_derived { value / 2.0 } else { value };
        let before = highest(&series.levels);
        for (hold, level) in series.levels.iter_mut().zip(&self.rule.levels) {
            *hold = held(*hold, level, &self.rule, slot, value);
        }
        let after = highest(&series.levels);
        if before != after {
            series.changes.push(slot);
            let surplus = series.changes.len().saturating_sub(CHANGES);
            series.changes.drain(..surplus);
        }
        self.flap(series, host, slot, (before, after), changes);
        if series.flapping.is_none() {
            self.tell(series, host, slot, after, changes);
        }
    }

    /// An alarm that changes too often is told as one of its own, until it is steady.
    fn flap(
        &self,
        series: &mut Series,
        host: usize,
        slot: i64,
        (before, after): (Option<usize>, Option<usize>),
        changes: &mut Vec<Change>,
    ) {
        let span = SPANS * self.rule.for_secs.max(60);
        let is_steady = series.changes.last().is_some_and(|last| slot - last >= span);
        if is_steady {
            series.changes.clear();
            if let Some(firing) = series.flapping.take() {
                changes.push(self.resolved(&firing, slot));
            }
        } else if let Some(firing) = &mut series.flapping {
            if let Some(level) = after.filter(|level| *level > firing.level) {
                firing.level = level;
                changes.push(self.change(firing, Kind::Raised, slot));
            }
        } else if series.changes.len() == CHANGES && series.changes[CHANGES - 1] - series.changes[0] <= span {
            if let Some(firing) = series.alarm.take() {
                changes.push(self.resolved(&firing, slot));
            }
            let mut labels = self.labels(host);
            labels.insert("flapping".to_owned(), CHANGES.to_string());
            let level = before.max(after).unwrap_or_default();
            let firing = Firing { labels, level, starts: series.changes[0] };
            changes.push(self.change(&firing, Kind::Fired, slot));
            series.flapping = Some(firing);
        }
    }

    /// Brings the alarm to where it stands.
    fn tell(
        &self,
        series: &mut Series,
        host: usize,
        slot: i64,
        level: Option<usize>,
        changes: &mut Vec<Change>,
    ) {
        match (series.alarm.take(), level) {
            (None, None) => {}
            (Some(firing), None) => changes.push(self.resolved(&firing, slot)),
            (None, Some(level)) => {
                let since = series.levels.iter().filter_map(|hold| match hold {
                    Hold::Active { since, .. } => Some(*since),
                    _ => None,
                });
                let firing = Firing { labels: self.labels(host), level, starts: since.min().unwrap_or(slot) };
                changes.push(self.change(&firing, Kind::Fired, slot));
                series.alarm = Some(firing);
            }
            (Some(firing), Some(level)) => {
                let kind = if level > firing.level { Kind::Raised } else { Kind::Lowered };
                let is_same = level == firing.level;
                let firing = Firing { level, ..firing };
                if !is_same {
                    changes.push(self.change(&firing, kind, slot));
                }
                series.alarm = Some(firing);
            }
        }
    }

    /// A series that had values and has none for long enough while somebody listened.
    fn silence(
        &self,
        series: &mut Series,
        host: usize,
        slot: i64,
        listening: i64,
        changes: &mut Vec<Change>,
    ) {
        let Some(patience) = self.rule.patience_secs() else { return };
        let Some(since) = series.missing_since.filter(|_| series.is_known && series.no_data.is_none()) else {
            return;
        };
        let silent_since = since.max(listening.saturating_add(patience));
        if slot - silent_since >= patience {
            let mut labels = self.labels(host);
            labels.insert("alertname".to_owned(), "NoData".to_owned());
            labels.insert("rulename".to_owned(), self.rule.name());
            // Without a level, also where the rule has some.
            let firing = Firing { labels, level: usize::MAX, starts: since };
            changes.push(self.change(&firing, Kind::Fired, slot));
            series.no_data = Some(firing);
        }
    }

    fn labels(&self, host: usize) -> Labels {
        let series = self.rule.series(host);
        let pairs = [
            ("alertname", self.rule.name()),
            ("alertgroup", self.group.clone()),
            ("name", series.clone()),
            ("series", series),
            ("team", self.rule.team.to_owned()),
        ];
        let mut labels: Labels = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if !self.rule.has_levels() {
            labels.insert("severity".to_owned(), "critical".to_owned());
        }
        labels
    }

    fn resolved(&self, firing: &Firing, at: i64) -> Change {
        self.change(firing, Kind::Resolved, at)
    }

    fn change(&self, firing: &Firing, kind: Kind, at: i64) -> Change {
        let mut labels = firing.labels.clone();
        if let Some(severity) = self.rule.levels.get(firing.level).and_then(|level| level.severity) {
            labels.insert("severity".to_owned(), severity.to_owned());
        }
        let fingerprint = Fingerprint::of(&firing.labels);
        Change { fingerprint, labels, kind, at, starts: firing.starts }
    }
}

impl Series {
    fn firing(&self) -> impl Iterator<Item = &Firing> {
        [&self.alarm, &self.flapping, &self.no_data].into_iter().flatten()
    }
}

/// The highest level that is active.
fn highest(levels: &[Hold]) -> Option<usize> {
    levels.iter().rposition(|hold| matches!(hold, Hold::Active { .. }))
}

fn held(hold: Hold, level: &Level, rule: &Rule, slot: i64, value: f64) -> Hold {
    let is_true = value > level.above;
    let is_clear = level.clear.map_or(!is_true, |clear| value < clear);
    match hold {
        Hold::Idle | Hold::Pending(_) if is_true => {
            let since = if let Hold::Pending(since) = hold { since } else { slot };
            let is_long = slot - since >= rule.for_secs;
            if is_long { Hold::Active { since, cleared: None } } else { Hold::Pending(since) }
        }
        Hold::Idle | Hold::Pending(_) => Hold::Idle,
        Hold::Active { since, .. } if is_true => Hold::Active { since, cleared: None },
        Hold::Active { since, cleared } if is_clear => {
            let first = cleared.unwrap_or(slot);
            let is_kept = slot - first < rule.keep_secs;
            if is_kept { Hold::Active { since, cleared: Some(first) } } else { Hold::Idle }
        }
        Hold::Active { .. } => hold,
    }
}
