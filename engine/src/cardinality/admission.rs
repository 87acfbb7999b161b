//! Owns the limits on series: how many there may be below a prefix, and how fast new ones may come.
//!
//! Invariant: a new series is admitted by every rule that matches it, or refused by the first that does not; what is admitted takes its place at once, so that writers together never exceed a limit. Series that exist
//! are counted, whatever the limits are.

use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use plumbago_protocol::Refusal;

use super::prefix::PrefixPattern;

/// A limit on the series below a prefix, or below each of the prefixes that a pattern matches.
#[derive(Debug, Clone, PartialEq)]
pub struct CardinalityRule {
    /// What it is called in counters and refusals.
    pub name: String,
    /// Which series it is about.
    pub prefix: PrefixPattern,
    /// Most series below one prefix.
    pub series_max: Option<u64>,
    /// Most new series a second below one prefix.
    pub new_series_per_sec_max: Option<u64>,
}

/// All limits on series; none by default.
#[derive(Debug, Clone, PartialEq)]
pub struct CardinalityLimits {
    /// The rules; a new series must pass all that match it.
    pub rules: Vec<CardinalityRule>,
    /// How many seconds' worth of new series may come at once, at least 1.
    pub burst_secs: u64,
}

impl Default for CardinalityLimits {
    fn default() -> Self {
        Self { rules: Vec::new(), burst_secs: 1 }
    }
}

/// How a rule stands.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleStatus {
    /// The rule.
    pub rule: CardinalityRule,
    /// Series that it is about.
    pub series: u64,
    /// The prefix with most of them, and how many; `None` without series.
    pub fullest: Option<(String, u64)>,
    /// Points of new series refused because there are enough, since the start.
    pub refused_series_limit: u64,
    /// Points of new series refused because they came too fast, since the start.
    pub refused_new_series_rate: u64,
}

/// Why a series is not created.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NotAdmitted {
    pub(crate) refusal: Refusal,
    /// Which rule, which prefix and which limit.
    pub(crate) detail: String,
    /// The rule's position.
    index: usize,
}

/// The series below one prefix.
#[derive(Debug, Clone, Copy)]
struct Group {
    series: u64,
    /// New series that may come at `filled_at`.
    tokens: u64,
    filled_at: i64,
}

/// The rules and what they count.
pub(crate) struct Admission {
    limits: CardinalityLimits,
    /// By rule, then by prefix.
    groups: Mutex<Vec<HashMap<String, Group, RandomState>>>,
    /// By rule: too many, too fast.
    refused: Vec<[AtomicU64; 2]>,
}

impl Admission {
    pub(super) fn new(limits: CardinalityLimits) -> Self {
        let groups = Mutex::new(limits.rules.iter().map(|_| HashMap::default()).collect());
        let refused = limits.rules.iter().map(|_| Default::default()).collect();
        Self { limits, groups, refused }
    }

    pub(super) fn has_rules(&self) -> bool {
        !self.limits.rules.is_empty()
    }

    /// Counts a series that exists, whatever the limits are.
    pub(crate) fn count(&self, name: &str, now: i64) {
        self.each_group(name, |rule, groups, prefix| {
            groups.entry_ref(prefix).or_insert_with(|| self.fresh(rule, now)).series += 1;
        });
    }

    /// Takes a series that is gone out of the counts.
    pub(crate) fn forget(&self, name: &str) {
        self.each_group(name, |_, groups, prefix| {
            let is_empty = groups.get_mut(prefix).is_some_and(|group| {
                group.series = group.series.saturating_sub(1);
                group.series == 0
            });
            if is_empty {
                groups.remove(prefix);
            }
        });
    }

