//! Owns reading a segment: opening it with every check that is cheap, finding series, decoding what a range touches.
//!
//! Invariant: no read leaves the mapped bytes, whatever they are, nor touches bytes that have not been brought into
//! memory; values are handed out only once the checksums of the bytes that they came from have been compared.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::CHUNK_BYTES;
use super::block::{BlockScratch, Places, read_block_into};
use super::checksum::{Done, compare};
use super::directory::Directory;
use super::footer::FOOTER_BYTES;
use super::footer::{Footer, SegmentSummary};
use super::header::{HEADER_BYTES, SegmentHeader};
use super::record::{BlockEntries, BlockEntry};
use crate::Error;
use crate::codec::{CodecError, Reader};
use crate::disk::Mapped;
use crate::prefetch::prefetch;

/// What a processor brings from memory at once.
const CACHE_LINE_BYTES: usize = 64;

/// The part of a record that is asked for before it is read: about what ten minutes of a series take.
const EXPECTED_LINES: usize = 2;

/// An immutable file of cells, open for reading from any number of threads.
pub struct Segment {
    map: Mapped,
    path: Arc<str>,
    header: SegmentHeader,
    pub(super) footer: Footer,
    pub(super) directory: Directory,
    /// Which chunks of the data are in memory, and which agree with their checksums.
    brought: Done,
    compared: Done,
}

impl Segment {
    /// Opens the segment mapped at `map`, known as `path` in errors.
    ///
    /// # Errors
    /// `Error::Corrupt` when header, footer, directory or checksums are damaged, `Error::Version` when the version is
    /// another, `Error::Io` when they cannot be read. Damage in the data shows when it is read, or by `verify`.
    pub fn open(map: Mapped, path: &str) -> Result<Self, Error> {
        let bring = |range: Range<usize>| map.bring(range).map_err(|error| Error::io(path, "read", error));
        bring(0..HEADER_BYTES)?;
        bring(map.len().saturating_sub(FOOTER_BYTES)..map.len())?;
        let header = SegmentHeader::from_bytes(&map, path)?;
        let footer = Footer::from_bytes(&map, path)?;
        let checksums_at = footer.checksums_at() as usize;
        let directory_at = footer.directory_at() as usize;
        let sections = [
            ("header", 0..HEADER_BYTES, footer.header_crc),
            ("checksums", checksums_at..directory_at, footer.checksums_crc),
            ("directory", directory_at..footer.end() as usize, footer.directory_crc),
        ];
        for (name, range, stored) in sections {
            let start = range.start as u64;
            bring(range.clone())?;
            let crc = crc32fast::hash(map.get(range).unwrap_or_default());
            if crc != stored {
                let expected = format!("{name} of crc32 {stored:08x}");
                return Err(Error::corrupt(path, start, expected, format!("{crc:08x}")));
            }
        }
        let section = map.get(directory_at..footer.end() as usize).unwrap_or_default();
        let Some(directory) = Directory::from_bytes(section, footer.series_count) else {
            let expected = format!("a directory of {} series", footer.series_count);
            let found = format!("{} bytes of another layout", section.len());
            return Err(Error::corrupt(path, directory_at as u64, expected, found));
        };
        let chunks = (directory_at - checksums_at) / 4;
        let (brought, compared) = (Done::new(chunks), Done::new(chunks));
        Ok(Self { map, path: path.into(), header, footer, directory, brought, compared })
    }

    /// What the segment was created with.
    pub fn header(&self) -> SegmentHeader {
        self.header
    }

    /// What it holds, as the writer returned it.
    pub fn summary(&self) -> SegmentSummary {
        self.footer.summary(&self.path)
    }

    /// Path inside the data directory.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether `series` has any cells here.
    pub fn contains(&self, series: u32) -> bool {
        self.directory.find(self.directory_section(), series).is_some()
    }

    /// The highest number of a series with cells here.
    pub(crate) fn last_id(&self) -> Option<u32> {
        self.directory.last_id(self.directory_section())
    }

