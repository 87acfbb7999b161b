//! Holds the tree cache to `docs/format-names.md`, byte by byte: a change here is a change of the format.

use super::*;

const ENTRIES: &[(&str, u32)] = &[("a", 7), ("a-b.x", 1), ("a.x", 2), ("a.y", 9), ("b", 3)];

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
    // Labels: 0 `a`, 1 `a-b`, 2 `b`, 3 `x`, 4 `y`. Branches: 0 root, 1 `a-b`, 2 `a`. Leaves: a, b, a-b.x, a.x, a.y.
    let header: [u32; 6] = [10, 3, 5, 5, 7, 0];
    let sections: [&[u32]; 6] =
        [&[0, 1, 0], &[1, 3, 3, 3], &[0, 2, 3, 5], &[0, 2, 3, 3, 4], &[7, 3, 1, 2, 9], &[0, 1, 4, 5, 6, 7]];
    let mut bytes = b"PlTree01".to_vec();
    header.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(documented_digest().to_le_bytes());
    sections.into_iter().flatten().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes.extend(b"aa-bbxy");
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
    let names = ["z;a=b", "a-b.x", "a.x", "b", "z;a=c", "z;a=d", "z;a=e", "a", "z;a=f", "a.y"];
    disk.create("index/tree-0000002a.idx").unwrap().append(&documented()).unwrap();
    let registry = registry_of(&names);
    assert!(cache::load(&disk, &registry).unwrap().is_some());
    let index = Index::open(&disk, &registry).unwrap();
    assert_eq!(index.leaves(&glob("**"), 10), [7, 1, 2, 9, 3]);
    index.save(&disk).unwrap();
    assert_eq!(disk.list("index").unwrap(), ["tree-0000002b.idx"]);
    assert_eq!(disk.read("index/tree-0000002b.idx").unwrap(), documented());
}
