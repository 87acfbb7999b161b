//! Owns what every part of an open engine shares: catalog, view, gate, log lanes, manifest, latch, counters.
//!
//! Lock order, outermost first: `flushing`, `gate`, `maintenance`, `catalog`, `manifest`, `view`. Whoever holds
//! `maintenance` takes neither `flushing` nor `gate`: a change of policy merges while it holds both. Readers take
//! `catalog` and `view` for a moment only and never hold them while decoding.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex, RwLock};

use crate::Error;
use crate::cardinality::Cardinality;
use crate::catalog::Catalog;
use crate::disk::Disk;
use crate::finding::Findings;
use crate::hot::HotWindow;
use crate::latch::Latch;
use crate::maintain::Unflushed;
use crate::manifest::{Edit, Manifest};
use crate::options::Options;
use crate::policy::PolicyRules;
use crate::present::Present;
use crate::quarantine::damaged_segment;
use crate::stats::Counters;
use crate::view::{OpenSegment, View};
use crate::wal::Lanes;

/// Held shared by a writer while it logs and stores a batch, exclusively while the hot window changes hands.
pub(crate) struct Gate {
    pub(crate) open: Arc<HotWindow>,
    /// Generation of the log that `open`'s points are in.
    pub(crate) generation: u64,
    /// Changes when places handed out earlier may no longer hold.
    pub(crate) epoch: u64,
}

pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) options: Options,
    pub(crate) catalog: RwLock<Catalog>,
    /// Has locks of its own, inside which no other one is taken.
    pub(crate) cardinality: Cardinality,
    /// Without rules every series keeps its policy, and none is created.
    pub(crate) rules: RwLock<Option<Arc<dyn PolicyRules>>>,
    pub(crate) gate: RwLock<Gate>,
    pub(crate) view: RwLock<Arc<View>>,
    pub(crate) manifest: Mutex<Manifest>,
    /// Held by the one flush at a time; holds the window that it is about, or that waits for room on the disk.
    pub(crate) flushing: Mutex<Option<Unflushed>>,
    /// Whether the last flush found no room on the disk.
    pub(crate) is_flush_waiting: AtomicBool,
    /// Held by the one merge or expiry at a time.
    pub(crate) maintenance: Mutex<()>,
    pub(crate) lanes: Lanes,
    /// Segments that queries have found damaged, with the fault, to be salvaged.
    pub(crate) damaged: Mutex<BTreeMap<u64, Error>>,
    pub(crate) sequence: AtomicU64,
    pub(crate) segment_number: AtomicU64,
    /// Whether names were created that are not in the names log yet.
    pub(crate) names_pending: AtomicBool,
    pub(crate) wal_bytes: AtomicU64,
    pub(crate) present: Present,
    pub(crate) latch: Latch,
    pub(crate) counters: Counters,
    pub(crate) findings: Findings,
    pub(crate) pressure: Pressure,
}

/// Where writers wait while the hot window is too full, and the flusher waits for work.
#[derive(Default)]
pub(crate) struct Pressure {
    pub(crate) lock: Mutex<()>,
    pub(crate) relieved: Condvar,
    pub(crate) wanted: Condvar,
}

impl Shared {
    /// The moment to count retention from when the caller's clock says `now`.
    pub(crate) fn steady(&self, now: i64) -> i64 {
        self.present.steady(now)
    }

    /// Remembers a fault that a reader met, if it speaks against a segment.
    pub(crate) fn note_damage(&self, fault: &Error) {
        if let Some(number) = damaged_segment(fault) {
            self.damaged.lock().entry(number).or_insert_with(|| fault.clone());
        }
    }

    /// The current view.
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.read().clone()
    }

    /// A number for a new segment, higher than every other's; also its age.
    pub(crate) fn next_segment_number(&self) -> u64 {
        self.segment_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Puts `added` in the place of `edit.remove`, durably, then visibly; `change` may alter the view further in the
    /// same step. Files that are no longer listed are removed last.
    pub(crate) fn publish(
        &self,
        edit: Edit,
        added: Vec<Arc<OpenSegment>>,
        change: impl FnOnce(&mut View),
    ) -> Result<(), Error> {
        let io = |operation| move |error| Error::io("segments", operation, error);
        let edit = Edit { moment: self.present.to_record(), ..edit };
        if !edit.add.is_empty() {
            self.disk.sync_folder("segments").map_err(io("sync"))?;
        }
        let removed: Vec<String> = {
            let mut manifest = self.manifest.lock();
            let paths = edit.remove.iter().filter_map(|number| manifest.state().segments.get(number));
            let removed = paths.map(|entry| entry.path()).collect();
            manifest.commit(&edit)?;
            let mut view = self.view.write();
            let mut next = View::clone(&view);
            let mut segments = (*next.segments).clone();
            edit.remove.iter().for_each(|number| segments.remove(*number));
            added.into_iter().for_each(|open| segments.insert(open));
            next.segments = Arc::new(segments);
            change(&mut next);
            *view = Arc::new(next);
            removed
        };
        for path in removed {
            self.disk.remove(&path).map_err(|error| Error::io(&path, "remove", error))?;
        }
        Ok(())
    }

    /// Writes names that writers have created to the names log. Only when they are there may the flag fall: another
    /// writer's points may belong to them.
    pub(crate) fn write_names(&self) -> Result<(), Error> {
        if self.names_pending.load(Ordering::Acquire) {
            let mut catalog = self.catalog.write();
            self.latch.guard(catalog.registry.write_pending())?;
            self.names_pending.store(false, Ordering::Release);
        }
        Ok(())
    }

    /// Whether the open hot window should be flushed at `now`.
    pub(crate) fn flush_wanted(&self, now: i64) -> bool {
        let (points, bytes, opened_at) = {
            let gate = self.gate.read();
            (gate.open.points(), gate.open.bytes(), gate.open.opened_at())
        };
        let options = &self.options;
        let series = self.catalog.read().registry.live_count() as u64;
        let points_max = (series * options.hot_points_per_series).max(options.hot_points_min);
        points > 0
            && (points >= points_max
                || bytes >= options.hot_bytes_max
                || self.wal_bytes.load(Ordering::Relaxed) >= options.wal_bytes_max
                // A window of a time that the clock has gone back from would not come of age.
                || !(0..options.hot_age_secs_max).contains(&now.saturating_sub(opened_at)))
    }

    /// Waits while the hot window or the log is far beyond what calls for a flush: memory stays bounded, and the
    /// wait reaches the sender as back-pressure. A flush that itself waits for room on the disk is not waited for:
    /// that may take any time, and the caller must stay free to end.
    pub(crate) fn wait_for_room(&self) -> Result<(), Error> {
        let options = &self.options;
        let full = || {
            self.wal_bytes.load(Ordering::Relaxed) >= 4 * options.wal_bytes_max
                || self.gate.read().open.bytes() >= 2 * options.hot_bytes_max
        };
        if !full() {
            return Ok(());
        }
        crate::stats::add(&self.counters.writer_waits, 1);
        let mut guard = self.pressure.lock.lock();
        while full() {
            self.latch.check()?;
            if self.is_flush_waiting.load(Ordering::Acquire) {
                let source = std::io::ErrorKind::StorageFull.into();
                return Err(Error::io_or_full("segments", "flush the hot window to", source));
            }
            self.pressure.wanted.notify_all();
            self.pressure.relieved.wait_for(&mut guard, std::time::Duration::from_millis(100));
        }
        Ok(())
    }
}
