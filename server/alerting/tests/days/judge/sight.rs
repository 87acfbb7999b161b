//! Who is to know what, and since when: the truth that receivers are compared with.
//!
//! It follows from alarms, routes, silences, inhibition and the time of day alone, read plainly.

use std::collections::BTreeMap;

use plumbago_rules::{Fingerprint, Labels};

use crate::reference::{Change, Kind};
use crate::routes::{Alerting, RECEIVERS};

/// One alarm in one group of one receiver.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) receiver: usize,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) group: Labels,
}

/// What held of each from which moment on.
type Spans<T> = BTreeMap<Key, Vec<(i64, T)>>;

/// What is to be seen of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It fires, since this slot, at this level; and nothing keeps it from being told.
    Visible { starts_ms: i64, rank: usize },
    /// It is silenced, inhibited or muted, whether it fires or not.
    Hidden,
    /// It does not fire, or not in this group any more.
    Over,
}

#[derive(Clone, Debug)]
struct Alarm {
    labels: Labels,
    starts_ms: i64,
    is_firing: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Silence {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// By the server's clock.
    pub(crate) ends_ms: i64,
}

/// All alarms, and what was to be seen of them.
#[derive(Debug, Default)]
pub(crate) struct Sights {
    alarms: BTreeMap<Fingerprint, Alarm>,
    pub(crate) silences: Vec<Silence>,
    pub(crate) spans: Spans<Sight>,
    /// At which level it fired and whether in this group, whatever kept it from being told; nothing: it did not.
    levels: Spans<Option<(usize, bool)>>,
    /// The labels that an alarm had in a group last.
    labels_there: BTreeMap<Key, Labels>,
    is_changed: bool,
    /// What was kept back by silences and the time of day when this was looked at last.
    kept_back: (Vec<bool>, Vec<bool>),
}

/// A level, to be compared.
pub(crate) fn rank(labels: &Labels) -> usize {
    match labels.get("severity").map(String::as_str) {
        None => 0,
        Some("warning") => 1,
        Some(_) => 2,
    }
}

impl Sights {
    pub(crate) fn changed(&mut self, change: &Change) {
        let starts_ms = change.starts * 1000;
        let is_firing = change.kind != Kind::Resolved;
        self.alarms.insert(change.fingerprint, Alarm { labels: change.labels.clone(), starts_ms, is_firing });
        self.is_changed = true;
    }

    pub(crate) fn reloaded(&mut self) {
        self.is_changed = true;
    }

    pub(crate) fn labels(&self, fingerprint: Fingerprint) -> Option<&Labels> {
        self.alarms.get(&fingerprint).map(|alarm| &alarm.labels)
    }

    /// Alarms that fire.
    pub(crate) fn firing(&self) -> Vec<Fingerprint> {
        let firing = self.alarms.iter().filter(|(_, alarm)| alarm.is_firing);
        firing.map(|(fingerprint, _)| *fingerprint).collect()
    }

    /// What was to be seen at a moment.
    pub(crate) fn at(&self, key: &Key, at_ms: i64) -> Sight {
        let spans = self.spans.get(key).map(Vec::as_slice).unwrap_or_default();
        let place = spans.partition_point(|(from, _)| *from <= at_ms);
        place.checked_sub(1).map_or(Sight::Over, |place| spans[place].1)
    }

    /// Whether an alarm was at a lower level, or not in this group, since a moment. "Going up notifies at once" is said of
    /// the alarm: what kept it back while it was lower (it may have kept itself back, being critical in another group) does
    /// not change that it has gone up.
    pub(crate) fn has_gone_up(&self, key: &Key, since_ms: i64, rank: usize) -> bool {
        let levels = self.levels.get(key).map(Vec::as_slice).unwrap_or_default();
        let first = levels.partition_point(|(from, _)| *from <= since_ms).saturating_sub(1);
        levels[first..].iter().enumerate().any(|(at, (from, level))| match level {
            // Also in another group, to which its lower level led it.
            Some((lower, is_here)) if *lower < rank || *is_here => *lower < rank,
            // What was over for no time was so in no turn of its group.
            _ => levels.get(first + at + 1).is_none_or(|(until, _)| from < until),
        })
    }

    pub(crate) fn is_silenced(&self, labels: &Labels, clock_ms: i64) -> bool {
        let mut silences = self.silences.iter().filter(|silence| clock_ms < silence.ends_ms);
        silences.any(|silence| labels.get(silence.label) == Some(&silence.value))
    }

    /// Looks again, if something may have changed.
    pub(crate) fn refresh(&mut self, now_ms: i64, clock_ms: i64, alerting: &Alerting) {
        let in_force = self.silences.iter().map(|silence| clock_ms < silence.ends_ms).collect();
        let muted = (0..RECEIVERS).map(|receiver| alerting.is_muted(receiver, clock_ms)).collect();
        let kept_back = (in_force, muted);
        if !std::mem::take(&mut self.is_changed) && kept_back == self.kept_back {
            return;
        }
        self.kept_back = kept_back;
        for (fingerprint, alarm) in self.alarms.iter().filter(|(_, alarm)| alarm.is_firing) {
            for receiver in alerting.receivers(&alarm.labels) {
                let group = alerting.routes[receiver].group(&alarm.labels);
                let key = Key { receiver, fingerprint: *fingerprint, group };
                self.labels_there.insert(key.clone(), alarm.labels.clone());
                self.spans.entry(key).or_default();
            }
        }
        let keys: Vec<Key> = self.spans.keys().cloned().collect();
        for key in keys {
            let (sight, level) = (self.sight(&key, clock_ms, alerting), self.level(&key, alerting));
            let levels = self.levels.entry(key.clone()).or_default();
            if levels.last().map(|(_, last)| *last) != Some(level) {
                levels.push((now_ms, level));
            }
            let Some(spans) = self.spans.get_mut(&key) else { continue };
            if spans.last().map(|(_, last)| *last) != Some(sight) {
                spans.push((now_ms, sight));
            }
        }
    }

    fn level(&self, key: &Key, alerting: &Alerting) -> Option<(usize, bool)> {
        let alarm = self.alarms.get(&key.fingerprint).filter(|alarm| alarm.is_firing);
        alarm.map(|alarm| (rank(&alarm.labels), is_in(alarm, key, alerting)))
    }

    fn sight(&self, key: &Key, clock_ms: i64, alerting: &Alerting) -> Sight {
        let Some(alarm) = self.alarms.get(&key.fingerprint) else { return Sight::Over };
        let is_here = is_in(alarm, key, alerting);
        // Of one that is in another group now, what it was here is over.
        let there = self.labels_there.get(key).filter(|_| !is_here);
        let labels = there.unwrap_or(&alarm.labels);
        let is_inhibited = || {
            let mut sources = self.alarms.values().filter(|other| other.is_firing);
            sources.any(|other| alerting.is_inhibited(&other.labels, labels))
        };
        let is_muted = alerting.is_muted(key.receiver, clock_ms);
        match alarm.is_firing && is_here {
            _ if is_muted || self.is_silenced(labels, clock_ms) || is_inhibited() => Sight::Hidden,
            true => Sight::Visible { starts_ms: alarm.starts_ms, rank: rank(&alarm.labels) },
            false => Sight::Over,
        }
    }
}

/// Whether labels lead an alarm to a group.
fn is_in(alarm: &Alarm, key: &Key, alerting: &Alerting) -> bool {
    alerting.receivers(&alarm.labels).contains(&key.receiver)
        && alerting.routes[key.receiver].group(&alarm.labels) == key.group
}
