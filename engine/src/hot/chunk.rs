//! Owns 64 slots of many columns: rows of 64 neighbouring columns each, made when first written.
//!
//! Invariant: an absent cell is one fixed NaN, which ingest refuses as a value. Writers and readers share the rows
//! through relaxed atomics: a reader sees each cell as it was before or after a write, never torn.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::prefetch::prefetch;

/// Slots of a chunk.
pub(crate) const SLOTS: usize = 64;
/// Columns of a page: one row of a page is eight cache lines.
const PAGE_COLUMNS: usize = 64;
const PAGES_PER_SHELF: usize = 512;
const SHELVES: usize = 512;

/// Columns a class can hold.
pub(crate) const COLUMNS_MAX: usize = PAGE_COLUMNS * PAGES_PER_SHELF * SHELVES;

/// Bits of an absent cell: a NaN that no conversion from text or pickle yields.
pub(super) const ABSENT: u64 = 0x7ff8_dead_0000_0000;

/// The number of neighbouring columns that are kept together.
pub(crate) const GROUP_COLUMNS: usize = PAGE_COLUMNS;

/// The group of neighbouring columns that `column` belongs to.
pub(crate) fn group_of(column: usize) -> usize {
    column / PAGE_COLUMNS
}

type Row = [AtomicU64; PAGE_COLUMNS];

struct Page {
    rows: [OnceLock<Box<Row>>; SLOTS],
}

type Shelf = [OnceLock<Box<Page>>];

/// The cells of `SLOTS` slots.
pub(crate) struct Chunk {
    shelves: Box<[OnceLock<Box<Shelf>>]>,
    /// Memory of the whole window, in bytes.
    window_bytes: Arc<AtomicU64>,
}

/// Bytes one made row takes, with its share of a page.
const ROW_BYTES: u64 = (PAGE_COLUMNS * 8 + 48) as u64;
/// Bytes an empty chunk takes, with its first shelf.
const CHUNK_BYTES: u64 = ((SHELVES + PAGES_PER_SHELF) * 16) as u64;

impl Chunk {
    /// An empty chunk that adds the memory it takes to `window_bytes`.
    pub(crate) fn new(window_bytes: Arc<AtomicU64>) -> Self {
        window_bytes.fetch_add(CHUNK_BYTES, Ordering::Relaxed);
        Self { shelves: empty_cells(SHELVES), window_bytes }
    }

    /// Stores `value` at (`slot`, `column`).
    #[inline]
    pub(crate) fn store(&self, slot: usize, column: usize, value: f64) {
        self.store_all(slot, std::iter::once((column as u32, value)));
    }

    /// Stores many columns' values at `slot`. Neighbours share a row, which is looked for once.
    #[inline]
    pub(crate) fn store_all(&self, slot: usize, cells: impl Iterator<Item = (u32, f64)>) {
        let mut held: Option<(usize, &Row)> = None;
        for (column, value) in cells {
            let column = column as usize;
            let page_index = column / PAGE_COLUMNS;
            if held.is_none_or(|(index, _)| index != page_index) {
                let row = self.page(column).and_then(|page| page.rows.get(slot)?.get());
                held = row.map(|row| (page_index, row.as_ref()));
            }
            match held {
                Some((_, row)) => row[column % PAGE_COLUMNS].store(value.to_bits(), Ordering::Relaxed),
                None => self.store_first(slot, column, value),
            }
        }
    }

    /// Hints that the row of (`slot`, `column`) will be asked for soon.
    #[inline]
    pub(crate) fn expect_row(&self, slot: usize, column: usize) {
        self.page(column).and_then(|page| page.rows.get(slot)).into_iter().for_each(prefetch);
    }

    /// Hints that (`slot`, `column`) will be stored soon.
    #[inline]
    pub(crate) fn expect(&self, slot: usize, column: usize) {
        let row = self.page(column).and_then(|page| page.rows.get(slot)).and_then(OnceLock::get);
        row.into_iter().for_each(|row| prefetch(&row[column % PAGE_COLUMNS]));
    }

    /// The page that holds `column`, if it was made.
    #[inline]
    fn page(&self, column: usize) -> Option<&Page> {
        let page_index = column / PAGE_COLUMNS;
        let shelf = self.shelves.get(page_index / PAGES_PER_SHELF)?.get()?;
        shelf.get(page_index % PAGES_PER_SHELF)?.get().map(Box::as_ref)
    }

    /// Stores the first value of a row.
    #[cold]
    fn store_first(&self, slot: usize, column: usize, value: f64) {
        let (page_index, in_row) = (column / PAGE_COLUMNS, column % PAGE_COLUMNS);
        let shelf = self.shelves[page_index / PAGES_PER_SHELF].get_or_init(|| empty_cells(PAGES_PER_SHELF));
        let page = shelf[page_index % PAGES_PER_SHELF].get_or_init(Page::new);
        let row = page.rows[slot].get_or_init(|| {
            self.window_bytes.fetch_add(ROW_BYTES, Ordering::Relaxed);
            Box::new([const { AtomicU64::new(ABSENT) }; PAGE_COLUMNS])
        });
        row[in_row].store(value.to_bits(), Ordering::Relaxed);
    }

    /// Whether `column` may have a cell: false for certain where no neighbour has one either.
    pub(crate) fn may_hold(&self, column: usize) -> bool {
        self.page(column).is_some()
    }

