//! The processor time of the threads that run rules and tell about alarms, ingest apart.
//!
//! Invariant: each thread tells of itself, and of each moment once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The sum over all threads.
#[derive(Debug, Default)]
pub(crate) struct CpuMeter(AtomicU64);

/// One thread's share of it.
#[derive(Debug)]
pub(crate) struct ThreadCpu {
    meter: Arc<CpuMeter>,
    told_nanoseconds: u64,
}

impl CpuMeter {
    /// The time so far.
    pub(crate) fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    /// The share of the thread that calls this and goes on to use it.
    pub(crate) fn thread(self: &Arc<CpuMeter>) -> ThreadCpu {
        ThreadCpu { meter: self.clone(), told_nanoseconds: own_nanoseconds() }
    }
}

impl ThreadCpu {
    /// Adds what this thread has used since it told last.
    pub(crate) fn tell(&mut self) {
        let now = own_nanoseconds();
        self.meter.0.fetch_add(now.saturating_sub(self.told_nanoseconds), Ordering::Relaxed);
        self.told_nanoseconds = now;
    }
}

fn own_nanoseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or(0).saturating_mul(1_000_000_000).saturating_add(nanoseconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_told_once() {
        let meter = Arc::new(CpuMeter::default());
        let mut own = meter.thread();
        let mut sum = 0_u64;
        while own_nanoseconds() < own.told_nanoseconds + 1_000_000 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        own.tell();
        let first = meter.total();
        assert!(first >= Duration::from_millis(1));
        let mut other = meter.thread();
        other.tell();
        assert!(meter.total() - first < first, "what was told before is not told again");
    }
}
