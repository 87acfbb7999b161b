//! Owns the frozen tree of names: a static breadth-first trie over interned labels, read straight from its bytes.
//!
//! Invariant: the bytes were checked in full when the tree was opened, so every number read later is in bounds and
//! every child's number exceeds its parent's. The layout is described in `docs/format-names.md`. Who wrote the bytes,
//! and whether they still fit the registry, is not known here.

use super::view::{Section, View};
use crate::disk::Mapped;

/// First bytes of the file: kind and layout version.
pub(super) const MAGIC: [u8; 8] = *b"PlTree01";
/// Bytes before the first section.
pub(super) const HEADER_BYTES: usize = 40;
/// Bytes of the checksum behind the last section.
pub(super) const FOOTER_BYTES: usize = 4;

/// Why bytes are not a tree: offset, what is expected there, what was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) offset: u64,
    pub(super) expected: &'static str,
    pub(super) found: String,
}

fn malformed<T>(offset: usize, expected: &'static str, found: impl ToString) -> Result<T, Malformed> {
    Err(Malformed { offset: offset as u64, expected, found: found.to_string() })
}

/// A run of little-endian u32 inside the bytes.
#[derive(Clone, Copy)]
struct Numbers {
    at: usize,
    count: usize,
}

impl Numbers {
    fn section(self, bytes: &[u8]) -> Section<'_> {
        bytes.get(self.at..self.at + self.count * 4).unwrap_or_default().as_chunks::<4>().0
    }

    fn get(self, bytes: &[u8], index: usize) -> u32 {
        self.section(bytes).get(index).map_or(0, |number| u32::from_le_bytes(*number))
    }

    fn all(self, bytes: &[u8]) -> impl Iterator<Item = u32> {
        self.section(bytes).iter().map(|number| u32::from_le_bytes(*number))
    }
}

/// A checked tree.
#[derive(Clone)]
pub(super) struct Frozen {
    bytes: Mapped,
    id_end: u32,
    digest: u64,
    branch_labels: Numbers,
    first_branches: Numbers,
    first_leaves: Numbers,
    leaf_labels: Numbers,
    leaf_ids: Numbers,
    label_starts: Numbers,
    text_at: usize,
}

impl Frozen {
    /// Checks all of `bytes`: sizes, checksum, and every number's bounds.
    pub(super) fn open(bytes: Mapped) -> Result<Self, Malformed> {
        let (header, crc_at) = check_frame(&bytes)?;
        let branch_count = header.branch_count as usize;
        let leaf_count = header.leaf_count as usize;
        let mut at = HEADER_BYTES;
        let mut section = |count: usize| {
            let numbers = Numbers { at, count };
            at += count * 4;
            numbers
        };
        let tree = Self {
            id_end: header.id_end,
            digest: header.digest,
            branch_labels: section(branch_count),
            first_branches: section(branch_count + 1),
            first_leaves: section(branch_count + 1),
            leaf_labels: section(leaf_count),
            leaf_ids: section(leaf_count),
            label_starts: section(header.label_count as usize + 1),
            text_at: at,
            bytes,
        };
        tree.check_numbers(crc_at - at)?;
        Ok(tree)
    }

    fn check_numbers(&self, text_bytes: usize) -> Result<(), Malformed> {
        let branch_count = self.branch_labels.count as u32;
        let leaf_count = self.leaf_labels.count as u32;
        let label_count = self.label_starts.count as u32 - 1;
        self.check_rising(self.first_branches, 1, branch_count)?;
        self.check_rising(self.first_leaves, 0, leaf_count)?;
        self.check_rising(self.label_starts, 0, text_bytes as u32)?;
        // Children after their parents: no walk can run in a circle.
        let mut firsts = self.first_branches.all(&self.bytes).take(branch_count as usize).enumerate();
        if let Some((node, first)) = firsts.find(|&(node, first)| first as usize <= node) {
            return malformed(self.first_branches.at + node * 4, "a child behind its parent", first);
        }
        self.check_below(self.branch_labels, label_count.max(1))?;
        self.check_below(self.leaf_labels, label_count)?;
        self.check_below(self.leaf_ids, self.id_end)?;
        let text = &self.bytes[self.text_at..self.text_at + text_bytes];
        match std::str::from_utf8(text) {
            Ok(text) => {
                let starts = self.label_starts.all(&self.bytes);
                match starts.map(|start| start as usize).find(|&start| !text.is_char_boundary(start)) {
                    Some(start) => {
                        malformed(self.text_at + start, "a label's first byte", "the midst of a character")
                    }
                    None => Ok(()),
                }
            }
            Err(error) => malformed(self.text_at + error.valid_up_to(), "UTF-8", "other bytes"),
        }
    }