    /// Every series with cells here, ascending.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.directory.ids(self.directory_section())
    }

    /// Every series with cells here, in the order in which they were written. Takes twelve bytes a series while it
    /// runs.
    pub fn series_in_file_order(&self) -> impl Iterator<Item = u32> + use<> {
        self.places().into_iter().map(|(_, series)| series)
    }

    /// Place and id of every series, by place.
    pub(super) fn places(&self) -> Vec<(u32, u32)> {
        let entries = self.directory.iter(self.directory_section());
        let mut places: Vec<(u32, u32)> = entries.map(|(series, place)| (place, series)).collect();
        places.sort_unstable();
        places
    }

    /// Writes the cells of `series` in the slots from `first_slot` on into `out`, one place a slot, leaving places
    /// without a cell as they are; returns whether there is any cell. After an error `out` holds anything.
    ///
    /// # Errors
    /// `Error::Corrupt` when the bytes it needs are damaged.
    pub fn read_into(&self, series: u32, first_slot: u32, out: &mut [f64]) -> Result<bool, Error> {
        self.read_places(series, Places { first: first_slot, values: out, marks: None })
    }

    /// As [`Segment::read_into`], and raises the flag in `marks`, which is as long as `out`, of each slot with a cell.
    ///
    /// # Errors
    /// As for [`Segment::read_into`].
    pub(crate) fn read_marking(
        &self,
        series: u32,
        first_slot: u32,
        out: &mut [f64],
        marks: &mut [bool],
    ) -> Result<bool, Error> {
        self.read_places(series, Places { first: first_slot, values: out, marks: Some(marks) })
    }

    fn read_places(&self, series: u32, mut places: Places<'_>) -> Result<bool, Error> {
        let Some(place) = self.directory.find(self.directory_section(), series) else { return Ok(false) };
        let first_slot = u64::from(places.first);
        let end_slot = first_slot + places.values.len() as u64;
        let mut scratch = None;
        let mut any = false;
        self.each_block(place, first_slot..end_slot, |reader, first, slot_end| {
            any |= read_block_into(reader, first, slot_end, &mut places, &mut scratch)?;
            Ok(())
        })?;
        Ok(any)
    }

    /// Hints that `series` will be read soon.
    #[inline]
    pub(crate) fn expect(&self, series: u32) {
        let Some(place) = self.directory.find(self.directory_section(), series) else { return };
        let record = self.data().get(place as usize..).unwrap_or_default();
        record.iter().step_by(CACHE_LINE_BYTES).take(EXPECTED_LINES).for_each(prefetch);
    }

    /// Appends all cells of `series`, ascending by slot; none when it has none here.
    ///
    /// # Errors
    /// `Error::Corrupt` when the bytes it needs are damaged; some cells may have been appended.
    pub fn cells(&self, series: u32, slots: &mut Vec<u32>, values: &mut Vec<f64>) -> Result<(), Error> {
        match self.directory.find(self.directory_section(), series) {
            Some(place) => self.cells_at(place, slots, values).map(|_end| ()),
            None => Ok(()),
        }
    }

    /// Appends all cells of the record at `place` and returns where it ends.
    pub(super) fn cells_at(
        &self,
        place: u32,
        slots: &mut Vec<u32>,
        values: &mut Vec<f64>,
    ) -> Result<usize, Error> {
        let mut scratch = BlockScratch::new();
        self.each_block(place, 0..u64::MAX, |reader, first, slot_end| {
            let (block_slots, block_values) = scratch.read(reader, first, slot_end)?;
            slots.extend_from_slice(block_slots);
            values.extend_from_slice(block_values);
            Ok(())
        })
    }

    /// Calls `read` for each block of the record at `place` that may have cells in `range`, with the block's first
    /// slot and the slot that its cells lie below; returns where the last block read ends. A block's checksum is
    /// compared after `read`, which tells how far the block reaches, and which therefore meets any bytes.
    fn each_block(
        &self,
        place: u32,
        range: Range<u64>,
        mut read: impl FnMut(&mut Reader<'_>, u32, u32) -> Result<(), CodecError>,
    ) -> Result<usize, Error> {
        let start = place as usize;
        let slots = self.header.partition_slots;
        let explain = |error| self.explain(start, error);
        let mut entries = BlockEntries::new(self.reader(start)?, slots);
        let mut entry = entries.next().map_err(explain)?;
        if let Some(BlockEntry { first_slot, length: None, .. }) = entry {
            // Most records have one block. Its bytes follow, well within the reach of the list's reader.
            let mut reader = entries.reader;
            if u64::from(first_slot) < range.end && range.start < u64::from(slots) {
                read(&mut reader, first_slot, slots).map_err(explain)?;
            }
            // List and block at once: also where the list said that the block is not wanted, it must be sound.
            self.ensure(start..reader.at())?;
            return Ok(reader.at());
        }
        // Blocks lie behind the list: run through it once to know where that is.
        let mut ahead = BlockEntries::new(self.reader(start)?, slots);
        while ahead.next().map_err(explain)?.is_some() {}
        let blocks_at = ahead.reader.at();
        // A damaged list could make a block look out of range: it must be known to be sound before it is believed.
        self.ensure(start..blocks_at)?;
        let mut end = blocks_at;
        while let Some(block) = entry {
            let next = entries.next().map_err(explain)?;
            let slot_end = next.map_or(slots, |next| next.first_slot);
            if u64::from(block.first_slot) < range.end && u64::from(slot_end) > range.start {
                let at = usize::try_from(block.distance).unwrap_or(usize::MAX).saturating_add(blocks_at);
                let mut reader = self.reader(at)?;
                read(&mut reader, block.first_slot, slot_end).map_err(explain)?;
                end = reader.at();
                self.ensure(at..end)?;
                if block.length.is_some_and(|length| length != (end - at) as u64) {
                    let expected = format!("a block of {} bytes", block.length.unwrap_or(0));
                    let found = format!("{}", end - at);
                    return Err(Error::corrupt(&*self.path, (HEADER_BYTES + at) as u64, expected, found));
                }
            }
            entry = next;
        }
        Ok(end)
    }

    /// What is behind a fault met while reading the record at `start`: damage, if a checksum says so.
    #[cold]
    fn explain(&self, start: usize, error: CodecError) -> Error {
        let behind = error.offset.saturating_add(16);
        match self.ensure(start..behind) {
            Err(damage) => damage,
            Ok(()) => {
                let offset = (HEADER_BYTES + error.offset) as u64;
                Error::corrupt(&*self.path, offset, error.expected, error.found)
            }
        }
    }

    /// Reads at `at`, but no further than a list of blocks or a block can reach: so far the bytes are in memory.
    fn reader(&self, at: usize) -> Result<Reader<'_>, Error> {
        // A list has at most 20 bytes for each 512 slots, a block far less than a chunk.
        let reach_bytes = CHUNK_BYTES.max(self.header.partition_slots as usize / 16);
        let data = self.data();
        let end = at.saturating_add(reach_bytes).min(data.len());
        self.bring(at.min(end)..end, data.len())?;
        Ok(Reader::new(&data[..end], at))
    }

    fn bring(&self, range: Range<usize>, data_bytes: usize) -> Result<(), Error> {
        self.brought.ensure(range, data_bytes, |chunk| {
            let start = HEADER_BYTES + chunk * CHUNK_BYTES;
            let result = self.map.bring(start..start + CHUNK_BYTES);
            result.map_err(|error| {
                let source = io::Error::new(error.kind(), format!("{error}, from byte {start} on"));
                Error::io(&*self.path, "read", source)
            })
        })
    }

    /// Compares the checksums of what `range` of the data touches.
    fn ensure(&self, range: Range<usize>) -> Result<(), Error> {
        self.compared.ensure(range, self.data().len(), |chunk| self.compare(chunk))
    }

    /// Compares the checksums of all data.
    ///
    /// # Errors
    /// `Error::Corrupt` or `Error::Io` for the first piece that is not as it was written, or cannot be read.
    pub(crate) fn check_data(&self) -> Result<(), Error> {
        self.ensure(0..self.data().len())
    }

    /// Compares one chunk with its checksum.
    pub(super) fn compare(&self, chunk: usize) -> Result<(), Error> {
        let data = self.data();
        self.bring(chunk * CHUNK_BYTES..(chunk + 1) * CHUNK_BYTES, data.len())?;
        compare(chunk, data, self.checksums(), &self.path)
    }

    /// The records of all series.
    pub(super) fn data(&self) -> &[u8] {
        self.section(HEADER_BYTES as u64, self.footer.checksums_at())
    }

    fn checksums(&self) -> &[u8] {
        self.section(self.footer.checksums_at(), self.footer.directory_at())
    }

    pub(super) fn directory_section(&self) -> &[u8] {
        self.section(self.footer.directory_at(), self.footer.end())
    }

    fn section(&self, start: u64, end: u64) -> &[u8] {
        self.map.get(start as usize..end as usize).unwrap_or_default()
    }
}
