//! Holds the tree cache to `docs/format-names.md`, byte by byte: a change here is a change of the format.

use super::*;

const ENTRIES: &[(&str, u32)] = &[("a", 7), ("a-b.x", 1), ("a.x", 2), ("a.y", 9), ("b", 3), ("c.x", 4)];

/// The digest as the document describes it, written down anew.
fn documented_digest() -> u64 {
    ENTRIES.iter().fold(0, |sum: u64, &(path, id)| {
        let mut x = u64::from(id) << 32 | u64::from(crc32fast::hash(path.as_bytes()));
        x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
        sum.wrapping_add(x ^ (x >> 31))
    })
}

fn documented() -> Vec<u8> {
    // Labels: 0 `a`, 1 `a-b`, 2 `b`, 3 `c`, 4 `x`, 5 `y`. Shapes: 0 below `a-b` and `c`, 1 below `a`, 2 the whole tree.
    let header: [u32; 8] = [10, 3, 3, 5, 6, 6, 8, 0];
    let shapes: &[u32] = &[0, 0, 1 | 1 << 31, 0, 1, 2, 0, 3, 6, 3, 5, 0];
    let branches: &[u32] = &[1, 0, 1, 0, 1, 2, 3, 0, 5];
    let leaves: &[u32] = &[4, 0, 4, 0, 5, 1, 0, 0, 2, 4];
    let ids: &[u32] = &[7, 1, 2, 9, 3, 4];
    let label_starts: &[u32] = &[0, 1, 4, 5, 6, 7, 8];
    let mut bytes = b"PlTree02".to_vec();
    header.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(documented_digest().to_le_bytes());
    let sections = [shapes, branches, leaves, ids, label_starts];
    sections.into_iter().flatten().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(b"aa-bbcxy");
    let crc = crc32fast::hash(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

#[test]
fn the_documented_bytes_are_written() {
    assert_eq!(freeze::freeze(ENTRIES).unwrap().bytes(), documented());
}

#[test]
fn the_documented_bytes_are_read() {
    let disk = MemoryDisk::new();
    let names = ["z;a=b", "a-b.x", "a.x", "b", "c.x", "z;a=d", "z;a=e", "a", "z;a=f", "a.y"];
    disk.create("index/tree-0000002a.idx").unwrap().append(&documented()).unwrap();
    let registry = registry_of(&names);
    assert!(cache::load(&disk, &registry).unwrap().is_some());
    let index = Index::open(&disk, &registry).unwrap();
    assert_eq!(index.leaves(&glob("**"), 10), [7, 1, 2, 9, 3, 4]);
    index.save(&disk).unwrap();
    assert_eq!(disk.list("index").unwrap(), ["tree-0000002b.idx"]);
    assert_eq!(disk.read("index/tree-0000002b.idx").unwrap(), documented());
}
