//! Owns the bytes of a frozen tree of names: names with equal labels below equal branches share one *shape*.
//!
//! Invariant: the bytes were checked in full when the tree was opened, so every number read later is in bounds, every
//! shape is made of earlier ones, and its names' places run from 0 without a gap. The layout is described in
//! `docs/format-names.md`. Who wrote the bytes, and whether they still fit the registry, is not known here.

use super::check;
use super::view::{BRANCH_BYTES, LEAF_BYTES, SHAPE_BYTES, View};
use crate::disk::Mapped;

/// First bytes of the file: kind and layout version.
pub(super) const MAGIC: [u8; 8] = *b"PlTree02";
/// Bytes before the first section.
pub(super) const HEADER_BYTES: usize = 48;
/// Bytes of the checksum behind the last section.
pub(super) const FOOTER_BYTES: usize = 4;

/// Why bytes are not a tree: offset, what is expected there, what was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) offset: u64,
    pub(super) expected: &'static str,
    pub(super) found: String,
}

pub(super) fn malformed<T>(
    offset: usize,
    expected: &'static str,
    found: impl ToString,
) -> Result<T, Malformed> {
    Err(Malformed { offset: offset as u64, expected, found: found.to_string() })
}

/// A checked tree.
#[derive(Clone)]
pub(super) struct Frozen {
    bytes: Mapped,
    header: Header,
}

impl Frozen {
    /// Checks all of `bytes`: sizes, checksum, and every number's bounds.
    pub(super) fn open(bytes: Mapped) -> Result<Self, Malformed> {
        let header = check_frame(&bytes)?;
        let tree = Self { bytes, header };
        check::check(&tree)?;
        Ok(tree)
    }

    /// The tree's bytes, as they stand in a file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Every id in the tree is below.
    pub(super) fn id_end(&self) -> u32 {
        self.header.id_end
    }

    /// The sum over all names that `digest` computes.
    pub(super) fn digest(&self) -> u64 {
        self.header.digest
    }

    pub(super) fn name_count(&self) -> usize {
        self.header.name_count as usize
    }

    /// The tree, to be asked.
    pub(super) fn view(&self) -> View<'_> {
        let starts = self.header.section_starts();
        let [shapes, branches, leaves, ids, label_starts, text, end] =
            starts.map(|start| usize::try_from(start).unwrap_or(usize::MAX));
        let section = |from: usize, to: usize| self.bytes.get(from..to).unwrap_or_default();
        View {
            shapes: section(shapes, branches).as_chunks().0,
            branches: section(branches, leaves).as_chunks().0,
            leaves: section(leaves, ids).as_chunks().0,
            ids: section(ids, label_starts).as_chunks().0,
            label_starts: section(label_starts, text).as_chunks().0,
            text: section(text, end),
        }
    }
}

/// The fixed part at the start of a tree's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id_end: u32,
    pub(super) shape_count: u32,
    pub(super) branch_count: u32,
    pub(super) leaf_count: u32,
    pub(super) name_count: u32,
    pub(super) label_count: u32,
    pub(super) text_bytes: u32,
    pub(super) digest: u64,
}

impl Header {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        for number in [
            self.id_end,
            self.shape_count,
            self.branch_count,
            self.leaf_count,
            self.name_count,
            self.label_count,
            self.text_bytes,
            0,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.digest.to_le_bytes());
    }

    fn decode(bytes: &[u8; HEADER_BYTES]) -> Self {
        let numbers = bytes[MAGIC.len()..].as_chunks::<4>().0;
        let number = |index: usize| numbers.get(index).map_or(0, |number| u32::from_le_bytes(*number));
        Self {
            id_end: number(0),
            shape_count: number(1),
            branch_count: number(2),
            leaf_count: number(3),
            name_count: number(4),
            label_count: number(5),
            text_bytes: number(6),
            digest: bytes.last_chunk().map_or(0, |digest| u64::from_le_bytes(*digest)),
        }
    }

    /// Offsets of shapes, branches, leaves, ids, label starts and text, and of the checksum behind them.
    pub(super) fn section_starts(&self) -> [u64; 7] {
        let sizes = [
            (u64::from(self.shape_count) + 1) * SHAPE_BYTES as u64,
            u64::from(self.branch_count) * BRANCH_BYTES as u64,
            u64::from(self.leaf_count) * LEAF_BYTES as u64,
            u64::from(self.name_count) * 4,
            (u64::from(self.label_count) + 1) * 4,
            u64::from(self.text_bytes),
        ];
        let mut starts = [HEADER_BYTES as u64; 7];
        for (index, size) in sizes.into_iter().enumerate() {
            starts[index + 1] = starts[index] + size;
        }
        starts
    }

    /// Bytes of a whole file with these counts.
    pub(super) fn file_bytes(&self) -> u64 {
        self.section_starts()[6] + FOOTER_BYTES as u64
    }
}

/// Checks magic, sizes and checksum.
fn check_frame(bytes: &[u8]) -> Result<Header, Malformed> {
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        return malformed(bytes.len(), "a header of 48 bytes", "the end of the file");
    };
    if !header.starts_with(&MAGIC) {
        return malformed(0, "PlTree02", String::from_utf8_lossy(&header[..MAGIC.len()]));
    }
    let header = Header::decode(header);
    if header.file_bytes() != bytes.len() as u64 || header.shape_count == 0 {
        return malformed(MAGIC.len(), "counts that make up the file's size", bytes.len());
    }
    let Some((covered, stored)) = bytes.split_last_chunk::<FOOTER_BYTES>() else {
        return malformed(bytes.len(), "a checksum", "the end of the file");
    };
    match u32::from_le_bytes(*stored) == crc32fast::hash(covered) {
        true => Ok(header),
        false => malformed(covered.len(), "the checksum of the bytes before", format!("{stored:02x?}")),
    }
}
