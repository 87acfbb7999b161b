//! The one thread that works for the engine: it seals, merges, expires and syncs, on monotonic time.
//!
//! The engine decides what there is to do; this thread decides when it is asked. A failure or a panic latches the
//! server. Opening and closing the engine is done elsewhere.

use crate::clock::Clock;
use crate::health::{Health, panic_text};
use plumbago_engine::{Engine, Maintenance};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the engine is asked whether there is something to seal, merge or expire.
const MAINTAIN_INTERVAL: Duration = Duration::from_millis(250);

/// The running thread.
#[derive(Debug)]
pub(crate) struct Background {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        engine: Arc<Engine>,
        clock: Clock,
        sync_interval: Duration,
        health: Arc<Health>,
    ) -> io::Result<Background> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("background".to_owned()).spawn(move || {
            let mut schedule = Schedule::new(sync_interval, Instant::now());
            loop {
                let wait = schedule.wait(Instant::now());
                match stopped.recv_timeout(wait) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                }
                let due = schedule.due(Instant::now());
                let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| work(&engine, clock, due)));
                match outcome {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return health.latch(&error.to_string()),
                    Err(payload) => {
                        let text = panic_text(payload.as_ref());
                        return health.latch(&format!("the background thread panicked: {text}"));
                    }
                }
            }
        })?;
        Ok(Background { stop, thread })
    }

    /// Lets the work in progress end, and the thread with it.
    pub(crate) fn stop(self) {
        // It may have ended by itself after a failure.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    sync: bool,
    maintain: bool,
}

fn work(engine: &Engine, clock: Clock, due: Due) -> Result<(), plumbago_engine::Error> {
    if due.sync {
        engine.sync()?;
    }
    if due.maintain {
        engine.maintain(clock.now(), Maintenance::Due)?;
    }
    Ok(())
}

/// When the next work is due.
#[derive(Debug)]
struct Schedule {
    sync_interval: Duration,
    sync_at: Instant,
    maintain_at: Instant,
}

impl Schedule {
    fn new(sync_interval: Duration, now: Instant) -> Schedule {
        Schedule { sync_interval, sync_at: now + sync_interval, maintain_at: now + MAINTAIN_INTERVAL }
    }

    fn wait(&self, now: Instant) -> Duration {
        self.sync_at.min(self.maintain_at).saturating_duration_since(now)
    }

    /// What is due at `now`, and then not again for its interval: work that took long is not caught up with.
    fn due(&mut self, now: Instant) -> Due {
        let due = Due { sync: now >= self.sync_at, maintain: now >= self.maintain_at };
        if due.sync {
            self.sync_at = now + self.sync_interval;
        }
        if due.maintain {
            self.maintain_at = now + MAINTAIN_INTERVAL;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_work_comes_at_its_own_interval() {
        let start = Instant::now();
        let mut schedule = Schedule::new(Duration::from_millis(1_000), start);
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        assert_eq!(schedule.wait(start), Duration::from_millis(250));
        assert_eq!(schedule.due(at(100)), Due { sync: false, maintain: false });
        assert_eq!(schedule.due(at(250)), Due { sync: false, maintain: true });
        assert_eq!(schedule.due(at(1_200)), Due { sync: true, maintain: true });
        assert_eq!(schedule.wait(at(1_200)), Duration::from_millis(250));
        assert_eq!(schedule.wait(at(9_000)), Duration::ZERO);
    }
}
