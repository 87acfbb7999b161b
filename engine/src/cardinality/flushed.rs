//! Owns how many cells each series had in the last window that was flushed.
//!
//! Invariant: four bytes a series, counted where the flush has the cells in hand anyway.

/// The cells of one window by series.
#[derive(Debug)]
pub(crate) struct FlushedCells {
    opened_at: i64,
    cells: Vec<u32>,
}

impl FlushedCells {
    /// Nothing yet, of a window that was opened at `opened_at`.
    pub(crate) fn new(opened_at: i64) -> Self {
        Self { opened_at, cells: Vec::new() }
    }

    /// Counts `cells` more of `series`.
    pub(crate) fn add(&mut self, series: u32, cells: usize) {
        let index = series as usize;
        if self.cells.len() <= index {
            self.cells.resize(index + 1, 0);
        }
        if let Some(count) = self.cells.get_mut(index) {
            *count = count.saturating_add(u32::try_from(cells).unwrap_or(u32::MAX));
        }
    }

    /// When its window was opened; `i64::MIN` where the window was replayed, so that nobody knows.
    pub(crate) fn opened_at(&self) -> i64 {
        self.opened_at
    }

    /// The counts, by series.
    pub(crate) fn cells(&self) -> &[u32] {
        &self.cells
    }
}
