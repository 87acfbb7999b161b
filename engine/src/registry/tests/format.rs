//! Holds `names.log` to `docs/format-names.md`, byte by byte: a change here is a change of the format.

use super::*;

/// The framing is the document's: magic, length, CRC-32 of both.
fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_le_bytes();
    let crc = crc32fast::hash(&[&length, payload].concat()).to_le_bytes();
    [b"PlR1", &length[..], &crc, payload].concat()
}

fn documented() -> Vec<u8> {
    let payloads: [&[u8]; 8] = [
        &[0, 1],
        // Policy 0: average, xFilesFactor 0.5, one archive of 10 s for 1000 s.
        &[1, 0, 0, 0, 0, 0, 0x3f, 1, 10, 0xe8, 0x07],
        &[2, 0, 0, 3, b'a', b'.', b'b', 0, 3, b'a', b'.', b'c'],
        // Policy 1: average, xFilesFactor 0.5, one archive of 60 s for 6000 s.
        &[1, 1, 0, 0, 0, 0, 0x3f, 1, 60, 0xf0, 0x2e],
        // Both series change to policy 1, at 100 and at -1.
        &[5, 0, 1, 0xc8, 0x01, 1, 1, 1],
        &[4, 1, 1, b'z'],
        &[3, 0],
        // The 134 bytes up to here were synced.
        &[6, 0x86, 0x01],
    ];
    payloads.into_iter().flat_map(framed).collect()
}

#[test]
fn the_writer_writes_the_documented_bytes() {
    let disk = MemoryDisk::new();
    let mut registry = open(&disk);
    let first = registry.intern_policy(&policy(10)).unwrap();
    registry.create("a.b", first).unwrap();
    registry.create("a.c", first).unwrap();
    let second = registry.intern_policy(&policy(60)).unwrap();
    registry.change_policy(0, second, 100).unwrap();
    registry.change_policy(1, second, -1).unwrap();
    registry.rename(1, "z").unwrap();
    registry.delete(0).unwrap();
    registry.write_pending().unwrap();
    sync(&mut registry);
    assert_eq!(disk.read("names.log").unwrap(), documented());
}

#[test]
fn the_reader_reads_the_documented_bytes() {
    let registry = open(&disk_with(&documented()));
    assert_eq!(registry.policy(0), Some(&policy(10)));
    assert_eq!(registry.policy(1), Some(&policy(60)));
    let eras = vec![Era { policy: 0, until: -1 }];
    assert_eq!(facts(&registry), [None, Some(("z".to_owned(), 1, eras))]);
}

#[test]
fn the_first_record_is_the_documents_example() {
    assert_eq!(documented()[..14], *b"PlR1\x02\0\0\0\x3e\x30\x0d\x8b\0\x01");
}
