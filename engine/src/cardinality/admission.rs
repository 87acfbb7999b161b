//! Owns the limits on series: how many there may be below a prefix, and how fast new ones may come.
//!
//! Invariant: a new series is admitted by every rule that matches it, or refused by the first that does not; what is
//! admitted takes its place at once, so that writers together never exceed a limit. Series that exist are counted, whatever
//! the limits are. To refuse is cheap: a flood of new series must not become one of work.

use std::sync::Arc;
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
#[derive(Debug)]
pub(crate) struct NotAdmitted {
    pub(crate) refusal: Refusal,
    /// Which rule, which prefix and which limit.
    pub(crate) detail: Arc<str>,
    counts: Arc<RefusedCounts>,
}

impl NotAdmitted {
    /// Counts a point as refused.
    pub(crate) fn count(&self) {
        let counts = &*self.counts;
        let count = if self.refusal == Refusal::NewSeriesRate { &counts.too_fast } else { &counts.too_many };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Points that a rule has refused; they outlive a change of its limits.
#[derive(Debug, Default)]
struct RefusedCounts {
    too_many: AtomicU64,
    too_fast: AtomicU64,
}

/// The series below one prefix.
#[derive(Debug)]
struct Group {
    series: u64,
    /// New series that may come at `filled_at`.
    tokens: u64,
    filled_at: i64,
    /// What those are told that find no place, and those that come too fast: written once, told many times.
    too_many: Option<Arc<str>>,
    too_fast: Option<Arc<str>>,
}

/// The rules and what they count.
pub(crate) struct Admission {
    limits: CardinalityLimits,
    /// By rule, then by prefix.
    groups: Mutex<Vec<HashMap<String, Group, RandomState>>>,
    /// By rule.
    refused: Vec<Arc<RefusedCounts>>,
}

impl Admission {
    pub(super) fn new(limits: CardinalityLimits) -> Self {
        let groups = Mutex::new(limits.rules.iter().map(|_| HashMap::default()).collect());
        let refused = limits.rules.iter().map(|_| Arc::default()).collect();
        Self { limits, groups, refused }
    }

    /// Other limits in the place of these: what a rule has refused so far, and how many new series it has seen of late,
    /// stays with the rule of that name. Series are not counted yet.
    pub(super) fn with_limits(&self, limits: CardinalityLimits) -> Self {
        let same = |rule: &CardinalityRule| self.limits.rules.iter().position(|old| old.name == rule.name);
        let mut next = Self::new(limits);
        let old_groups = self.groups.lock();
        for ((rule, counts), groups) in
            next.limits.rules.iter().zip(&mut next.refused).zip(next.groups.get_mut())
        {
            let Some(old) = same(rule) else { continue };
            counts.clone_from(&self.refused[old]);
            if self.limits.rules[old].prefix == rule.prefix {
                let capacity = capacity(rule, next.limits.burst_secs);
                groups.extend(old_groups[old].iter().map(|(prefix, group)| {
                    let tokens = group.tokens.min(capacity);
                    (prefix.clone(), Group { tokens, ..Group::new(capacity, group.filled_at) })
                }));
            }
        }
        drop(old_groups);
        next
    }

    /// Forgets the prefixes that turned out to have no series.
    pub(super) fn drop_empty(&self) {
        self.groups.lock().iter_mut().for_each(|groups| groups.retain(|_, group| group.series > 0));
    }

    pub(super) fn limits(&self) -> &CardinalityLimits {
        &self.limits
    }

    pub(super) fn has_rules(&self) -> bool {
        !self.limits.rules.is_empty()
    }

    /// Counts a series that exists, whatever the limits are.
    pub(crate) fn count(&self, name: &str, now: i64) {
        self.each_group(name, |rule, groups, prefix| {
            let fresh = || Group::new(capacity(rule, self.limits.burst_secs), now);
            groups.entry_ref(prefix).or_insert_with(fresh).series += 1;
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
            let Some(groups) = groups.get_mut(index) else { continue };
            let capacity = capacity(rule, self.limits.burst_secs);
            let mut fresh;
            let group = match groups.get_mut(prefix) {
                Some(group) => {
                    group.refill(rule, capacity, now);
                    group
                }
                None => {
                    fresh = Group::new(capacity, now);
                    &mut fresh
                }
            };
            if let Err((refusal, detail)) = group.check(rule, prefix) {
                return Err(NotAdmitted { refusal, detail, counts: self.refused[index].clone() });
            }
        }
        for (index, rule, prefix) in matching() {
            if let Some(groups) = groups.get_mut(index) {
                let fresh = || Group::new(capacity(rule, self.limits.burst_secs), now);
                let group = groups.entry_ref(prefix).or_insert_with(fresh);
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
                group.tokens = group.tokens.saturating_add(1).min(capacity(rule, self.limits.burst_secs));
            }
        });
    }

    /// How every rule stands.
    pub(crate) fn status(&self) -> Vec<RuleStatus> {
        let groups = self.groups.lock();
        let rules = self.limits.rules.iter().zip(groups.iter()).zip(&self.refused);
        let status =
            |((rule, groups), refused): ((&CardinalityRule, &HashMap<_, Group, _>), &Arc<RefusedCounts>)| {
                // The first in byte order among equals: the answer does not depend on the table's order.
                let fullest =
                    groups.iter().max_by(|(a, left), (b, right)| (left.series, b).cmp(&(right.series, a)));
                RuleStatus {
                    rule: rule.clone(),
                    series: groups.values().map(|group| group.series).sum(),
                    fullest: fullest.map(|(prefix, group): (&String, _)| (prefix.to_string(), group.series)),
                    refused_series_limit: refused.too_many.load(Ordering::Relaxed),
                    refused_new_series_rate: refused.too_fast.load(Ordering::Relaxed),
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
}

impl Group {
    fn new(tokens: u64, now: i64) -> Self {
        Self { series: 0, tokens, filled_at: now, too_many: None, too_fast: None }
    }

    fn refill(&mut self, rule: &CardinalityRule, capacity: u64, now: i64) {
        let Some(rate) = rule.new_series_per_sec_max else {
            self.tokens = u64::MAX;
            return;
        };
        let secs = u64::try_from(now.saturating_sub(self.filled_at)).unwrap_or(0);
        if secs > 0 {
            self.tokens = self.tokens.saturating_add(rate.saturating_mul(secs)).min(capacity);
            self.filled_at = now;
        }
    }

    /// Whether one more series has a place, or what to tell whoever asked.
    fn check(&mut self, rule: &CardinalityRule, prefix: &str) -> Result<(), (Refusal, Arc<str>)> {
        if let Some(most) = rule.series_max.filter(|most| self.series >= *most) {
            let told = self.too_many.get_or_insert_with(|| told(rule, prefix, &format!("at most {most}")));
            return Err((Refusal::SeriesLimit, told.clone()));
        }
        if self.tokens == 0 {
            let most = rule.new_series_per_sec_max.unwrap_or(u64::MAX);
            let limit = || format!("at most {most} new ones a second");
            let told = self.too_fast.get_or_insert_with(|| told(rule, prefix, &limit()));
            return Err((Refusal::NewSeriesRate, told.clone()));
        }
        Ok(())
    }
}

/// New series that may come at once.
fn capacity(rule: &CardinalityRule, burst_secs: u64) -> u64 {
    rule.new_series_per_sec_max.map_or(u64::MAX, |rate| rate.saturating_mul(burst_secs.max(1)))
}

#[cold]
fn told(rule: &CardinalityRule, prefix: &str, limit: &str) -> Arc<str> {
    let whose = if prefix.is_empty() { "all series" } else { prefix };
    Arc::from(format!("rule {}, {whose}: {limit}", rule.name))
}
