//! Owns the making of a frozen tree from names in order.
//!
//! Invariant: the result passes `Frozen::open`; the same names and ids give the same bytes. Sorting the names, and
//! leaving out what is deleted, is the caller's part.

use std::collections::{HashMap, VecDeque};

use super::digest::digest_of;
use super::frozen::{Frozen, Header, Malformed};
use super::order::SEPARATOR;
use crate::Error;
use crate::disk::Mapped;

/// A full path and its series.
pub(super) type Entry<'a> = (&'a str, u32);

/// Builds the tree of `entries`, which are in byte order of their paths, each path once.
pub(super) fn freeze(entries: &[Entry<'_>]) -> Result<Frozen, Error> {
    let labels = Labels::of(entries);
    let arrays = Arrays::of(entries, &labels);
    let header = Header {
        id_end: entries.iter().map(|&(_, id)| id + 1).max().unwrap_or(0),
        branch_count: count(arrays.branch_labels.len())?,
        leaf_count: count(arrays.leaf_labels.len())?,
        label_count: count(labels.sorted.len())?,
        text_bytes: count(labels.sorted.iter().map(|label| label.len()).sum())?,
        digest: entries.iter().fold(0, |sum, &(path, id)| sum.wrapping_add(digest_of(path, id))),
    };
    let mut bytes = Vec::with_capacity(header.file_bytes() as usize);
    header.encode(&mut bytes);
    let sections = [
        &arrays.branch_labels,
        &arrays.first_branches,
        &arrays.first_leaves,
        &arrays.leaf_labels,
        &arrays.leaf_ids,
        &labels.starts(),
    ];
    for number in sections.into_iter().flatten() {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for label in &labels.sorted {
        bytes.extend_from_slice(label.as_bytes());
    }
    let crc = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    Frozen::open(Mapped::new(bytes)).map_err(|Malformed { offset, expected, found }| {
        Error::corrupt("index (in memory)", offset, expected, found)
    })
}

fn count(length: usize) -> Result<u32, Error> {
    u32::try_from(length)
        .map_err(|_| Error::Caller(format!("an index holds at most 4 GiB of labels, not {length}")))
}

/// Every distinct label, numbered in byte order.
struct Labels<'a> {
    sorted: Vec<&'a str>,
    numbers: HashMap<&'a str, u32, foldhash::quality::RandomState>,
}

impl<'a> Labels<'a> {
    fn of(entries: &[Entry<'a>]) -> Self {
        let mut numbers: HashMap<&'a str, u32, _> = HashMap::default();
        let mut previous = "";
        for &(path, _) in entries {
            // Paths are in order: the labels before the first difference are known from the last path.
            for label in path[common_labels_bytes(previous, path)..].split('.') {
                numbers.entry(label).or_insert(0);
            }
            previous = path;
        }
        let mut sorted: Vec<&str> = numbers.keys().copied().collect();
        sorted.sort_unstable();
        for (number, label) in sorted.iter().enumerate() {
            numbers.insert(label, number as u32);
        }
        Self { sorted, numbers }
    }

    fn number(&self, label: &str) -> u32 {
        self.numbers.get(label).copied().unwrap_or(0)
    }

    fn starts(&self) -> Vec<u32> {
        let mut end = 0u32;
        let ends = self.sorted.iter().map(|label| {
            end += label.len() as u32;
            end
        });
        std::iter::once(0).chain(ends).collect()
    }
}

/// Bytes of the labels, with their separators, that both paths start with.
fn common_labels_bytes(left: &str, right: &str) -> usize {
    let pairs = left.bytes().zip(right.bytes());
    let common = pairs.take_while(|(left, right)| left == right).count();
    right.as_bytes()[..common].iter().rposition(|&byte| byte == SEPARATOR).map_or(0, |at| at + 1)
}

/// The numbers of the tree, breadth first.
#[derive(Default)]
struct Arrays {
    branch_labels: Vec<u32>,
    first_branches: Vec<u32>,
    first_leaves: Vec<u32>,
    leaf_labels: Vec<u32>,
    leaf_ids: Vec<u32>,
}

/// The entries below one branch and the length of its path, separator included.
struct Below {
    start: usize,
    end: usize,
    path_bytes: usize,
}

impl Arrays {
    fn of(entries: &[Entry<'_>], labels: &Labels<'_>) -> Self {
        let mut arrays = Self { branch_labels: vec![0], ..Self::default() };
        let mut queue = VecDeque::from([Below { start: 0, end: entries.len(), path_bytes: 0 }]);
        while let Some(below) = queue.pop_front() {
            arrays.first_branches.push(arrays.branch_labels.len() as u32);
            arrays.first_leaves.push(arrays.leaf_labels.len() as u32);
            arrays.add_children(entries, labels, &below, &mut queue);
        }
        arrays.first_branches.push(arrays.branch_labels.len() as u32);
        arrays.first_leaves.push(arrays.leaf_labels.len() as u32);
        arrays
    }

    fn add_children(
        &mut self,
        entries: &[Entry<'_>],
        labels: &Labels<'_>,
        below: &Below,
        queue: &mut VecDeque<Below>,
    ) {
        let mut at = below.start;
        while at < below.end {
            let (path, id) = entries[at];
            let rest = &path[below.path_bytes..];
            let Some(length) = memchr::memchr(SEPARATOR, rest.as_bytes()) else {
                self.leaf_labels.push(labels.number(rest));
                self.leaf_ids.push(id);
                at += 1;
                continue;
            };
            let path_bytes = below.path_bytes + length + 1;
            let prefix = &path.as_bytes()[below.path_bytes..path_bytes];
            let has_prefix = |entry: &Entry<'_>| entry.0.as_bytes()[below.path_bytes..].starts_with(prefix);
            let size = gallop(&entries[at..below.end], has_prefix);
            self.branch_labels.push(labels.number(&rest[..length]));
            queue.push_back(Below { start: at, end: at + size, path_bytes });
            at += size;
        }
    }
}

/// How many entries from the start fulfil `holds`, which holds for a first part of them, at least one.
fn gallop(entries: &[Entry<'_>], holds: impl Fn(&Entry<'_>) -> bool) -> usize {
    let mut bound = 1;
    while bound < entries.len() && holds(&entries[bound]) {
        bound *= 2;
    }
    let low = bound / 2;
    low + entries[low..bound.min(entries.len())].partition_point(holds)
}
