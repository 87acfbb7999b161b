//! Owns records that are made in one order and written in another.
//!
//! Invariant: each is as it was made, and comes once. Where series lie in memory is not the order in which they are read
//! together; a record is much smaller than its cells, so it is records that are put in order.

use super::record::RecordEncoder;
use super::writer::check_cells;
use crate::Error;

/// All cells of one series, as a segment holds them.
#[derive(Clone, Copy)]
pub(crate) struct StagedRecord<'a> {
    pub(crate) series: u32,
    pub(crate) first_slot: u32,
    pub(crate) last_slot: u32,
    pub(crate) cells: u64,
    pub(super) bytes: &'a [u8],
}

struct Place {
    key: u32,
    series: u32,
    first_slot: u32,
    last_slot: u32,
    cells: u32,
    length: u32,
    start: usize,
}

/// Records that wait; their memory is kept.
#[derive(Default)]
pub(crate) struct StagedRecords {
    encoder: RecordEncoder,
    bytes: Vec<u8>,
    places: Vec<Place>,
}

impl StagedRecords {
    /// Makes the record of `series`, to be written by `key`, then by series. Cells are as `SegmentWriter::push` takes
    /// them.
    pub(crate) fn push(&mut self, key: u32, series: u32, slots: &[u32], values: &[f64]) -> Result<(), Error> {
        let (Some(&first_slot), Some(&last_slot)) = (slots.first(), slots.last()) else { return Ok(()) };
        check_cells(slots, values).map_err(|fault| Error::Caller(format!("series {series}: {fault}")))?;
        let start = self.bytes.len();
        self.encoder.write(slots, values, &mut self.bytes);
        // Slots of 32 bits that ascend are no more than that, and a cell takes no more than a few bytes.
        let (cells, length) = (slots.len() as u32, (self.bytes.len() - start) as u32);
        self.places.push(Place { key, series, first_slot, last_slot, cells, length, start });
        Ok(())
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Hands every record to `write`, in their order, and forgets them.
    pub(crate) fn drain(
        &mut self,
        mut write: impl FnMut(StagedRecord<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.places.sort_unstable_by_key(|place| (place.key, place.series));
        for place in &self.places {
            write(StagedRecord {
                series: place.series,
                first_slot: place.first_slot,
                last_slot: place.last_slot,
                cells: place.cells.into(),
                bytes: &self.bytes[place.start..place.start + place.length as usize],
            })?;
        }
        self.places.clear();
        self.bytes.clear();
        Ok(())
    }
}
