//! The thread that stores aggregates when their time has come, keeps open buckets in a file, and watches the rules' files.
//!
//! Invariant: what is given out of a bucket is stored or refused by name, as any point; where the disk is full it waits,
//! and so does everything after it. Open buckets are saved after whatever was stored, so that what is restored is never
//! older than a second or so, nor than a twentieth of the time that saving takes.

use super::shared::{CarbonShared, Given};
use super::state::StateFile;
use super::watch::Watch;
use crate::health::{Health, panic_text};
use crate::ingest::{ListenerKind, RefusedLog};
use crate::live::LiveSettings;
use crate::metrics::Counters;
use crate::rule_runner::BatchNotes;
use parking_lot::{Condvar, Mutex};
use plumbago_engine::{Arrivals, Engine, Error, Refused, Writer};
use plumbago_rules::carbon::{AggregationRules, SavedAggregates};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often aggregates are looked at: the shortest frequency is a second.
const TURN_INTERVAL: Duration = Duration::from_millis(250);

/// The shortest time from one saving of the buckets to the next, and how many times the last one took it is at least.
const SAVE_INTERVAL_MIN: Duration = Duration::from_secs(1);
const SAVE_INTERVAL_FACTOR: u32 = 20;

/// Whom aggregates come from.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The running thread.
#[derive(Debug)]
pub(crate) struct Aggregation {
    stop: Arc<Stop>,
    thread: JoinHandle<()>,
}

/// The wish that the thread ends.
#[derive(Debug, Default)]
struct Stop {
    is_asked: Mutex<bool>,
    asked: Condvar,
}

/// What the thread works with.
pub(crate) struct AggregationParts<'a> {
    /// The rules and the open buckets.
    pub(crate) shared: &'a Arc<CarbonShared>,
    /// Where aggregates go.
    pub(crate) engine: &'a Engine,
    /// Where open buckets are kept.
    pub(crate) data_dir: &'a Path,
    /// Where the files are.
    pub(crate) settings: Arc<LiveSettings>,
    /// Where aggregates are counted.
    pub(crate) counters: Arc<Counters>,
    /// Where refused ones are kept.
    pub(crate) refused: Arc<RefusedLog>,
    /// Whether points are taken.
    pub(crate) health: Arc<Health>,
    /// What the rules want to know of aggregates.
    pub(crate) notes: BatchNotes,
}

impl Aggregation {
    /// Opens the buckets that were saved, then starts the thread. No point may have entered a bucket before.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(parts: AggregationParts<'_>) -> io::Result<Aggregation> {
        let AggregationParts { shared, engine, data_dir, settings, counters, refused, health, notes } = parts;
        let state = StateFile::in_directory(data_dir);
        let given = shared.restore(&state.read());
        let mut work = Work {
            shared: shared.clone(),
            state,
            watch: Watch::new(settings, counters.clone()),
            writer: engine.writer(),
            counters,
            refused,
            notes,
            rules: shared.rules().map(|rules| rules.aggregation.clone()).unwrap_or_default(),
            reconciled: (shared.generation(), Instant::now()),
            next_save: Instant::now(),
            save_failed: false,
        };
        let stop = Arc::new(Stop::default());
        let asked = stop.clone();
        let thread = std::thread::Builder::new().name("aggregation".to_owned()).spawn(move || {
            match std::panic::catch_unwind(AssertUnwindSafe(|| work.run(given, &asked))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => health.latch(&error.to_string()),
                Err(payload) => {
                    let reason = panic_text(payload.as_ref());
                    health.latch(&format!("the aggregation thread panicked: {reason}"));
                }
            }
        })?;
        Ok(Aggregation { stop, thread })
    }

    /// Stores what buckets hold by now and saves them. No point may enter one any more.
    pub(crate) fn stop(self) {
        *self.stop.is_asked.lock() = true;
        self.stop.asked.notify_all();
        // A panic was turned into a latch inside the thread.
        let _ = self.thread.join();
    }
}

impl Stop {
    /// Waits for the wish, no longer than `interval`; answers whether it came.
    fn wait(&self, interval: Duration) -> bool {
        let mut is_asked = self.is_asked.lock();
        if !*is_asked {
            self.asked.wait_for(&mut is_asked, interval);
        }
        *is_asked
    }
}

struct Work {
    shared: Arc<CarbonShared>,
    state: StateFile,
    watch: Watch,
    writer: Writer,
    counters: Arc<Counters>,
    refused: Arc<RefusedLog>,
    notes: BatchNotes,
    /// The rules that the buckets follow.
    rules: AggregationRules,
    /// The generation that the buckets follow, and since when.
    reconciled: (u64, Instant),
    next_save: Instant,
    /// Whether the last saving failed, so that it was said already.
    save_failed: bool,
}

