//! What all threads share: the rules in force, and the open buckets of aggregates.
//!
//! Invariant: the generation goes up whenever the rules change, after they have changed; who has seen it and keeps what
//! the rules said is right. Buckets are shared out by the names of aggregates, so that all of one aggregate's are in one
//! place, behind one lock.

use super::files::{Loaded, Stamps};
use crate::clock::Clock;
use crate::config::CarbonSettings;
use crate::metrics::Counters;
use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};
use plumbago_rules::carbon::{Aggregator, CarbonRules, Full, Moment, Output, SavedAggregates};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// Places for buckets: several times the threads that fill them.
const SHARES: usize = 16;

/// An aggregate's point: its name, the start of its bucket, its value.
pub(super) type Given = (Arc<str>, i64, f64);

/// The rules and the buckets.
#[derive(Debug)]
pub(crate) struct CarbonShared {
    clock: Clock,
    started: Instant,
    counters: Arc<Counters>,
    loaded: RwLock<Loaded>,
    generation: AtomicU64,
    hasher: RandomState,
    shares: Vec<Mutex<Aggregator>>,
    /// Whether a bucket has changed since this was asked last.
    is_changed: AtomicBool,
}

impl CarbonShared {
    /// These rules, and no bucket. What is doubtful in the files is logged.
    pub(crate) fn new(
        loaded: Loaded,
        settings: &CarbonSettings,
        clock: Clock,
        counters: Arc<Counters>,
    ) -> CarbonShared {
        let shares = (0..SHARES).map(|_| Mutex::new(Aggregator::new(settings.aggregator, SHARES))).collect();
        let generation = AtomicU64::new(u64::from(loaded.rules.is_some()));
        let shared = CarbonShared {
            clock,
            started: Instant::now(),
            counters,
            loaded: RwLock::new(loaded),
            generation,
            hasher: RandomState::default(),
            shares,
            is_changed: AtomicBool::new(false),
        };
        shared.log_warnings();
        shared
    }

    /// Puts other rules in force. Buckets follow at the aggregation thread's next turn.
    pub(crate) fn replace(&self, loaded: Loaded, settings: &CarbonSettings) {
        *self.loaded.write() = loaded;
        for share in &self.shares {
            share.lock().set_settings(settings.aggregator);
        }
        self.generation.fetch_add(1, Ordering::Release);
        self.log_warnings();
    }

    /// A number that changes with the rules; 0 while there have never been any.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The rules in force; `None` where no file is configured.
    pub(super) fn rules(&self) -> Option<Arc<CarbonRules>> {
        self.loaded.read().rules.clone()
    }

    /// What the files were when the rules were read.
    pub(super) fn stamps(&self) -> Stamps {
        self.loaded.read().stamps.clone()
    }

    /// How many buckets are open.
    pub(crate) fn bucket_count(&self) -> usize {
        self.shares.iter().map(|share| share.lock().bucket_count()).sum()
    }

    /// The time at this moment.
    pub(super) fn moment(&self) -> Moment {
        let elapsed_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment { elapsed_ms, now: self.clock.now() }
    }

    /// Milliseconds since the epoch at this moment.
    pub(super) fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Lets a point enter an aggregate.
    pub(super) fn add(
        &self,
        output: &Output,
        timestamp: i64,
        value: f64,
        moment: Moment,
    ) -> Result<(), Full> {
        let share = self.share_of(&output.name);
        let Some(share) = self.shares.get(share) else { return Err(Full) };
        share.lock().add(output, timestamp, value, moment)?;
        self.counters.aggregated_points.increment();
        Ok(())
    }

    /// Notes that buckets have changed.
    pub(super) fn note_change(&self) {
        self.is_changed.store(true, Ordering::Relaxed);
    }

    /// Whether buckets have changed since this was asked last.
    pub(super) fn take_change(&self) -> bool {
        self.is_changed.swap(false, Ordering::Relaxed)
    }

    /// Has every share of the buckets worked on.
    pub(super) fn for_each_share(&self, mut work: impl FnMut(&mut Aggregator)) {
        for share in &self.shares {
            work(&mut share.lock());
        }
    }

    /// Opens saved buckets again, before any point enters one. Answers what is to be stored at once, because its rule is
    /// gone.
    pub(super) fn restore(&self, saved: &SavedAggregates) -> Vec<Given> {
        let rules = self.rules().map(|rules| rules.aggregation.clone()).unwrap_or_default();
        let mut given = Vec::new();
        let mut homes: Vec<_> = self.shares.iter().map(Mutex::lock).collect();
        let choose = |name: &str| self.share_of(name);
        saved.restore(&rules, self.moment(), choose, &mut homes, |name, start, value| {
            given.push((name.clone(), start, value));
        });
        given
    }

    /// Notes that a search took too many steps, so that a rule did not count for a point.
    pub(super) fn note_given_up(&self) {
        self.counters.carbon_rules_given_up.increment();
    }

    fn share_of(&self, name: &str) -> usize {
        (self.hasher.hash_one(name) % SHARES as u64) as usize
    }

    fn log_warnings(&self) {
        let loaded = self.loaded.read();
        let mut skipped = 0;
        for warning in &loaded.warnings {
            if warning.skips_section {
                skipped += 1;
                tracing::error!("{warning}");
            } else {
                tracing::warn!("{warning}");
            }
        }
        self.counters.carbon_rules_skipped.set(skipped);
    }
}
