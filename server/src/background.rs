//! The threads that work for the engine: one flushes and keeps the time, one merges and expires, one syncs, all on
//! monotonic time.
//!
//! The engine decides what there is to do; these threads decide when it is asked. They are apart because a flush must
//! not wait for a merge, nor a sync for either. What the engine has to tell is logged here. A failure or a panic latches
//! the server; on a full disk the work is tried again later. Opening and closing the engine is done elsewhere.

use crate::clock::Clock;
use crate::health::{Health, panic_text};
use parking_lot::{Condvar, Mutex};
use plumbago_engine::{ClockEvent, Engine, Error};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the engine is asked whether there is something to flush, merge or expire. A flush that writers wait
/// for is not kept waiting.
const UPKEEP_INTERVAL: Duration = Duration::from_millis(250);

/// The first and the longest wait before work that met a full disk is tried again: it fills what room there is, and gives
/// it back.
const FULL_WAIT_MIN: Duration = Duration::from_millis(500);
const FULL_WAIT_MAX: Duration = Duration::from_secs(8);

/// The running threads.
#[derive(Debug)]
pub(crate) struct Background {
    stop: Arc<Stop>,
    threads: Vec<JoinHandle<()>>,
}

impl Background {
    /// Starts the threads.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        engine: &Arc<Engine>,
        clock: Clock,
        sync_interval: Duration,
        health: &Arc<Health>,
    ) -> io::Result<Background> {
        let mut background = Background { stop: Arc::default(), threads: Vec::new() };
        let (flushing, merging, syncing) = (engine.clone(), engine.clone(), engine.clone());
        background.spawn("flush", health, move |stop| {
            let started = Instant::now();
            let mut patience = Patience::new("flush");
            while !stop.is_asked() {
                if let Some(event) = flushing.keep_time(clock.now(), started.elapsed()) {
                    log_clock(event);
                }
                log_findings(&flushing);
                flushing.wait_for_flush(UPKEEP_INTERVAL);
                patience.take(flushing.flush_if_due(clock.now()), stop)?;
            }
            Ok(())
        })?;
        background.spawn("merge", health, move |stop| {
            let mut patience = Patience::new("merge");
            while !stop.wait(UPKEEP_INTERVAL) {
                while patience.take(merging.merge_if_due(clock.now()), stop)? && !stop.is_asked() {}
            }
            Ok(())
        })?;
        background.spawn("sync", health, move |stop| {
            while !stop.wait(sync_interval) {
                syncing.sync()?;
            }
            Ok(())
        })?;
        Ok(background)
    }

    /// Lets the work in progress end, and the threads with it.
    pub(crate) fn stop(self) {
        self.stop.ask();
        for thread in self.threads {
            // A panic was turned into a latch inside the thread.
            let _ = thread.join();
        }
    }

    fn spawn(
        &mut self,
        name: &'static str,
        health: &Arc<Health>,
        work: impl FnOnce(&Stop) -> Result<(), Error> + Send + 'static,
    ) -> io::Result<()> {
        let (stop, health) = (self.stop.clone(), health.clone());
        let thread =
            std::thread::Builder::new().name(name.to_owned()).spawn(
                move || match std::panic::catch_unwind(AssertUnwindSafe(|| work(&stop))) {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => health.latch(&error.to_string()),
                    Err(payload) => {
                        health
                            .latch(&format!("the {name} thread panicked: {}", panic_text(payload.as_ref())));
                    }
                },
            )?;
        self.threads.push(thread);
        Ok(())
    }
}

/// Logs what was found out of order in the store's files, each on a line of its own.
pub(crate) fn log_findings(engine: &Engine) {
    for finding in engine.take_findings() {
        tracing::warn!("{finding}");
    }
}

fn log_clock(event: ClockEvent) {
    match event {
        ClockEvent::Ahead { secs, standing_secs } => tracing::warn!(
            "the clock is {secs} s ahead of the time that has passed: nothing expires by it unless it stays so for \
             {standing_secs} s"
        ),
        ClockEvent::AheadAtStart { secs, standing_secs } => tracing::info!(
            "the store was last written to {secs} s ago by the clock, which is believed once it has stayed so for \
             {standing_secs} s: until then nothing expires by it"
        ),
        ClockEvent::Agrees => tracing::info!("the clock agrees again with the time that has passed"),
        ClockEvent::Believed { secs } => {
            tracing::info!("the clock has stayed {secs} s ahead and is believed: points expire by it")
        }
        ClockEvent::Back { secs } => tracing::warn!("the clock went back by {secs} s, and is followed"),
    }
}

/// Waits, longer each time, where work meets a full disk.
struct Patience {
    work: &'static str,
    wait: Duration,
}

impl Patience {
    fn new(work: &'static str) -> Patience {
        Patience { work, wait: FULL_WAIT_MIN }
    }

    /// Hands on what the work answered; `false` after the wait for a full disk, or for as much of it as there was before
    /// a stop.
    fn take(&mut self, worked: Result<bool, Error>, stop: &Stop) -> Result<bool, Error> {
        match worked {
            Err(error) if error.is_disk_full() => {
                let wait_ms = self.wait.as_millis();
                tracing::warn!("the disk is full, no {} for {wait_ms} ms: {error}", self.work);
                stop.wait(self.wait);
                self.wait = (2 * self.wait).min(FULL_WAIT_MAX);
                Ok(false)
            }
            worked => {
                self.wait = FULL_WAIT_MIN;
                worked
            }
        }
    }
}

/// The wish that threads end, which they can wait for.
#[derive(Debug, Default)]
struct Stop {
    asked: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn ask(&self) {
        *self.asked.lock() = true;
        self.changed.notify_all();
    }

    fn is_asked(&self) -> bool {
        *self.asked.lock()
    }

    /// Waits for the wish, no longer than `interval`; answers whether it came.
    fn wait(&self, interval: Duration) -> bool {
        let mut asked = self.asked.lock();
        if !*asked {
            self.changed.wait_for(&mut asked, interval);
        }
        *asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn background() -> Background {
        Background { stop: Arc::default(), threads: Vec::new() }
    }

    #[test]
    fn a_failure_and_a_panic_latch_with_their_reason() {
        let health = Health::new();
        let mut failing = background();
        let failed = || Err(Error::Latched(Arc::from("the disk is full")));
        failing.spawn("flush", &health, move |_| failed()).unwrap();
        failing.stop();
        assert!(health.latch_reason().unwrap().contains("the disk is full"));

        let health = Health::new();
        let mut panicking = background();
        panicking.spawn("merge", &health, |_| panic!("lost count")).unwrap();
        panicking.stop();
        assert_eq!(&*health.latch_reason().unwrap(), "the merge thread panicked: lost count");
    }

    #[test]
    fn a_full_disk_latches_nothing() {
        let health = Health::new();
        let mut full = background();
        full.spawn("flush", &health, |stop| {
            stop.ask();
            let error = Error::io_or_full("segments/1", "create", io::ErrorKind::StorageFull.into());
            assert!(!Patience::new("flush").take(Err(error), stop)?);
            Ok(())
        })
        .unwrap();
        full.stop();
        assert!(health.latch_reason().is_none());
    }

    #[test]
    fn a_stop_ends_a_long_wait() {
        let health = Health::new();
        let mut waiting = background();
        waiting
            .spawn("sync", &health, |stop| {
                while !stop.wait(Duration::from_secs(3600)) {}
                Ok(())
            })
            .unwrap();
        waiting.stop();
        assert!(health.latch_reason().is_none());
    }
}
