//! Owns the last bytes of a segment: where its sections lie, what it holds in all, and their checksums.
//!
//! Invariant: the sections fill the file without a gap, in the order header, data, checksums, directory, footer. The
//! footer's checksum covers, through the others, every byte of the file.

use super::CHUNK_BYTES;
use super::header::{HEADER_BYTES, u32_at, u64_at};
use crate::Error;

/// What a finished segment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSummary {
    /// Path inside the data directory.
    pub path: String,
    /// Length of the file.
    pub bytes: u64,
    /// Series with at least one cell.
    pub series_count: u32,
    /// Cells of all series.
    pub cell_count: u64,
    /// Lowest slot with a cell; 0 when there is none.
    pub first_slot: u32,
    /// Highest slot with a cell; 0 when there is none.
    pub last_slot: u32,
    /// The footer's checksum, which covers those of all other sections: two files with the same one are the same.
    pub crc: u32,
}

/// Length of the footer in bytes.
pub(super) const FOOTER_BYTES: usize = 52;
const END_MAGIC: [u8; 4] = *b"PlSe";

/// The footer, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Footer {
    pub(super) data_bytes: u32,
    pub(super) directory_bytes: u32,
    pub(super) series_count: u32,
    pub(super) cell_count: u64,
    pub(super) first_slot: u32,
    pub(super) last_slot: u32,
    pub(super) header_crc: u32,
    pub(super) checksums_crc: u32,
    pub(super) directory_crc: u32,
}

impl Footer {
    pub(super) fn to_bytes(self) -> [u8; FOOTER_BYTES] {
        let mut bytes = [0; FOOTER_BYTES];
        let words = [
            self.data_bytes,
            self.directory_bytes,
            self.series_count,
            self.first_slot,
            self.last_slot,
            self.header_crc,
            self.checksums_crc,
            self.directory_crc,
        ];
        bytes[..8].copy_from_slice(&self.cell_count.to_le_bytes());
        for (place, word) in bytes[8..40].chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        // Four bytes in reserve, zero.
        let crc = crc32fast::hash(&bytes[..44]);
        bytes[44..48].copy_from_slice(&crc.to_le_bytes());
        bytes[48..].copy_from_slice(&END_MAGIC);
        bytes
    }

    /// Reads the footer of the segment `bytes`, which stands at `path`, and checks that its sections fill the file.
    pub(super) fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, Error> {
        let at = bytes.len().saturating_sub(FOOTER_BYTES);
        let footer = &bytes[at..];
        if footer.len() < FOOTER_BYTES || footer[48..] != END_MAGIC {
            let found = format!("a file of {} bytes that ends otherwise", bytes.len());
            return Err(Error::corrupt(path, at as u64, "the footer of a segment", found));
        }
        let (crc, stored) = (crc32fast::hash(&footer[..44]), u32_at(footer, 44));
        if crc != stored {
            let found = format!("{crc:08x}");
            return Err(Error::corrupt(path, at as u64, format!("a footer of crc32 {stored:08x}"), found));
        }
        let footer = Self {
            cell_count: u64_at(footer, 0),
            data_bytes: u32_at(footer, 8),
            directory_bytes: u32_at(footer, 12),
            series_count: u32_at(footer, 16),
            first_slot: u32_at(footer, 20),
            last_slot: u32_at(footer, 24),
            header_crc: u32_at(footer, 28),
            checksums_crc: u32_at(footer, 32),
            directory_crc: u32_at(footer, 36),
        };
        if footer.end() != at as u64 {
            let expected = format!("a footer at byte {}, where the directory ends", footer.end());
            return Err(Error::corrupt(path, at as u64, expected, "one here"));
        }
        Ok(footer)
    }

    /// Where the checksums of the data begin.
    pub(super) fn checksums_at(&self) -> u64 {
        HEADER_BYTES as u64 + u64::from(self.data_bytes)
    }

    /// Where the directory begins.
    pub(super) fn directory_at(&self) -> u64 {
        self.checksums_at() + 4 * u64::from(self.data_bytes).div_ceil(CHUNK_BYTES as u64)
    }

    /// Where the footer begins.
    pub(super) fn end(&self) -> u64 {
        self.directory_at() + u64::from(self.directory_bytes)
    }

    pub(super) fn summary(&self, path: &str) -> SegmentSummary {
        SegmentSummary {
            path: path.to_owned(),
            bytes: self.end() + FOOTER_BYTES as u64,
            series_count: self.series_count,
            cell_count: self.cell_count,
            first_slot: self.first_slot,
            last_slot: self.last_slot,
            crc: u32_at(&self.to_bytes(), 44),
        }
    }
}
