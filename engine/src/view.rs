//! Owns what a reader sees at one moment: the hot windows and the set of segments.
//!
//! Invariant: a view never changes. Points move from hot window to segment between two views, never within one, so
//! a reader finds each of them at least once (and a newer sequence hides the older copy).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Error;
use crate::disk::Disk;
use crate::hot::HotWindow;
use crate::manifest::{SegmentEntry, State};
use crate::quarantine::{Damaged, damaged_segment};
use crate::segment::Segment;

/// An open segment.
pub(crate) struct OpenSegment {
    pub(crate) entry: SegmentEntry,
    pub(crate) segment: Segment,
}

/// All segments, grouped by step, oldest sequence first.
#[derive(Default, Clone)]
pub(crate) struct SegmentSet {
    by_step: BTreeMap<i64, Vec<Arc<OpenSegment>>>,
}

/// A moment's data.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) open: Arc<HotWindow>,
    pub(crate) frozen: Option<Arc<HotWindow>>,
    pub(crate) segments: Arc<SegmentSet>,
}

impl OpenSegment {
    pub(crate) fn open(disk: &dyn Disk, entry: SegmentEntry) -> Result<Arc<Self>, Error> {
        let path = entry.path();
        let map = disk.map(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::corrupt(&path, 0, format!("a segment of {} bytes", entry.bytes), "no such file")
            }
            _ => Error::io(&path, "map", error),
        })?;
        let found_bytes = map.len() as u64;
        if found_bytes != entry.bytes {
            let expected = format!("a segment of {} bytes", entry.bytes);
            return Err(Error::corrupt(
                path,
                found_bytes.min(entry.bytes),
                expected,
                format!("{found_bytes} bytes"),
            ));
        }
        let segment = Segment::open(map, &path)?;
        Ok(Arc::new(Self { entry, segment }))
    }
}

impl SegmentSet {
    /// Opens every segment of `state`; answers those that are damaged, too.
    pub(crate) fn open(disk: &dyn Disk, state: &State) -> Result<(Self, Vec<Damaged>), Error> {
        let mut set = Self::default();
        let mut damaged = Vec::new();
        for entry in state.segments.values() {
            match OpenSegment::open(disk, *entry) {
                Ok(open) => set.insert(open),
                Err(fault) if damaged_segment(&fault).is_some() => {
                    damaged.push(Damaged { entry: *entry, fault });
                }
                Err(error) => return Err(error),
            }
        }
        Ok((set, damaged))
    }

    pub(crate) fn insert(&mut self, segment: Arc<OpenSegment>) {
        let group = self.by_step.entry(segment.entry.step_secs()).or_default();
        let key = |open: &OpenSegment| (open.entry.sequence, open.entry.number);
        let at = group.partition_point(|other| key(other) < key(&segment));
        group.insert(at, segment);
    }

    pub(crate) fn remove(&mut self, number: u64) {
        for group in self.by_step.values_mut() {
            group.retain(|open| open.entry.number != number);
        }
    }

    /// All segments, by step, then age.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<OpenSegment>> {
        self.by_step.values().flatten()
    }

    /// The segments with `step_secs` that have cells in `first..end` (timestamps), oldest sequence first.
    pub(crate) fn overlapping(
        &self,
        step_secs: i64,
        first: i64,
        end: i64,
    ) -> impl Iterator<Item = &Arc<OpenSegment>> {
        let group = self.by_step.get(&step_secs).map_or(&[][..], Vec::as_slice);
        group.iter().filter(move |open| open.entry.first() < end && open.entry.end() > first)
    }
}

impl View {
    /// The hot windows, older first.
    pub(crate) fn windows(&self) -> impl Iterator<Item = &Arc<HotWindow>> {
        self.frozen.iter().chain([&self.open])
    }

    /// Series with cells in the hot windows.
    pub(crate) fn hot_series(&self) -> u64 {
        let mut marks = BTreeMap::new();
        self.windows().for_each(|window| window.mark_columns(&mut marks));
        marks.values().flatten().map(|mark: &u64| u64::from(mark.count_ones())).sum()
    }

    /// This view without the hot windows: what is certain to survive a crash.
    pub(crate) fn without_hot(&self) -> Self {
        let open = Arc::new(HotWindow::new(self.open.opened_at()));
        Self { open, frozen: None, segments: self.segments.clone() }
    }

    /// The latest moment, `now` at most, as of which no hot point can ask for cells that had expired: what expires
    /// after a window was opened may still be a neighbour of a point that came in time.
    pub(crate) fn expiry_moment(&self, now: i64) -> i64 {
        let filled = self.windows().filter(|window| window.points() > 0);
        filled.map(|window| window.opened_at()).fold(now, i64::min)
    }
}
