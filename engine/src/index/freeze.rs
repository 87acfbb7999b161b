//! Owns the way from all names in order to a frozen tree.
//!
//! Invariant: the same names and ids give the same bytes. Sorting the names is the caller's part.

use super::build::Builder;
use super::digest::digest_of;
use super::frozen::Frozen;
use super::order::SEPARATOR;
use crate::Error;

/// A full path and its series.
pub(super) type Entry<'a> = (&'a str, u32);

/// Builds the tree of `entries`, which are in byte order of their paths, each path once.
pub(super) fn freeze(entries: &[Entry<'_>]) -> Result<Frozen, Error> {
    let mut builder = Builder::new();
    let (mut previous, mut digest) = ("", 0u64);
    for &(path, id) in entries {
        let shared = common_labels_bytes(previous, path);
        let (common, rest) = path.split_at(shared);
        let depth = memchr::memchr_iter(SEPARATOR, common.as_bytes()).count();
        while builder.depth() > depth {
            builder.leave();
        }
        let (branches, label) = rest.rsplit_once('.').map_or((None, rest), |(way, label)| (Some(way), label));
        branches.into_iter().flat_map(|way| way.split('.')).for_each(|branch| builder.enter(branch));
        builder.leaf(label, id);
        digest = digest.wrapping_add(digest_of(path, id));
        previous = path;
    }
    builder.finish(digest)
}

/// Bytes of the labels, with their separators, that both paths start with.
fn common_labels_bytes(left: &str, right: &str) -> usize {
    let pairs = left.bytes().zip(right.bytes());
    let common = pairs.take_while(|(left, right)| left == right).count();
    memchr::memrchr(SEPARATOR, &right.as_bytes()[..common]).map_or(0, |at| at + 1)
}