    /// Sets the mark of every group of neighbouring columns (see `group_of`) that may have a cell.
    pub(crate) fn mark_groups(&self, marks: &mut [bool]) {
        for (shelf_index, shelf) in self.shelves.iter().enumerate() {
            let Some(shelf) = shelf.get() else { continue };
            let groups = marks.iter_mut().skip(shelf_index * PAGES_PER_SHELF);
            for (page, mark) in shelf.iter().zip(groups) {
                *mark |= page.get().is_some();
            }
        }
    }

    /// Sets the bit of every column that has a cell, in one word a group of neighbours (see `group_of`). Looks no
    /// further once all of a group are known: where series report at one pace, one row of each page is read.
    pub(crate) fn mark_columns(&self, marks: &mut Vec<u64>) {
        for (shelf_index, shelf) in self.shelves.iter().enumerate() {
            let pages = shelf.get().map_or(&[][..], |shelf| shelf);
            for (page, group) in pages.iter().zip(shelf_index * PAGES_PER_SHELF..) {
                let Some(page) = page.get() else { continue };
                if marks.len() <= group {
                    marks.resize(group + 1, 0);
                }
                let rows = page.rows.iter().filter_map(OnceLock::get);
                for row in rows {
                    if marks[group] == u64::MAX {
                        break;
                    }
                    for (bit, cell) in row.iter().enumerate() {
                        marks[group] |= u64::from(cell.load(Ordering::Relaxed) != ABSENT) << bit;
                    }
                }
            }
        }
    }

    /// Copies the cells of a group of neighbouring columns (see `group_of`) into `cells`, where those of each column lie
    /// together: slot `s` of the group's column `c` at `c · width + at + s`, as bits. Rows that were never written are
    /// left out.
    pub(super) fn turn_group(&self, group: usize, cells: &mut [u64], width: usize, at: usize) {
        static EMPTY: Row = [const { AtomicU64::new(ABSENT) }; PAGE_COLUMNS];
        let Some(page) = self.page(group * PAGE_COLUMNS) else { return };
        // As many rows at once as one cache line of a column has cells.
        for (rows, first) in page.rows.as_chunks::<8>().0.iter().zip((at..).step_by(8)) {
            if rows.iter().all(|row| row.get().is_none()) {
                continue;
            }
            let rows = rows.each_ref().map(|row| row.get().map_or(&EMPTY, Box::as_ref));
            for (column, cells) in cells.chunks_mut(width).take(PAGE_COLUMNS).enumerate() {
                let Some(cells) = cells.get_mut(first..first + 8) else { continue };
                for (cell, row) in cells.iter_mut().zip(rows) {
                    *cell = row[column].load(Ordering::Relaxed);
                }
            }
        }
    }

    /// Hands every present cell of `column` to `emit`, slots ascending.
    pub(crate) fn for_each(&self, column: usize, mut emit: impl FnMut(usize, f64)) {
        self.for_each_in(column, 0..SLOTS, &mut emit);
    }

    /// Hands every present cell of `column` in `slots` to `emit`, slots ascending.
    #[inline]
    pub(crate) fn for_each_in(&self, column: usize, slots: Range<usize>, mut emit: impl FnMut(usize, f64)) {
        let Some(rows) = self.page(column).and_then(|page| page.rows.get(slots.clone())) else { return };
        for (slot, row) in slots.zip(rows) {
            let Some(row) = row.get() else { continue };
            let bits = row[column % PAGE_COLUMNS].load(Ordering::Relaxed);
            if bits != ABSENT {
                emit(slot, f64::from_bits(bits));
            }
        }
    }
}

impl Page {
    fn new() -> Box<Self> {
        Box::new(Self { rows: [const { OnceLock::new() }; SLOTS] })
    }
}

fn empty_cells<T>(count: usize) -> Box<[OnceLock<T>]> {
    (0..count).map(|_| OnceLock::new()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_where_they_were_put_and_the_last_write_wins() {
        let bytes = Arc::new(AtomicU64::new(0));
        let chunk = Chunk::new(bytes.clone());
        for column in [0, 63, 64, 32_768, COLUMNS_MAX - 1] {
            chunk.store(5, column, 1.0);
            chunk.store(63, column, -0.0);
            chunk.store(5, column, column as f64);
            let mut cells = Vec::new();
            chunk.for_each(column, |slot, value| cells.push((slot, value.to_bits())));
            assert_eq!(cells, [(5, (column as f64).to_bits()), (63, (-0.0f64).to_bits())]);
        }
        let mut marks = Vec::new();
        chunk.mark_columns(&mut marks);
        let marked: Vec<(usize, u64)> =
            marks.into_iter().enumerate().filter(|(_, mark)| *mark != 0).collect();
        assert_eq!(marked, [(0, 1 | 1 << 63), (1, 1), (512, 1), (COLUMNS_MAX / 64 - 1, 1 << 63)]);
        let mut turned = vec![ABSENT; GROUP_COLUMNS * 100];
        chunk.turn_group(512, &mut turned, 100, 30);
        let column: Vec<(usize, u64)> =
            turned.into_iter().enumerate().filter(|(_, bits)| *bits != ABSENT).collect();
        assert_eq!(column, [(35, 32_768_f64.to_bits()), (93, (-0.0_f64).to_bits())]);
        let mut seen = false;
        chunk.for_each(1, |_, _| seen = true);
        assert!(!seen, "a neighbour of a written column stays empty");
        assert_eq!(
            bytes.load(Ordering::Relaxed),
            CHUNK_BYTES + 8 * ROW_BYTES,
            "two rows in each of four pages"
        );
    }
}
