//! Owns the choice of the next merge, and of what has expired.
//!
//! Invariant: pure over a view and `now`, so two runs choose alike. In-time cells are settled before late-born ones
//! that share their time, and those by day of arrival, because the roll-up builds on that order.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::merge::Job;
use crate::catalog::{Catalog, DAY_SECS};
use crate::class::ceil_to;
use crate::manifest::{SegmentEntry, Stage};
use crate::policy::Archive;
use crate::view::{OpenSegment, View};

/// A settled segment this many times larger than the fresh ones is not rewritten for their sake yet.
const REWRITE_RATIO: u64 = 8;

/// Segments that are merged with each other only. Ordered as merges must run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    archive: Archive,
    born_day: u32,
    partition_start: i64,
}

type Groups = BTreeMap<GroupKey, Vec<Arc<OpenSegment>>>;

/// What the plan must know besides the segments.
pub(crate) struct Planner<'a> {
    pub(crate) view: &'a View,
    pub(crate) now: i64,
    pub(crate) fresh_segments_max: usize,
    pub(crate) keep: Keep,
}

/// Why an archive's cells outlive its retention.
#[derive(Debug, Clone, Copy, Default)]
struct Grace {
    /// The widest step it is rolled up into: a bucket's cells expire together.
    next_step_secs: i64,
    /// Late-born cells of a finer archive are dated by day; their buckets here must last the day.
    late_secs: i64,
}

/// How long segments are kept.
pub(crate) struct Keep {
    /// For every archive in use, how long beyond its retention its cells may still be needed.
    grace_secs: BTreeMap<Archive, Grace>,
    /// Segments of an archive that began before the first moment are kept until the second: their cells answer for
    /// archives of a newer policy.
    legacy: Vec<(Archive, i64, i64)>,
}

impl Keep {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut grace_secs: BTreeMap<Archive, Grace> = BTreeMap::new();
        for policy in catalog.policies() {
            for (index, level) in policy.levels.iter().enumerate() {
                let grace = grace_secs.entry(level.archive).or_default();
                grace.next_step_secs = grace.next_step_secs.max(level.next_step_secs);
                grace.late_secs = grace.late_secs.max(if index > 0 { DAY_SECS } else { 0 });
            }
        }
        let mut legacy: BTreeMap<Archive, (i64, i64)> = BTreeMap::new();
        for facts in catalog.changed_facts() {
            let reach_secs = facts.policy.retention_secs_max();
            for era in facts.eras.iter() {
                for level in &era.policy.levels {
                    let kept = legacy.entry(level.archive).or_insert((i64::MIN, i64::MIN));
                    *kept = (kept.0.max(era.until), kept.1.max(era.until + reach_secs));
                }
            }
        }
        let legacy = legacy.into_iter().map(|(archive, (until, kept))| (archive, until, kept)).collect();
        Self { grace_secs, legacy }
    }

    /// Whether nothing can ask for an in-time segment's cells any more.
    fn expired(&self, entry: &SegmentEntry, now: i64) -> bool {
        let grace = self.grace_secs.get(&entry.archive).copied().unwrap_or_default();
        let bucket_end = ceil_to(entry.partition_end(), grace.next_step_secs.max(1));
        let own = bucket_end + i64::from(entry.archive.retention_secs) + grace.late_secs;
        let legacy = self
            .legacy
            .iter()
            .filter(|(archive, until, _)| *archive == entry.archive && entry.partition_start < *until);
        now >= legacy.map(|(_, _, kept)| *kept).fold(own, i64::max)
    }
}

