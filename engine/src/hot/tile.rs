//! Owns a copy of a group of neighbouring columns, turned: the hot window keeps the cells of a moment together, whoever
//! writes series needs those of a series.
//!
//! Invariant: a cell that is there is the window's, bit for bit; the memory is kept from group to group. Turning a whole
//! group reads every cache line of it once, where reading column after column would read each eight times.

use super::chunk::{ABSENT, Chunk, GROUP_COLUMNS, SLOTS};

/// Cells between two columns beyond their own: columns a power of two apart would compete for the same places of the
/// processor's cache.
const GAP: usize = 8;

/// The cells of one group in several chunks.
#[derive(Default)]
pub(crate) struct Tile {
    cells: Vec<u64>,
    width: usize,
}

impl Tile {
    /// Copies `group` (see `group_of`) from `chunks`, in the place of what was copied before.
    pub(crate) fn copy<'a>(&mut self, group: usize, chunks: impl ExactSizeIterator<Item = &'a Chunk>) {
        self.width = chunks.len() * SLOTS + GAP;
        self.cells.clear();
        self.cells.resize(GROUP_COLUMNS * self.width, ABSENT);
        for (index, chunk) in chunks.enumerate() {
            chunk.turn_group(group, &mut self.cells, self.width, index * SLOTS);
        }
    }

    /// Hands every present cell of `column` in the chunk at position `index` to `emit`, slots ascending.
    #[inline]
    pub(crate) fn for_each(&self, column: usize, index: usize, mut emit: impl FnMut(usize, f64)) {
        let start = column % GROUP_COLUMNS * self.width + index * SLOTS;
        for (slot, bits) in self.cells.iter().skip(start).take(SLOTS).enumerate() {
            if *bits != ABSENT {
                emit(slot, f64::from_bits(*bits));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_tile_holds_what_its_chunks_do_and_nothing_of_the_group_before() {
        let chunks = [Chunk::new(Arc::default()), Chunk::new(Arc::default())];
        chunks[0].store(63, 64, 1.0);
        chunks[1].store(0, 127, 2.0);
        chunks[1].store(7, 128, 3.0);
        let mut tile = Tile::default();
        let mut found = Vec::new();
        for group in [1, 2] {
            tile.copy(group, chunks.iter());
            for column in group * GROUP_COLUMNS..(group + 1) * GROUP_COLUMNS {
                for index in 0..2 {
                    tile.for_each(column, index, |slot, value| found.push((column, index, slot, value)));
                }
            }
        }
        assert_eq!(found, [(64, 0, 63, 1.0), (127, 1, 0, 2.0), (128, 1, 7, 3.0)]);
    }
}