impl Work {
    fn run(&mut self, given: Vec<Given>, stop: &Stop) -> Result<(), Error> {
        self.store(given)?;
        while !stop.wait(TURN_INTERVAL) {
            self.watch.look(&self.shared, Instant::now());
            self.turn()?;
        }
        self.finish()
    }

    fn turn(&mut self) -> Result<(), Error> {
        // What waits for room on the disk comes first.
        if self.writer.pending() > 0 && !self.commit()? {
            return Ok(());
        }
        let mut given = self.reconcile();
        let moment = self.shared.moment();
        self.shared.for_each_share(|aggregator| {
            aggregator.flush(moment, |name, start, value| given.push((name.clone(), start, value)));
        });
        if !given.is_empty() {
            self.shared.note_change();
        }
        if self.store(given)? {
            self.save_if_due();
        }
        Ok(())
    }

    /// Lets the buckets follow rules that have changed. Threads that were in the middle of a batch may have opened a bucket
    /// under the rules before: a second look a little later finds it.
    fn reconcile(&mut self) -> Vec<Given> {
        let mut given = Vec::new();
        let generation = self.shared.generation();
        let (known, since) = self.reconciled;
        if known == generation && since.elapsed() > 4 * TURN_INTERVAL {
            return given;
        }
        let rules = self.shared.rules().map(|rules| rules.aggregation.clone()).unwrap_or_default();
        let old = std::mem::replace(&mut self.rules, rules);
        self.shared.for_each_share(|aggregator| {
            aggregator.change_rules(&old, &self.rules, |name, start, value| {
                given.push((name.clone(), start, value));
            });
        });
        if known != generation {
            self.reconciled = (generation, Instant::now());
        }
        given
    }

    /// Stores aggregates; `false` while there is no room for them.
    fn store(&mut self, given: Vec<Given>) -> Result<bool, Error> {
        if given.is_empty() {
            return Ok(true);
        }
        let now = self.shared.moment().now;
        let refused = &self.refused;
        let mut arrivals = Arrivals::default();
        for (name, start, value) in &given {
            arrivals.push_name(name.as_bytes(), *value, *start);
        }
        let name = |position: usize| given.get(position).map(|(name, ..)| Box::<str>::from(&**name));
        let received = |position| arrivals.received_name(position).unwrap_or_default();
        self.notes.look(arrivals.len(), arrivals.timestamps(), received, name);
        self.writer.accept(&arrivals, now, |position, reason| {
            if let Some((name, start, value)) = given.get(position) {
                record(refused, name, *value, *start, &reason, now);
            }
        });
        self.commit()
    }

    /// Commits what is pending; `false` while there is no room for it.
    fn commit(&mut self) -> Result<bool, Error> {
        let started = Instant::now();
        match self.writer.commit() {
            Ok(committed) => {
                let counters = self.counters.listener(ListenerKind::Aggregation);
                counters.commits.increment();
                let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
                counters.commit_nanoseconds.add(nanoseconds);
                counters.series_created.add(committed.new_series);
                counters.points_received.add(committed.points);
                self.notes.publish(|| self.shared.now_ms());
                let now = self.shared.moment().now;
                for late in &committed.refused {
                    record(&self.refused, &late.name, late.value, late.timestamp, &late.refused, now);
                }
                Ok(true)
            }
            Err(error) if error.is_disk_full() => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn save_if_due(&mut self) {
        let started = Instant::now();
        if started < self.next_save || !self.shared.take_change() {
            return;
        }
        self.save(false);
        self.next_save = Instant::now() + SAVE_INTERVAL_MIN.max(SAVE_INTERVAL_FACTOR * started.elapsed());
    }

    fn save(&mut self, is_durable: bool) {
        let mut saved = SavedAggregates::default();
        self.shared.for_each_share(|aggregator| saved.add(aggregator));
        let written = self.state.write(&saved, is_durable);
        if let (Err(error), false) = (&written, self.save_failed) {
            tracing::warn!("open buckets of aggregates cannot be saved, a crash would lose them: {error}");
        }
        self.save_failed = written.is_err();
    }

    /// The end: what buckets hold by now is stored, and they are saved, so that the next start goes on with them.
    fn finish(&mut self) -> Result<(), Error> {
        if self.writer.pending() > 0 && !self.commit()? {
            return Ok(());
        }
        // First with what is still to be given out: there may be no room for it.
        self.save(true);
        let mut given = Vec::new();
        self.shared.for_each_share(|aggregator| {
            aggregator.give_all(|name, start, value| given.push((name.clone(), start, value)));
        });
        if !given.is_empty() && self.store(given)? {
            self.save(true);
        }
        Ok(())
    }
}

/// Notes an aggregate that the store refuses.
fn record(log: &RefusedLog, name: &str, value: f64, timestamp: i64, reason: &Refused, now: i64) {
    let text = format!("{name} {value} {timestamp}");
    log.record(ListenerKind::Aggregation, reason.refusal.name(), reason, NOBODY, text.as_bytes(), now);
}
