//! The open buckets of aggregates: points in, one point a bucket out whenever its time has come.
//!
//! Invariant: as carbon's aggregator. The first rule to touch an aggregate fixes its frequency and method until it has no
//! bucket left. Every `frequency` (or write-back interval, if that is shorter) after the first point, each bucket that has
//! got a value since is given out whole, the one that is still being filled included; then those that began more than
//! `intervals_max` frequencies before the current one are forgotten. A point for a forgotten bucket begins it anew.
//!
//! Two kinds of time are arguments: a steady one that flushes go by, and the clock, by which buckets grow old. Where
//! aggregates are shared out to several aggregators, each has all buckets of its own ones.

use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use plumbago_protocol::limits::{AGGREGATION_BUCKETS_MAX, AGGREGATION_VALUES_MAX};

use super::aggregation::{AggregationRule, AggregationRules};
use super::decision::Output;
use super::method::Accumulated;

/// A moment, by both kinds of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since some fixed moment, never going back.
    pub elapsed_ms: u64,
    /// The clock, in seconds since the epoch.
    pub now: i64,
}

/// What the rule files do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AggregatorSettings {
    /// How many frequencies a bucket stays open after its own; carbon's `MAX_AGGREGATION_INTERVALS`.
    pub intervals_max: u32,
    /// Seconds after which aggregates are given out even if their frequency is longer; carbon's `WRITE_BACK_FREQUENCY`.
    pub write_back_secs: Option<u32>,
}

impl Default for AggregatorSettings {
    fn default() -> Self {
        Self { intervals_max: 5, write_back_secs: None }
    }
}

/// No bucket or no value more can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// Aggregates and their open buckets.
#[derive(Debug)]
pub struct Aggregator {
    settings: AggregatorSettings,
    /// Most buckets and most values for percentiles.
    bucket_count_max: usize,
    value_count_max: usize,
    buffers: HashMap<Arc<str>, Buffer, RandomState>,
    /// When aggregates are due; each open one is here once.
    due: BinaryHeap<Reverse<(u64, Arc<str>)>>,
    bucket_count: usize,
    value_count: usize,
}

/// One aggregate.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) rule: Arc<AggregationRule>,
    pub(super) buckets: BTreeMap<i64, Bucket>,
}

/// The values of one aggregate in `[start, start + frequency)`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bucket {
    pub(super) accumulated: Accumulated,
    /// Whether a value has come since it was given out.
    pub(super) is_active: bool,
}

impl Aggregator {
    /// Without any bucket. It takes an equal share of the caps, as one of `shares`.
    pub fn new(settings: AggregatorSettings, shares: usize) -> Self {
        let shares = shares.max(1);
        Self {
            settings,
            bucket_count_max: AGGREGATION_BUCKETS_MAX / shares,
            value_count_max: AGGREGATION_VALUES_MAX / shares,
            buffers: HashMap::default(),
            due: BinaryHeap::new(),
            bucket_count: 0,
            value_count: 0,
        }
    }

    /// How many buckets are open.
    pub fn bucket_count(&self) -> usize {
        self.bucket_count
    }

    /// Goes on with other settings. An aggregate that is open keeps the moment at which it is due next.
    pub fn set_settings(&mut self, settings: AggregatorSettings) {
        self.settings = settings;
    }

    /// Takes one point for an aggregate. The value is finite.
    ///
    /// # Errors
    /// It needs a bucket or a value more than can be kept; nothing has changed.
    pub fn add(&mut self, output: &Output, timestamp: i64, value: f64, moment: Moment) -> Result<(), Full> {
        let settings = self.settings;
        let Some(buffer) = self.buffers.get_mut(&output.name) else {
            if self.bucket_count >= self.bucket_count_max || self.value_count >= self.value_count_max {
                return Err(Full);
            }
            let due_ms = moment.elapsed_ms.saturating_add(period_ms(&output.rule, settings));
            self.due.push(Reverse((due_ms, output.name.clone())));
            let mut buffer = Buffer { rule: output.rule.clone(), buckets: BTreeMap::new() };
            let method = buffer.rule.method();
            buffer.buckets.entry(start_of(&buffer.rule, timestamp)).or_default().add(method, value);
            self.buffers.insert(output.name.clone(), buffer);
            self.bucket_count += 1;
            self.value_count += usize::from(method.keeps_values());
            return Ok(());
        };
        let method = buffer.rule.method();
        let start = start_of(&buffer.rule, timestamp);
        let is_new = !buffer.buckets.contains_key(&start);
        if is_new && self.bucket_count >= self.bucket_count_max
            || method.keeps_values() && self.value_count >= self.value_count_max
        {
            return Err(Full);
        }
        buffer.buckets.entry(start).or_default().add(method, value);
        self.bucket_count += usize::from(is_new);
        self.value_count += usize::from(method.keeps_values());
        Ok(())
    }

    /// Gives out what is due: aggregate, start of the bucket, value. Those that are due first come first, each once.
    pub fn flush(&mut self, moment: Moment, mut give: impl FnMut(&Arc<str>, i64, f64)) {
        for (due_ms, name) in self.take_due(moment) {
            let Some(buffer) = self.buffers.get_mut(&name) else { continue };
            buffer.give_active(&name, &mut give);
            let forgotten = buffer.forget(self.settings.intervals_max, moment.now);
            self.bucket_count = self.bucket_count.saturating_sub(forgotten.buckets);
            self.value_count = self.value_count.saturating_sub(forgotten.values);
            if buffer.buckets.is_empty() {
                self.buffers.remove(&name);
                continue;
            }
            let period_ms = period_ms(&buffer.rule, self.settings);
            // Moments that were missed are not made up for.
            let missed = moment.elapsed_ms.saturating_sub(due_ms) / period_ms;
            let next_ms = due_ms.saturating_add(period_ms.saturating_mul(missed + 1));
            self.due.push(Reverse((next_ms, name)));
        }
    }

