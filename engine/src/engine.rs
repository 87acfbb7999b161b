//! Owns the store as its user holds it: writers, upkeep, time, counters, the end.
//!
//! Invariant: closing leaves nothing to replay. How a store comes to be open is `open`'s business, reading is `fetch`'s,
//! changing series `admin`'s.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::Error;
use crate::finding::Finding;
use crate::maintain;
use crate::manifest::Stage;
use crate::present::ClockEvent;
use crate::quarantine;
use crate::shared::Shared;
use crate::stats::Stats;
use crate::writer::Writer;

/// A store, open for reading and writing; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) shared: Arc<Shared>,
}

impl Engine {
    /// A writer with its own lane of the log, for one thread.
    pub fn writer(&self) -> Writer {
        Writer::new(self.shared.clone())
    }

    /// Flushes the hot window if it is time. After `Error::DiskFull` everything is as it was, and it is time again.
    pub fn flush_if_due(&self, now: i64) -> Result<bool, Error> {
        let now = self.shared.steady(now);
        let due = self.shared.is_flush_waiting.load(Ordering::Acquire) || self.shared.flush_wanted(now);
        if due {
            maintain::flush(&self.shared, now)?;
        }
        Ok(due)
    }

    /// Sets aside or salvages one segment whose file was changed or found damaged, or does one pending merge; when there
    /// is nothing of the kind, expiry and upkeep of the name index. Answers whether there may be more to do.
    pub fn merge_if_due(&self, now: i64) -> Result<bool, Error> {
        let now = self.shared.steady(now);
        // In this order: a file that was cut must not be touched.
        let merged = maintain::check_files(&self.shared)?
            || maintain::salvage_noted(&self.shared)?
            || maintain::merge_next(&self.shared, now, false)?;
        if !merged {
            maintain::expire(&self.shared, now)?;
            maintain::freeze_index_if_due(&self.shared)?;
        }
        Ok(merged)
    }

    /// Compares the clock's `now` with `elapsed`, a time that nobody can set, and answers what is worth a line in the
    /// log. To be called every few seconds or more often unless the clock is trusted (see `Options`): for retention
    /// and expiry, time is what this makes of it.
    pub fn keep_time(&self, now: i64, elapsed: Duration) -> Option<ClockEvent> {
        self.shared.present.keep(now, elapsed)
    }

    /// Waits until a flush may be due, but no longer than `timeout`.
    pub fn wait_for_flush(&self, timeout: Duration) {
        let mut guard = self.shared.pressure.lock.lock();
        self.shared.pressure.wanted.wait_for(&mut guard, timeout);
    }

    /// Makes every point accepted so far survive a loss of power.
    pub fn sync(&self) -> Result<(), Error> {
        let shared = &self.shared;
        shared.latch.check()?;
        shared.latch.guard(maintain::sync_names(shared).and_then(|()| shared.lanes.sync()))
    }

    /// Writes the hot window into segments, whatever its size.
    pub fn flush(&self, now: i64) -> Result<(), Error> {
        maintain::flush(&self.shared, self.shared.steady(now))
    }

    /// Does every pending flush and merge at once. `progress` hears the number of merges done.
    pub fn compact(&self, now: i64, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        let now = self.shared.steady(now);
        maintain::flush(&self.shared, now)?;
        let mut merges = 0;
        while maintain::salvage_noted(&self.shared)? {}
        while maintain::merge_next(&self.shared, now, true)? {
            merges += 1;
            progress(merges);
        }
        maintain::expire(&self.shared, now)
    }

    /// Seals the hot window and removes the log: the next start replays nothing. Writers must be gone. After
    /// `Error::DiskFull` the log stays, and the next start replays it.
    pub fn close(&self, now: i64) -> Result<(), Error> {
        self.flush(now)?;
        let mut catalog = self.shared.catalog.write();
        catalog.index.freeze()?;
        catalog.registry.release_room()?;
        self.shared.manifest.lock().release_room()?;
        match catalog.index.save(&*self.shared.disk) {
            // It is a copy that the next start can do without.
            Err(error) if error.is_disk_full() => Ok(()),
            saved => saved,
        }
    }

    /// What there is to tell an operator since the last time this was asked.
    pub fn take_findings(&self) -> Vec<Finding> {
        self.shared.findings.take()
    }

    /// Files of segments that were found damaged and set aside, which nobody has looked after yet.
    pub fn quarantined(&self) -> Result<Vec<String>, Error> {
        quarantine::list(&*self.shared.disk)
    }

    /// Series with points in the hot window. Reads a part of the window, so that it is apart from `stats`.
    pub fn hot_series(&self) -> u64 {
        self.shared.view().hot_series()
    }

    /// Counters and gauges.
    pub fn stats(&self) -> Stats {
        let shared = &self.shared;
        let view = shared.view();
        let mut stats = shared.counters.read();
        stats.series = shared.catalog.read().registry.live_count() as u64;
        for window in view.windows() {
            stats.hot_points += window.points();
            stats.hot_bytes += window.bytes();
        }
        for open in view.segments.iter() {
            stats.segments += 1;
            stats.segments_fresh += u64::from(open.entry.stage == Stage::Fresh);
            stats.segment_bytes += open.entry.bytes;
            stats.segment_cells += open.entry.cells;
        }
        // A folder that cannot be listed now can be the next time.
        stats.segments_quarantined = quarantine::list(&*shared.disk).map_or(0, |files| files.len() as u64);
        stats.clock_leaps = shared.present.leaps();
        stats.clock_ahead_secs = shared.present.ahead_secs();
        stats.wal_bytes = shared.wal_bytes.load(Ordering::Relaxed);
        stats.latched = shared.latch.reason();
        stats
    }
}