impl Planner<'_> {
    fn groups(&self) -> Groups {
        let mut groups = Groups::new();
        for open in self.view.segments.iter() {
            let entry = &open.entry;
            let key = GroupKey {
                archive: entry.archive,
                born_day: entry.born_day,
                partition_start: entry.partition_start,
            };
            groups.entry(key).or_default().push(open.clone());
        }
        groups
    }

    fn today(&self) -> u32 {
        u32::try_from(self.now.div_euclid(DAY_SECS)).unwrap_or(0)
    }

    /// The next merge that pays, or must be; with `everything`, any that is pending.
    pub(crate) fn next_job(&self, everything: bool) -> Option<Job> {
        let groups = self.groups();
        let needed = self.needed_for_expiry(&groups);
        for (key, group) in &groups {
            let fresh = fresh(group).count();
            // A settled merge takes its whole group: several settled files are one partition that was too large for
            // one, and merging them would only split them again.
            if fresh == 0 {
                continue;
            }
            let must =
                everything || needed.contains(key) || (key.born_day != 0 && key.born_day < self.today());
            let stage = if must { Some(Stage::Settled) } else { self.wanted(&groups, key, group, fresh) };
            match stage {
                Some(Stage::Settled) => return Some(self.after_prerequisites(&groups, key)),
                Some(Stage::Fresh) => return Some(job(fresh_only(group), Stage::Fresh)),
                None => {}
            }
        }
        None
    }

    fn wanted(
        &self,
        groups: &Groups,
        key: &GroupKey,
        group: &[Arc<OpenSegment>],
        fresh_count: usize,
    ) -> Option<Stage> {
        let bytes = |stage| -> u64 {
            group.iter().filter(|open| open.entry.stage == stage).map(|open| open.entry.bytes).sum()
        };
        let pays = bytes(Stage::Fresh) * REWRITE_RATIO >= bytes(Stage::Settled);
        let newer = GroupKey { partition_start: key.partition_start + 1, ..*key };
        // What is stamped with a time to come does not end the present.
        let begun = |other: &GroupKey| other.partition_start <= self.now;
        let closed = key.born_day != 0
            || groups
                .range(newer..)
                .take_while(|(other, _)| (other.archive, other.born_day) == (key.archive, key.born_day))
                .any(|(other, group)| begun(other) && fresh(group).next().is_some());
        if pays && (closed || fresh_count >= self.fresh_segments_max) {
            Some(Stage::Settled)
        } else {
            (fresh_count >= self.fresh_segments_max).then_some(Stage::Fresh)
        }
    }

    /// The merge of `key`, or an earlier one that must come before it.
    fn after_prerequisites(&self, groups: &Groups, key: &GroupKey) -> Job {
        let range = |group: &[Arc<OpenSegment>]| {
            let first = group.iter().map(|open| open.entry.partition_start).min().unwrap_or(i64::MAX);
            (first, group.iter().map(|open| open.entry.partition_end()).max().unwrap_or(i64::MIN))
        };
        let (first, end) = range(&groups[key]);
        let earlier = groups.iter().find(|(other, group)| {
            let (other_first, other_end) = range(group);
            other.archive.step_secs == key.archive.step_secs
                && other.born_day < key.born_day
                && other_first < end
                && other_end > first
                && fresh(group).next().is_some()
        });
        let group = earlier.map_or(&groups[key], |(_, group)| group);
        job(group.clone(), Stage::Settled)
    }

    /// Groups whose fresh segments keep something from expiring.
    fn needed_for_expiry(&self, groups: &Groups) -> Vec<GroupKey> {
        let expiring: Vec<&SegmentEntry> = self
            .view
            .segments
            .iter()
            .map(|open| &open.entry)
            .filter(|entry| entry.born_day == 0 && self.keep.expired(entry, self.now))
            .collect();
        let blocks = |group: &[Arc<OpenSegment>]| {
            fresh(group).any(|open| expiring.iter().any(|entry| blocks_expiry(&open.entry, entry)))
        };
        groups.iter().filter(|(_, group)| blocks(group)).map(|(key, _)| *key).collect()
    }

    /// Numbers and cells of the segments that nothing can ask for any more.
    pub(crate) fn expired(&self) -> Vec<SegmentEntry> {
        let all = || self.view.segments.iter().map(|open| &open.entry);
        let fresh = || all().filter(|entry| entry.stage == Stage::Fresh);
        let is_expired = |entry: &&SegmentEntry| {
            if entry.stage == Stage::Fresh {
                return false;
            }
            if entry.born_day != 0 {
                let waited_for = fresh().any(|other| {
                    other.archive.step_secs == entry.archive.step_secs
                        && other.born_day <= entry.born_day + 1
                        && other.partition_start < entry.partition_end()
                        && other.partition_end() > entry.partition_start
                });
                return self.today() > entry.born_day + 1 && !waited_for;
            }
            self.keep.expired(entry, self.now) && !fresh().any(|other| blocks_expiry(other, entry))
        };
        all().filter(is_expired).copied().collect()
    }
}

/// Whether `fresh` cells may still be rolled up into a bucket that `entry`'s cells belong to.
fn blocks_expiry(fresh: &SegmentEntry, entry: &SegmentEntry) -> bool {
    let reach_secs =
        i64::from(entry.archive.retention_secs).min(entry.partition_end() - entry.partition_start);
    fresh.archive.step_secs <= entry.archive.step_secs
        && fresh.partition_start < entry.partition_end() + reach_secs
        && fresh.partition_end() > entry.partition_start - reach_secs
}

fn fresh(group: &[Arc<OpenSegment>]) -> impl Iterator<Item = &Arc<OpenSegment>> {
    group.iter().filter(|open| open.entry.stage == Stage::Fresh)
}

fn fresh_only(group: &[Arc<OpenSegment>]) -> Vec<Arc<OpenSegment>> {
    fresh(group).cloned().collect()
}

fn job(mut inputs: Vec<Arc<OpenSegment>>, stage: Stage) -> Job {
    inputs.sort_by_key(|open| (open.entry.sequence, open.entry.number));
    Job { inputs, stage }
}
