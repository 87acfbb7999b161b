//! The series that the server writes by itself: about its machine and about its own work.
//!
//! One thread with a writer of its own, as slow as its intervals, on monotonic time; the points carry the data's
//! clock. What is measured, and under which names, is decided by `host_metrics` and `self_metrics`; whether anything
//! is, by the configuration, which a fixed clock overrides.

use crate::alarms::{CANARY_SERIES, Canary};
use crate::clock::Clock;
use crate::config::{Config, OwnMetrics};
use crate::health::{Health, panic_text};
use crate::host_metrics::{HostSampler, host_name};
use crate::rule_runner::BatchNotes;
use crate::self_metrics::{Readings, SelfMetrics};
use plumbago_engine::{Engine, Writer};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Reads the server's counters.
pub(crate) type TakeReadings = Box<dyn Fn() -> Readings + Send>;

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Order {
    /// Write what this configuration wants from now on.
    Reconfigure(Box<Config>),
    /// End.
    Stop,
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct OwnSeries {
    orders: Sender<Order>,
    thread: JoinHandle<()>,
}

impl OwnSeries {
    /// Starts the thread, which obeys `orders`; nothing where the clock is fixed, for then the store holds only what
    /// was sent.
    ///
    /// # Errors
    /// The operating system's, where no thread can be made.
    pub(crate) fn start(
        config: &Config,
        engine: &Engine,
        clock: Clock,
        health: Arc<Health>,
        (readings, canary, notes): (TakeReadings, Arc<Canary>, BatchNotes),
        orders: (Sender<Order>, Receiver<Order>),
    ) -> io::Result<Option<OwnSeries>> {
        if clock.is_fixed() {
            return Ok(None);
        }
        let sources = Sources::new(config, readings, canary);
        let writer = engine.writer();
        let (orders, received) = orders;
        let thread = std::thread::Builder::new().name("own-series".to_owned()).spawn(move || {
            let outcome =
                std::panic::catch_unwind(AssertUnwindSafe(|| run(sources, writer, notes, clock, &received)));
            match outcome {
                Ok(Ok(())) => {}
                Ok(Err(error)) => health.latch(&error.to_string()),
                // Nothing that anybody sent is at risk: the server goes on without its own series.
                Err(payload) => {
                    tracing::error!("the server's own series end: {}", panic_text(payload.as_ref()))
                }
            }
        })?;
        Ok(Some(OwnSeries { orders, thread }))
    }

    /// Ends the thread.
    pub(crate) fn stop(self) {
        // It may have ended by itself.
        let _ = self.orders.send(Order::Stop);
        let _ = self.thread.join();
    }
}

/// What is measured, and when it is measured next.
struct Sources {
    host_name: String,
    readings: TakeReadings,
    /// What the two below were made for.
    wanted: [OwnMetrics; 2],
    canary: Arc<Canary>,
    canary_timer: Option<Timer>,
    machine: Option<(HostSampler, Timer)>,
    server: Option<(SelfMetrics, Timer)>,
}

impl Sources {
    fn new(config: &Config, readings: TakeReadings, canary: Arc<Canary>) -> Sources {
        let host_name = config.host_name.clone().unwrap_or_else(host_name);
        let now = Instant::now();
        let (machine, server) = (&config.host_metrics, &config.self_metrics);
        Sources {
            machine: sampler(machine, &host_name, now),
            server: server
                .enabled
                .then(|| (SelfMetrics::new(&server.prefix, &host_name), Timer::later(server.interval, now))),
            wanted: [machine.clone(), server.clone()],
            canary,
            canary_timer: canary_timer(config, now),
            host_name,
            readings,
        }
    }

    /// Makes those anew whose settings differ; the others keep their pace. What a new one counts begins now.
    fn reconfigure(&mut self, config: &Config, now: Instant) {
        let [machine, server] = &self.wanted;
        if *machine != config.host_metrics {
            self.machine = sampler(&config.host_metrics, &self.host_name, now);
        }
        if *server != config.self_metrics {
            let wanted = &config.self_metrics;
            self.server = wanted.enabled.then(|| {
                let mut metrics = SelfMetrics::new(&wanted.prefix, &self.host_name);
                metrics.begin_at((self.readings)());
                (metrics, Timer::later(wanted.interval, now))
            });
        }
        self.wanted = [config.host_metrics.clone(), config.self_metrics.clone()];
        let is_same =
            |timer: &Timer| config.canary.receiver.is_some() && timer.interval == config.canary.interval;
        if !self.canary_timer.as_ref().is_some_and(is_same) {
            self.canary_timer = canary_timer(config, now);
        }
    }

    fn wait(&self, now: Instant) -> Duration {
        let machine = self.machine.as_ref().map(|(_, timer)| timer.wait(now));
        let server = self.server.as_ref().map(|(_, timer)| timer.wait(now));
        let canary = self.canary_timer.as_ref().map(|timer| timer.wait(now));
        machine.into_iter().chain(server).chain(canary).min().unwrap_or(Duration::MAX)
    }

    /// The points of every source that is due.
    fn collect(&mut self, now: Instant) -> Vec<(String, f64)> {
        let mut points = Vec::new();
        if let Some((sampler, timer)) = &mut self.machine
            && timer.take_due(now)
        {
            points.extend(sampler.collect());
        }
        if let Some((metrics, timer)) = &mut self.server
            && timer.take_due(now)
        {
            points.extend(metrics.points(&(self.readings)()));
        }
        if self.canary_timer.as_mut().is_some_and(|timer| timer.take_due(now)) {
            points.push((CANARY_SERIES.to_owned(), self.canary.next_value(now)));
        }
        points
    }
}

fn canary_timer(config: &Config, now: Instant) -> Option<Timer> {
    config.canary.receiver.is_some().then(|| Timer::later(config.canary.interval, now))
}

fn sampler(wanted: &OwnMetrics, host_name: &str, now: Instant) -> Option<(HostSampler, Timer)> {
    wanted
        .enabled
        .then(|| (HostSampler::new(&wanted.prefix, host_name), Timer::at_once(wanted.interval, now)))
}

fn run(
    mut sources: Sources,
    mut writer: Writer,
    mut notes: BatchNotes,
    clock: Clock,
    orders: &Receiver<Order>,
) -> Result<(), plumbago_engine::Error> {
    loop {
        match orders.recv_timeout(sources.wait(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Order::Reconfigure(config)) => sources.reconfigure(&config, Instant::now()),
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        let points = sources.collect(Instant::now());
        let now = clock.now();
        let name = |position: usize| points.get(position).map(|(name, _)| Box::<str>::from(name.as_str()));
        let received = |position: usize| points.get(position).map_or(&b""[..], |(name, _)| name.as_bytes());
        notes.look(points.len(), points.iter().map(|_| now), received, name);
        for (name, value) in points {
            if let Err(refusal) = writer.push(&name, value, now, now) {
                tracing::warn!("the server's own point {name} {value} is refused: {refusal}");
            }
        }
        match writer.commit() {
            // Readings of now are of no use later, and others wait for the room.
            Err(error) if error.is_disk_full() => {
                writer.discard();
                notes.discard();
            }
            committed => {
                let committed = committed?;
                notes.publish(|| clock.now_ms());
                for point in committed.refused {
                    let (name, value, reason) = (point.name, point.value, point.refused);
                    tracing::warn!("the server's own point {name} {value} is refused: {reason}");
                }
            }
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

    #[test]
    fn a_new_configuration_counts_from_then_on_and_leaves_the_rest_alone() {
        let readings = || Readings { points_received: 1000, ..Readings::default() };
        let mut config = Config::default();
        config.host_metrics.enabled = false;
        config.self_metrics.enabled = false;
        let mut sources = Sources::new(&config, Box::new(readings), Arc::default());
        let start = Instant::now();
        assert_eq!(sources.wait(start), Duration::MAX);
        config.self_metrics.enabled = true;
        config.self_metrics.prefix = "own".to_owned();
        sources.reconfigure(&config, start);
        let interval = config.self_metrics.interval;
        assert_eq!(sources.wait(start), interval);
        sources.reconfigure(&config, start + interval / 2);
        assert_eq!(sources.wait(start), interval, "nothing changed, and so the pace stays");
        let points = sources.collect(start + interval);
        let received =
            points.iter().find(|(name, _)| name.starts_with("own.") && name.ends_with(".metricsReceived"));
        assert_eq!(received.map(|(_, value)| *value), Some(0.0), "what came before is not counted again");
        config.self_metrics.enabled = false;
        sources.reconfigure(&config, start);
        assert_eq!(sources.wait(start), Duration::MAX);
    }
}
