//! The series that the server writes by itself: about its machine and about its own work.
//!
//! One thread with a writer of its own, as slow as its intervals, on monotonic time; the points carry the data's
//! clock. What is measured, and under which names, is decided by `host_metrics` and `self_metrics`; whether anything
//! is, by the configuration, which a fixed clock overrides.

use crate::clock::Clock;
use crate::config::Config;
use crate::health::{Health, panic_text};
use crate::host_metrics::{HostSampler, host_name};
use crate::self_metrics::{SelfMetrics, Snapshot};
use plumbago_engine::{Engine, Writer};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Reads the server's counters.
pub(crate) type TakeSnapshot = Box<dyn Fn() -> Snapshot + Send>;

/// The running thread.
#[derive(Debug)]
pub(crate) struct OwnSeries {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl OwnSeries {
    /// Starts the thread, or nothing where the configuration wants no series of our own.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        config: &Config,
        engine: &Engine,
        clock: Clock,
        health: Arc<Health>,
        snapshot: TakeSnapshot,
    ) -> io::Result<Option<OwnSeries>> {
        let sources = Sources::new(config, snapshot);
        if clock.is_fixed() || sources.is_empty() {
            return Ok(None);
        }
        let writer = engine.writer();
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("own-series".to_owned()).spawn(move || {
            let outcome =
                std::panic::catch_unwind(AssertUnwindSafe(|| run(sources, writer, clock, &stopped)));
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(error)) => health.latch(&error.to_string()),
                // Nothing that anybody sent is at risk: the server goes on without its own series.
                Err(payload) => {
                    tracing::error!("the server's own series end: {}", panic_text(payload.as_ref()))
                }
            }
        })?;
        Ok(Some(OwnSeries { stop, thread }))
    }

    /// Ends the thread.
    pub(crate) fn stop(self) {
        // It may have ended by itself.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// What is measured, and when it is measured next.
struct Sources {
    host: Option<(HostSampler, Timer)>,
    own: Option<(SelfMetrics, TakeSnapshot, Timer)>,
}

impl Sources {
    fn new(config: &Config, snapshot: TakeSnapshot) -> Sources {
        let host = config.host_name.clone().unwrap_or_else(host_name);
        let now = Instant::now();
        let (machine, server) = (&config.host_metrics, &config.self_metrics);
        Sources {
            host: machine
                .enabled
                .then(|| (HostSampler::new(&machine.prefix, &host), Timer::at_once(machine.interval, now))),
            own: server.enabled.then(|| {
                (SelfMetrics::new(&server.prefix, &host), snapshot, Timer::later(server.interval, now))
            }),
        }
    }

    fn is_empty(&self) -> bool {
        self.host.is_none() && self.own.is_none()
    }

    fn wait(&self, now: Instant) -> Duration {
        let host = self.host.as_ref().map(|(_, timer)| timer.wait(now));
        let own = self.own.as_ref().map(|(_, _, timer)| timer.wait(now));
        host.into_iter().chain(own).min().unwrap_or(Duration::MAX)
    }

    /// The points of every source that is due.
    fn collect(&mut self, now: Instant) -> Vec<(String, f64)> {
        let mut points = Vec::new();
        if let Some((sampler, timer)) = &mut self.host
            && timer.take_due(now)
        {
            points.extend(sampler.collect());
        }
        if let Some((metrics, snapshot, timer)) = &mut self.own
            && timer.take_due(now)
        {
            points.extend(metrics.points(&snapshot()));
        }
        points
    }
}

fn run(
    mut sources: Sources,
    mut writer: Writer,
    clock: Clock,
    stopped: &Receiver<()>,
) -> Result<(), plumbago_engine::Error> {
    loop {
        match stopped.recv_timeout(sources.wait(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let points = sources.collect(Instant::now());
        let now = clock.now();
        for (name, value) in points {
            if let Err(refusal) = writer.push(&name, value, now, now) {
                tracing::warn!("the server's own point {name} {value} is refused: {refusal}");
            }
        }
        match writer.commit() {
            // Readings of now are of no use later, and others wait for the room.
            Err(error) if error.is_disk_full() => writer.discard(),
            committed => drop(committed?),
        }
    }
}

/// When something is due, at an interval that does not drift.
#[derive(Debug)]
struct Timer {
    interval: Duration,
    next: Instant,
}

impl Timer {
    fn at_once(interval: Duration, now: Instant) -> Timer {
        Timer { interval, next: now }
    }

    fn later(interval: Duration, now: Instant) -> Timer {
        Timer { interval, next: now + interval }
    }

    fn wait(&self, now: Instant) -> Duration {
        self.next.saturating_duration_since(now)
    }

    /// True if it is due at `now`; what was missed meanwhile, as by a sleeping machine, is not caught up with.
    fn take_due(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        self.next += self.interval;
        if self.next <= now {
            self.next = now + self.interval;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_keeps_its_pace_and_skips_what_it_missed() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timer = Timer::at_once(Duration::from_secs(10), start);
        assert!(timer.take_due(start));
        assert!(!timer.take_due(at(9)));
        assert!(timer.take_due(at(11)));
        assert_eq!(timer.wait(at(11)), Duration::from_secs(9));
        assert!(timer.take_due(at(100)));
        assert_eq!(timer.wait(at(100)), Duration::from_secs(10));
        assert_eq!(Timer::later(Duration::from_secs(5), start).wait(start), Duration::from_secs(5));
    }
}
