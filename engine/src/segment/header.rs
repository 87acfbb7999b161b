//! Owns the first bytes of a segment: what it is, which step and which range of time it covers.

use crate::Error;

/// What a segment holds, fixed when it is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Seconds a slot covers.
    pub step_secs: u32,
    /// Seconds since the epoch at which slot 0 begins.
    pub partition_start: i64,
    /// Slots in the partition; every cell's slot is below.
    pub partition_slots: u32,
    /// For the caller to use; kept as it is.
    pub flags: u8,
    /// For the caller to use; kept as it is.
    pub born_day: u32,
    /// For the caller to use, where a bigger one means newer; kept as it is.
    pub sequence: u64,
}

/// The first bytes of every segment.
const MAGIC: [u8; 8] = *b"PlumbSeg";
/// The layout that this code writes and reads.
const VERSION: u8 = 1;

/// Length of the header in bytes: the data begins behind it.
pub(super) const HEADER_BYTES: usize = 42;

impl SegmentHeader {
    pub(super) fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8] = VERSION;
        bytes[9] = self.flags;
        bytes[10..14].copy_from_slice(&self.step_secs.to_le_bytes());
        bytes[14..18].copy_from_slice(&self.partition_slots.to_le_bytes());
        bytes[18..26].copy_from_slice(&self.partition_start.to_le_bytes());
        bytes[26..34].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[34..38].copy_from_slice(&self.born_day.to_le_bytes());
        let crc = crc32fast::hash(&bytes[..38]);
        bytes[38..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the header of the segment `bytes`, which stands at `path`.
    pub(super) fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, Error> {
        let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
            let found = format!("a file of {} bytes", bytes.len());
            return Err(Error::corrupt(path, 0, "the header of a segment", found));
        };
        if header[..8] != MAGIC {
            let found = format!("{:02x?}", &header[..8]);
            return Err(Error::corrupt(path, 0, "the magic number of a segment", found));
        }
        // The checksum comes first: it tells another version, which must be left alone, from a damaged one.
        let crc = crc32fast::hash(&header[..38]);
        let stored = u32_at(header, 38);
        if crc != stored {
            let found = format!("{crc:08x}");
            return Err(Error::corrupt(path, 0, format!("a header of crc32 {stored:08x}"), found));
        }
        if header[8] != VERSION {
            let (expected, found) = (u64::from(VERSION), u64::from(header[8]));
            return Err(Error::Version { path: path.to_owned(), offset: 8, expected, found });
        }
        Ok(Self {
            step_secs: u32_at(header, 10),
            partition_slots: u32_at(header, 14),
            partition_start: u64_at(header, 18).cast_signed(),
            flags: header[9],
            born_day: u32_at(header, 34),
            sequence: u64_at(header, 26),
        })
    }
}

/// The little-endian integer at `at`; missing bytes are zeros.
#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// The little-endian integer at `at`; missing bytes are zeros.
#[inline]
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
