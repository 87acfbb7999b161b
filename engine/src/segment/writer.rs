//! Owns writing a segment: records as they come, then checksums, directory and footer.
//!
//! Invariant: at most a mebibyte of data waits in memory, besides eight bytes a series. A failed write latches: every
//! later call fails with the same error, and the file never gets a footer.

use std::sync::Arc;

use super::checksum::ChecksumWriter;
use super::directory::write_directory;
use super::footer::{Footer, SegmentSummary};
use super::header::{HEADER_BYTES, SegmentHeader};
use super::record::RecordEncoder;
use super::staged::StagedRecord;
use crate::Error;
use crate::disk::{Disk, DiskFile};

/// Data beyond this is written at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Writes one segment. Dropped before `finish`, it leaves a file that `Segment::open` refuses.
pub struct SegmentWriter {
    file: Arc<dyn DiskFile>,
    path: String,
    header: SegmentHeader,
    header_crc: u32,
    buffer: Vec<u8>,
    records: RecordEncoder,
    checksums: ChecksumWriter,
    /// Id and place of each series, in the order of the file.
    series: Vec<(u32, u32)>,
    data_bytes: u64,
    cell_count: u64,
    first_slot: u32,
    last_slot: u32,
    failure: Option<Error>,
}

impl SegmentWriter {
    /// Creates the file `path`, replacing an older one.
    ///
    /// # Errors
    /// `Error::DiskFull` or `Error::Io` when the file cannot be created or written.
    pub fn create(disk: &dyn Disk, path: &str, header: SegmentHeader) -> Result<Self, Error> {
        let file = disk.create(path).map_err(|error| Error::io_or_full(path, "create", error))?;
        let bytes = header.to_bytes();
        file.append(&bytes).map_err(|error| Error::io_or_full(path, "write", error))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            header,
            header_crc: crc32fast::hash(&bytes),
            buffer: Vec::new(),
            records: RecordEncoder::default(),
            checksums: ChecksumWriter::default(),
            series: Vec::new(),
            data_bytes: 0,
            cell_count: 0,
            first_slot: u32::MAX,
            last_slot: 0,
            failure: None,
        })
    }

    /// Appends the cells of `series`: as many values as slots, which ascend strictly below the partition's end. A
    /// series comes at most once; one without cells is left out.
    ///
    /// # Errors
    /// `Error::Caller` when the cells are not as described or the data would exceed 4 GiB; nothing is appended then.
    /// `Error::DiskFull` or `Error::Io` when the disk fails; the writer is of no use afterwards.
    pub fn push(&mut self, series: u32, slots: &[u32], values: &[f64]) -> Result<(), Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let (Some(&first_slot), Some(&last_slot)) = (slots.first(), slots.last()) else { return Ok(()) };
        check_cells(slots, values)
            .map_err(|fault| Error::Caller(format!("series {series} in {}: {fault}", self.path)))?;
        let start = self.buffer.len();
        self.records.write(slots, values, &mut self.buffer);
        let cells = slots.len() as u64;
        self.add(start, StagedRecord { series, first_slot, last_slot, cells, bytes: &[] })
    }

    /// Appends a record that was made before; otherwise as `push`.
    pub(crate) fn push_record(&mut self, record: StagedRecord<'_>) -> Result<(), Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let start = self.buffer.len();
        self.buffer.extend_from_slice(record.bytes);
        self.add(start, record)
    }

    /// Counts the record whose bytes stand in the buffer from `start` on, or takes them back.
    fn add(&mut self, start: usize, record: StagedRecord<'_>) -> Result<(), Error> {
        let place = self.data_bytes;
        let end = place + (self.buffer.len() - start) as u64;
        let (series, slot, slots_max) = (record.series, record.last_slot, self.header.partition_slots);
        let fault = match u32::try_from(place) {
            _ if slot >= slots_max => {
                format!("series {series} in {}: slot {slot} in a partition of {slots_max} slots", self.path)
            }
            Ok(place) if end <= u64::from(u32::MAX) => {
                self.data_bytes = end;
                self.series.push((series, place));
                self.cell_count += record.cells;
                self.first_slot = self.first_slot.min(record.first_slot);
                self.last_slot = self.last_slot.max(record.last_slot);
                return if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) };
            }
            _ => format!("{} is full: a segment has at most 4 GiB of data", self.path),
        };
        self.buffer.truncate(start);
        Err(Error::Caller(fault))
    }

    /// Bytes of data so far, whether written yet or not: directory and checksums come on top.
    pub fn data_bytes(&self) -> u64 {
        self.data_bytes
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.checksums.update(&self.buffer);
        let mut buffer = std::mem::take(&mut self.buffer);
        self.append(&buffer)?;
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.append(bytes).map_err(|error| {
            let failure = Error::io_or_full(&self.path, "write", error);
            self.failure = Some(failure.clone());
            failure
        })
    }

    /// Completes the file and makes its content durable; its name is the caller's to make durable.
    ///
    /// # Errors
    /// `Error::Caller` when a series came twice; `Error::DiskFull` or `Error::Io` when the disk fails or has failed
    /// before.
    pub fn finish(mut self) -> Result<SegmentSummary, Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.series.sort_unstable();
        if let Some(pair) = self.series.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::Caller(format!("series {} comes twice in {}", pair[0].0, self.path)));
        }
        self.flush()?;
        let checksums = std::mem::take(&mut self.checksums).finish();
        let directory = write_directory(&self.series);
        let footer = Footer {
            // `push` lets neither exceed 32 bits: a series takes at least four bytes of data.
            data_bytes: self.data_bytes as u32,
            directory_bytes: u32::try_from(directory.len()).map_err(|_| self.too_many())?,
            series_count: self.series.len() as u32,
            cell_count: self.cell_count,
            first_slot: if self.series.is_empty() { 0 } else { self.first_slot },
            last_slot: self.last_slot,
            header_crc: self.header_crc,
            checksums_crc: crc32fast::hash(&checksums),
            directory_crc: crc32fast::hash(&directory),
        };
        let mut end = checksums;
        end.extend_from_slice(&directory);
        end.extend_from_slice(&footer.to_bytes());
        self.append(&end)?;
        self.file.sync().map_err(|error| Error::io(&self.path, "sync", error))?;
        debug_assert_eq!(footer.checksums_at(), HEADER_BYTES as u64 + self.data_bytes);
        Ok(footer.summary(&self.path))
    }

    fn too_many(&self) -> Error {
        Error::Caller(format!("{} series are too many for {}", self.series.len(), self.path))
    }
}

/// What is wrong with the cells of a series, whatever the partition.
pub(super) fn check_cells(slots: &[u32], values: &[f64]) -> Result<(), String> {
    if slots.len() != values.len() {
        Err(format!("{} slots and {} values", slots.len(), values.len()))
    } else if !slots.is_sorted_by(|a, b| a < b) {
        Err("slots that do not ascend".to_owned())
    } else {
        Ok(())
    }
}
