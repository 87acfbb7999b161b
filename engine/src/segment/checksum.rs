//! Owns the checksums of the data: one for each 64 KiB, compared at the first read that touches it.
//!
//! Invariant: a chunk whose bit is set has been brought into memory, or found undamaged, since the file was opened. Two
//! readers may do either at once; both come to the same answer.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::CHUNK_BYTES;
use super::header::{HEADER_BYTES, u32_at};
use crate::Error;

/// Computes the checksums while the data is written.
#[derive(Default)]
pub(super) struct ChecksumWriter {
    hasher: crc32fast::Hasher,
    filled: usize,
    checksums: Vec<u8>,
}

impl ChecksumWriter {
    /// Takes in the next piece of data.
    pub(super) fn update(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            let (now, later) = data.split_at(data.len().min(CHUNK_BYTES - self.filled));
            self.hasher.update(now);
            self.filled += now.len();
            if self.filled == CHUNK_BYTES {
                self.end_chunk();
            }
            data = later;
        }
    }

    fn end_chunk(&mut self) {
        let crc = std::mem::take(&mut self.hasher).finalize();
        self.checksums.extend_from_slice(&crc.to_le_bytes());
        self.filled = 0;
    }

    /// The section of the file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.end_chunk();
        }
        self.checksums
    }
}

/// Chunks for which something has been done once.
pub(super) struct Done(Vec<AtomicU64>);

impl Done {
    /// For none of `chunks`.
    pub(super) fn new(chunks: usize) -> Self {
        Self((0..chunks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    /// Does `work` for each chunk that `range` of the data touches and for which it has not been done.
    #[inline]
    pub(super) fn ensure(
        &self,
        range: Range<usize>,
        data_bytes: usize,
        work: impl Fn(usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let end = range.end.max(range.start.saturating_add(1)).min(data_bytes).div_ceil(CHUNK_BYTES);
        for chunk in range.start / CHUNK_BYTES..end {
            let Some(word) = self.0.get(chunk / 64) else { break };
            let bit = 1_u64 << (chunk % 64);
            if word.load(Ordering::Relaxed) & bit == 0 {
                work(chunk)?;
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

/// Compares one chunk with its checksum.
pub(super) fn compare(chunk: usize, data: &[u8], checksums: &[u8], path: &str) -> Result<(), Error> {
    let start = chunk * CHUNK_BYTES;
    let bytes = data.get(start..).unwrap_or_default();
    let crc = crc32fast::hash(&bytes[..bytes.len().min(CHUNK_BYTES)]);
    let stored = u32_at(checksums, 4 * chunk);
    if crc == stored {
        return Ok(());
    }
    let offset = (HEADER_BYTES + start) as u64;
    Err(Error::corrupt(path, offset, format!("64 KiB of crc32 {stored:08x}"), format!("{crc:08x}")))
}
