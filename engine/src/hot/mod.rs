//! Owns the hot window: every accepted point that is not in a segment yet.
//!
//! Invariant: filled by writers, then frozen (no writer has it any more), flushed, dropped; reads are right in every
//! state. Cells are addressed by class, time and column; columns belong to series for as long as the process lives.

mod chunk;
mod tile;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

pub(crate) use chunk::{COLUMNS_MAX, Chunk, SLOTS, group_of};
pub(crate) use tile::Tile;

use crate::class::ClassId;

/// Which 64 slots of which class; late-born cells (see `maintain`) are kept apart by their day of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChunkKey {
    pub(crate) class: ClassId,
    pub(crate) born_day: u32,
    /// Slot number divided by `SLOTS`.
    pub(crate) index: i64,
}

/// The cells accepted since the last freeze.
pub(crate) struct HotWindow {
    chunks: RwLock<BTreeMap<ChunkKey, Arc<Chunk>>>,
    points: AtomicU64,
    bytes: Arc<AtomicU64>,
    opened_at: i64,
}

/// Remembers a writer's last chunk: most points of a batch go to the same one.
#[derive(Default)]
pub(crate) struct ChunkCache(Option<(ChunkKey, Arc<Chunk>)>);

/// One slot of many columns.
pub(crate) struct Target<'a> {
    chunk: &'a Chunk,
    slot: usize,
}

impl Target<'_> {
    /// Hints that the row of `column` will be asked for soon.
    #[inline]
    pub(crate) fn expect_row(&self, column: u32) {
        self.chunk.expect_row(self.slot, column as usize);
    }

    /// Hints that the cell of `column` will be stored soon, best after its row was expected.
    #[inline]
    pub(crate) fn expect(&self, column: u32) {
        self.chunk.expect(self.slot, column as usize);
    }

    /// Stores the cells of many columns.
    #[inline]
    pub(crate) fn store_all(&self, cells: impl Iterator<Item = (u32, f64)>) {
        self.chunk.store_all(self.slot, cells);
    }

    /// Stores the cell of `column`.
    #[inline]
    pub(crate) fn store(&self, column: u32, value: f64) {
        self.chunk.store(self.slot, column as usize, value);
    }
}

impl HotWindow {
    /// An empty window whose points will be accepted at `opened_at` or later.
    pub(crate) fn new(opened_at: i64) -> Self {
        Self { chunks: RwLock::default(), points: AtomicU64::new(0), bytes: Arc::default(), opened_at }
    }

    /// No point in here was accepted before this moment.
    pub(crate) fn opened_at(&self) -> i64 {
        self.opened_at
    }

    /// Where the cells of one slot are stored. `slot_number` counts slots since the epoch.
    pub(crate) fn target<'a>(
        &self,
        cache: &'a mut ChunkCache,
        class: ClassId,
        born_day: u32,
        slot_number: i64,
    ) -> Target<'a> {
        let key = ChunkKey { class, born_day, index: slot_number.div_euclid(SLOTS as i64) };
        let slot = slot_number.rem_euclid(SLOTS as i64) as usize;
        let cached = match cache.0.take() {
            Some((cached, chunk)) if cached == key => (key, chunk),
            _ => (key, self.chunk(key)),
        };
        Target { chunk: &cache.0.insert(cached).1, slot }
    }

    fn chunk(&self, key: ChunkKey) -> Arc<Chunk> {
        if let Some(chunk) = self.chunks.read().get(&key) {
            return chunk.clone();
        }
        self.chunks.write().entry(key).or_insert_with(|| Arc::new(Chunk::new(self.bytes.clone()))).clone()
    }

    /// Counts `points` as stored.
    pub(crate) fn add_points(&self, points: u64) {
        self.points.fetch_add(points, Ordering::Relaxed);
    }

    pub(crate) fn points(&self) -> u64 {
        self.points.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// All chunks, ordered by class, born day and time.
    pub(crate) fn chunks(&self) -> Vec<(ChunkKey, Arc<Chunk>)> {
        self.chunks.read().iter().map(|(key, chunk)| (*key, chunk.clone())).collect()
    }

    /// Sets the bit of every column that has a cell, by class (see `Chunk::mark_columns`).
    pub(crate) fn mark_columns(&self, marks: &mut BTreeMap<ClassId, Vec<u64>>) {
        for (key, chunk) in self.chunks() {
            chunk.mark_columns(marks.entry(key.class).or_default());
        }
    }

    /// Calls `visit` for each chunk of `class` with slots in `first..end` (slot numbers), born days ascending, then
    /// time. Writers that need a new chunk wait meanwhile.
    pub(crate) fn for_each_chunk_of(
        &self,
        class: ClassId,
        (first, end): (i64, i64),
        mut visit: impl FnMut(&ChunkKey, &Chunk),
    ) {
        let slots = SLOTS as i64;
        let from = ChunkKey { class, born_day: 0, index: i64::MIN };
        let to = ChunkKey { class, born_day: u32::MAX, index: i64::MAX };
        for (key, chunk) in self.chunks.read().range(from..=to) {
            if key.index >= first.div_euclid(slots) && key.index <= (end - 1).div_euclid(slots) {
                visit(key, chunk);
            }
        }
    }
}

impl ChunkCache {
    /// Forgets the chunk: the window it belongs to may be frozen by the time of the next batch.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}