    /// From `first` to `last`, never falling.
    fn check_rising(&self, numbers: Numbers, first: u32, last: u32) -> Result<(), Malformed> {
        let mut previous = first;
        for (index, number) in numbers.all(&self.bytes).enumerate() {
            if number < previous || number > last || (index == 0 && number != first) {
                return malformed(numbers.at + index * 4, "a number that does not fall", number);
            }
            previous = number;
        }
        match previous == last {
            true => Ok(()),
            false => malformed(numbers.at + numbers.count * 4, "all children", previous),
        }
    }

    fn check_below(&self, numbers: Numbers, end: u32) -> Result<(), Malformed> {
        let mut all = numbers.all(&self.bytes).enumerate();
        match all.find(|&(_, number)| number >= end) {
            Some((index, number)) => malformed(numbers.at + index * 4, "a number in bounds", number),
            None => Ok(()),
        }
    }

    /// The tree's bytes, as they stand in a file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Every id in the tree is below.
    pub(super) fn id_end(&self) -> u32 {
        self.id_end
    }

    /// The sum over all leaves that `digest` computes.
    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    pub(super) fn leaf_count(&self) -> usize {
        self.leaf_ids.count
    }

    /// The tree, to be asked.
    pub(super) fn view(&self) -> View<'_> {
        let bytes: &[u8] = &self.bytes;
        View {
            branch_labels: self.branch_labels.section(bytes),
            first_branches: self.first_branches.section(bytes),
            first_leaves: self.first_leaves.section(bytes),
            leaf_labels: self.leaf_labels.section(bytes),
            leaf_ids: self.leaf_ids.section(bytes),
            label_starts: self.label_starts.section(bytes),
            text: bytes.get(self.text_at..bytes.len() - FOOTER_BYTES).unwrap_or_default(),
        }
    }
}

/// The fixed part at the start of a tree's bytes.
pub(super) struct Header {
    pub(super) id_end: u32,
    pub(super) branch_count: u32,
    pub(super) leaf_count: u32,
    pub(super) label_count: u32,
    pub(super) text_bytes: u32,
    pub(super) digest: u64,
}

impl Header {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        for number in [self.id_end, self.branch_count, self.leaf_count, self.label_count, self.text_bytes, 0]
        {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.digest.to_le_bytes());
    }

    fn decode(bytes: &[u8; HEADER_BYTES]) -> Self {
        let number = |index| Numbers { at: MAGIC.len(), count: 6 }.get(bytes, index);
        let digest = bytes.last_chunk().map_or(0, |digest| u64::from_le_bytes(*digest));
        Self {
            id_end: number(0),
            branch_count: number(1),
            leaf_count: number(2),
            label_count: number(3),
            text_bytes: number(4),
            digest,
        }
    }

    /// Bytes of a whole file with these counts.
    pub(super) fn file_bytes(&self) -> u64 {
        let numbers = 3 * u64::from(self.branch_count)
            + 2 * u64::from(self.leaf_count)
            + u64::from(self.label_count)
            + 3;
        (HEADER_BYTES + FOOTER_BYTES) as u64 + numbers * 4 + u64::from(self.text_bytes)
    }
}

/// Checks magic, sizes and checksum; returns the header and where the checksum stands.
fn check_frame(bytes: &[u8]) -> Result<(Header, usize), Malformed> {
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        return malformed(bytes.len(), "a header of 40 bytes", "the end of the file");
    };
    if !header.starts_with(&MAGIC) {
        return malformed(0, "PlTree01", String::from_utf8_lossy(&header[..MAGIC.len()]));
    }
    let header = Header::decode(header);
    if header.file_bytes() != bytes.len() as u64 || header.branch_count == 0 {
        return malformed(MAGIC.len(), "counts that make up the file's size", bytes.len());
    }
    let crc_at = bytes.len() - FOOTER_BYTES;
    let stored = Numbers { at: crc_at, count: 1 }.get(bytes, 0);
    let computed = crc32fast::hash(&bytes[..crc_at]);
    match stored == computed {
        true => Ok((header, crc_at)),
        false => malformed(crc_at, "the checksum of the bytes before", format!("{stored:08x}")),
    }
}