    /// Counts a new series if every rule admits it.
    pub(super) fn take_place(&self, name: &str, now: i64) -> Result<(), NotAdmitted> {
        if !self.has_rules() {
            return Ok(());
        }
        let mut groups = self.groups.lock();
        let matching = || {
            let rules = self.limits.rules.iter().enumerate();
            rules.filter_map(|(index, rule)| Some((index, rule, rule.prefix.matched(name)?)))
        };
        for (index, rule, prefix) in matching() {
            let known = groups.get_mut(index).and_then(|groups| groups.get_mut(prefix));
            let group = match known {
                Some(group) => {
                    self.refill(group, rule, now);
                    *group
                }
                None => self.fresh(rule, now),
            };
            if rule.series_max.is_some_and(|most| group.series >= most) {
                return Err(Self::refuse(index, rule, prefix, Refusal::SeriesLimit));
            }
            if group.tokens == 0 {
                return Err(Self::refuse(index, rule, prefix, Refusal::NewSeriesRate));
            }
        }
        for (index, rule, prefix) in matching() {
            if let Some(groups) = groups.get_mut(index) {
                let group = groups.entry_ref(prefix).or_insert_with(|| self.fresh(rule, now));
                group.series += 1;
                group.tokens = group.tokens.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// Undoes `take_place`: the series was not created.
    pub(super) fn give_back(&self, name: &str) {
        self.each_group(name, |rule, groups, prefix| {
            if let Some(group) = groups.get_mut(prefix) {
                group.series = group.series.saturating_sub(1);
                group.tokens = group.tokens.saturating_add(1).min(self.capacity(rule));
            }
        });
    }

    /// How every rule stands.
    pub(crate) fn status(&self) -> Vec<RuleStatus> {
        let groups = self.groups.lock();
        let rules = self.limits.rules.iter().zip(groups.iter()).zip(&self.refused);
        let status =
            |((rule, groups), refused): ((&CardinalityRule, &HashMap<_, Group, _>), &[AtomicU64; 2])| {
                // The first in byte order among equals: the answer does not depend on the table's order.
                let fullest =
                    groups.iter().max_by(|(a, left), (b, right)| (left.series, b).cmp(&(right.series, a)));
                RuleStatus {
                    rule: rule.clone(),
                    series: groups.values().map(|group| group.series).sum(),
                    fullest: fullest.map(|(prefix, group): (&String, _)| (prefix.to_string(), group.series)),
                    refused_series_limit: refused[0].load(Ordering::Relaxed),
                    refused_new_series_rate: refused[1].load(Ordering::Relaxed),
                }
            };
        rules.map(status).collect()
    }

    fn each_group<'a>(
        &self,
        name: &'a str,
        mut change: impl FnMut(&CardinalityRule, &mut HashMap<String, Group, RandomState>, &'a str),
    ) {
        if !self.has_rules() {
            return;
        }
        for (rule, groups) in self.limits.rules.iter().zip(self.groups.lock().iter_mut()) {
            if let Some(prefix) = rule.prefix.matched(name) {
                change(rule, groups, prefix);
            }
        }
    }

    fn fresh(&self, rule: &CardinalityRule, now: i64) -> Group {
        Group { series: 0, tokens: self.capacity(rule), filled_at: now }
    }

    /// New series that may come at once.
    fn capacity(&self, rule: &CardinalityRule) -> u64 {
        rule.new_series_per_sec_max
            .map_or(u64::MAX, |rate| rate.saturating_mul(self.limits.burst_secs.max(1)))
    }

    fn refill(&self, group: &mut Group, rule: &CardinalityRule, now: i64) {
        let Some(rate) = rule.new_series_per_sec_max else {
            group.tokens = u64::MAX;
            return;
        };
        let secs = u64::try_from(now.saturating_sub(group.filled_at)).unwrap_or(0);
        if secs > 0 {
            group.tokens = group.tokens.saturating_add(rate.saturating_mul(secs)).min(self.capacity(rule));
            group.filled_at = now;
        }
    }

    #[cold]
    fn refuse(index: usize, rule: &CardinalityRule, prefix: &str, refusal: Refusal) -> NotAdmitted {
        let is_rate = refusal == Refusal::NewSeriesRate;
        let whose = if prefix.is_empty() { "all series" } else { prefix };
        let limit = match is_rate {
            true => format!("at most {} new ones a second", rule.new_series_per_sec_max.unwrap_or(u64::MAX)),
            false => format!("at most {}", rule.series_max.unwrap_or(u64::MAX)),
        };
        NotAdmitted { refusal, detail: format!("rule {}, {whose}: {limit}", rule.name), index }
    }

    /// Counts a point as refused.
    pub(super) fn count_refused(&self, refused: &NotAdmitted) {
        if let Some(counts) = self.refused.get(refused.index) {
            counts[usize::from(refused.refusal == Refusal::NewSeriesRate)].fetch_add(1, Ordering::Relaxed);
        }
    }
}