    fn take_due(&mut self, moment: Moment) -> Vec<(u64, Arc<str>)> {
        let mut taken = Vec::new();
        while let Some(next) = self.due.peek_mut()
            && next.0.0 <= moment.elapsed_ms
        {
            taken.push(PeekMut::pop(next).0);
        }
        taken
    }

    /// Gives out everything that has got a value since it was last given out, due or not; buckets stay open.
    pub fn give_all(&mut self, mut give: impl FnMut(&Arc<str>, i64, f64)) {
        let names: BTreeSet<Arc<str>> = self.buffers.keys().cloned().collect();
        for name in names {
            if let Some(buffer) = self.buffers.get_mut(&name) {
                buffer.give_active(&name, &mut give);
            }
        }
    }

    /// Goes on under other rules. An aggregate stays open where its rule is among them and no new one comes before it,
    /// which might have touched the aggregate first; any other is given out and closed.
    pub fn change_rules(
        &mut self,
        old: &AggregationRules,
        new: &AggregationRules,
        mut give: impl FnMut(&Arc<str>, i64, f64),
    ) {
        let kept = kept_rules(old, new);
        let names: BTreeSet<Arc<str>> = self.buffers.keys().cloned().collect();
        for name in names {
            let Some(buffer) = self.buffers.get_mut(&name) else { continue };
            match new.find(buffer.rule.definition()) {
                Some((position, rule)) if position < kept => buffer.rule = rule.clone(),
                _ => {
                    buffer.give_active(&name, &mut give);
                    let closed = buffer.size();
                    self.bucket_count = self.bucket_count.saturating_sub(closed.buckets);
                    self.value_count = self.value_count.saturating_sub(closed.values);
                    self.buffers.remove(&name);
                }
            }
        }
        let buffers = &self.buffers;
        self.due.retain(|Reverse((_, name))| buffers.contains_key(name));
    }

    /// The open aggregates, in the order of their names.
    pub(super) fn buffers(&self) -> BTreeMap<&Arc<str>, &Buffer> {
        self.buffers.iter().collect()
    }

    /// Puts back a bucket that was saved; a bucket that is open is left alone.
    ///
    /// # Errors
    /// As [`Aggregator::add`].
    pub(super) fn restore(
        &mut self,
        output: &Output,
        start: i64,
        bucket: Bucket,
        moment: Moment,
    ) -> Result<(), Full> {
        let (buckets, values) = (self.bucket_count + 1, self.value_count + bucket.accumulated.values.len());
        if buckets > self.bucket_count_max || values > self.value_count_max {
            return Err(Full);
        }
        let due_ms = moment.elapsed_ms.saturating_add(period_ms(&output.rule, self.settings));
        let buffer = self.buffers.entry(output.name.clone()).or_insert_with(|| {
            self.due.push(Reverse((due_ms, output.name.clone())));
            Buffer { rule: output.rule.clone(), buckets: BTreeMap::new() }
        });
        if let Entry::Vacant(place) = buffer.buckets.entry(start) {
            place.insert(bucket);
            (self.bucket_count, self.value_count) = (buckets, values);
        }
        Ok(())
    }
}

/// How much of something there is.
struct Size {
    buckets: usize,
    values: usize,
}

impl Buffer {
    fn give_active(&mut self, name: &Arc<str>, give: &mut impl FnMut(&Arc<str>, i64, f64)) {
        let method = self.rule.method();
        for (start, bucket) in self.buckets.iter_mut().filter(|(_, bucket)| bucket.is_active) {
            bucket.is_active = false;
            if let Some(value) = bucket.accumulated.value(method) {
                give(name, *start, value);
            }
        }
    }

    /// Forgets the buckets that are too old for the clock, and says how much that was.
    fn forget(&mut self, intervals_max: u32, now: i64) -> Size {
        let frequency = self.rule.frequency_secs();
        let reach = frequency.saturating_mul(i64::from(intervals_max));
        let oldest = start_of(&self.rule, now).saturating_sub(reach);
        let young = self.buckets.split_off(&oldest);
        let old = std::mem::replace(&mut self.buckets, young);
        size_of(&old)
    }

    fn size(&self) -> Size {
        size_of(&self.buckets)
    }
}

fn size_of(buckets: &BTreeMap<i64, Bucket>) -> Size {
    let values = buckets.values().map(|bucket| bucket.accumulated.values.len()).sum();
    Size { buckets: buckets.len(), values }
}

impl Bucket {
    fn add(&mut self, method: super::method::Method, value: f64) {
        self.accumulated.add(method, value);
        self.is_active = true;
    }
}

/// The start of the bucket that a timestamp falls into.
fn start_of(rule: &AggregationRule, timestamp: i64) -> i64 {
    timestamp.saturating_sub(timestamp.rem_euclid(rule.frequency_secs()))
}

/// How often an aggregate is due.
fn period_ms(rule: &AggregationRule, settings: AggregatorSettings) -> u64 {
    let frequency = u64::try_from(rule.frequency_secs()).unwrap_or(1);
    let shorter = settings.write_back_secs.map_or(frequency, |secs| frequency.min(u64::from(secs)));
    shorter.max(1).saturating_mul(1000)
}

/// How many rules of `new`, from the first one on, were all in `old`.
fn kept_rules(old: &AggregationRules, new: &AggregationRules) -> usize {
    new.iter().take_while(|rule| old.find(rule.definition()).is_some()).count()
}

#[cfg(test)]
mod tests;
